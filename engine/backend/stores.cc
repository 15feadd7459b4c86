// stores.cc – opens what a configuration names; see larder/stores.h.
#include "larder/stores.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "backend/list_source.h"
#include "backend/static_store.h"
#include "base/error.h"
#include "config/config.h"
#include "os/plain_file.h"

namespace larder {

using backend::ListSource;
using backend::StaticStore;

namespace {

/// A list of this process, and the state of its file when it was read.
struct OpenList {
  ListSource source;
  std::unique_ptr<StaticStore> store;
  std::optional<os::FileStamp> read;
};

/// The stamp of a list's file; none if it cannot be looked at, which reading it will explain.
std::optional<os::FileStamp> look_at(const ListSource& source) {
  const auto stamp = os::stamp_of(source.file());
  return stamp ? std::optional(*stamp) : std::nullopt;
}

void add_line(Error& errors, const Error& error) {
  errors.message += (errors.message.empty() ? "" : "\n") + error.message;
  errors.code = error.code;
  errors.hint = error.hint;
}

}  // namespace

struct Stores::Impl {
  std::vector<std::unique_ptr<Store>> shared;  ///< the default one first
  std::vector<OpenList> lists;
  std::vector<std::string> missing;  ///< in the configuration, but not in the segment
  std::mutex reloading;              ///< guards OpenList::read
};

Stores::Stores(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stores::Stores(Stores&&) noexcept = default;
Stores& Stores::operator=(Stores&&) noexcept = default;
Stores::~Stores() = default;

Result<Stores> Stores::open(const Segment& segment, const std::string& config_file) {
  config::Config config;
  if (!config_file.empty()) {
    auto loaded = config::load(config_file);
    if (!loaded) return loaded.error();
    config = std::move(*loaded);
  }
  return open(segment, config);
}

Result<Stores> Stores::open(const Segment& segment, const config::Config& config) {
  auto impl = std::make_unique<Impl>();
  for (const config::ListSettings& settings : config.lists) {
    OpenList list{ListSource(config, settings), nullptr, std::nullopt};
    list.read = look_at(list.source);
    auto first = list.source.first();
    if (!first) return first.error();
    list.store = std::make_unique<StaticStore>(settings.name, list.source, std::move(*first));
    impl->lists.push_back(std::move(list));
  }
  const std::vector<std::string> names = segment.store_names();
  for (const std::string& name : names) {
    auto store = segment.store(name);
    if (!store) return store.error();
    impl->shared.push_back(std::move(*store));
  }
  for (const StoreOptions& wanted : config.segment.stores) {
    if (std::find(names.begin(), names.end(), wanted.name) == names.end()) impl->missing.push_back(wanted.name);
  }
  return Stores(std::move(impl));
}

Result<Store*> Stores::get(std::string_view name) const {
  const auto of_name = [&](const auto& store) { return store->name() == name; };
  const auto list = std::find_if(impl_->lists.begin(), impl_->lists.end(),
                                 [&](const OpenList& open) { return open.store->name() == name; });
  if (list != impl_->lists.end()) return static_cast<Store*>(list->store.get());
  const auto shared =
      name.empty() ? impl_->shared.begin() : std::find_if(impl_->shared.begin(), impl_->shared.end(), of_name);
  if (shared != impl_->shared.end()) return shared->get();
  const std::string there = fmt::format("there are: {}", fmt::join(names(), ", "));
  if (name.empty()) return base::with_hint(base::fail(Code::not_found, "the segment has no store"), there);
  if (std::find(impl_->missing.begin(), impl_->missing.end(), name) != impl_->missing.end()) {
    return base::with_hint(
        base::fail(Code::not_found, "store \"{}\" is in the configuration, but not in the segment, which is older",
                   name),
        "retire the segment: its successor will have it; " + there);
  }
  return base::with_hint(base::fail(Code::not_found, "no store is named \"{}\"", name), there);
}

std::vector<std::string> Stores::names() const {
  std::vector<std::string> names;
  for (const auto& store : impl_->shared) names.emplace_back(store->name());
  for (const OpenList& list : impl_->lists) names.emplace_back(list.store->name());
  return names;
}

Status Stores::reload() {
  const std::lock_guard turn(impl_->reloading);
  Error errors{Code::invalid_argument, "", ""};
  for (OpenList& list : impl_->lists) {
    const auto now = look_at(list.source);
    if (now && list.read && now->settled && *now == *list.read) continue;
    // The stamp is older than what is read: a change in between is seen next time.
    const Status read = list.store->reload();
    if (read) {
      list.read = now;
    } else {
      list.read.reset();
      add_line(errors, read.error());
    }
  }
  if (errors.message.empty()) return Done{};
  return errors;
}

Status check_lists(const config::Config& config) {
  Error errors{Code::invalid_argument, "", ""};
  for (const config::ListSettings& settings : config.lists) {
    const auto list = ListSource(config, settings).first();
    if (!list) add_line(errors, list.error());
  }
  if (errors.message.empty()) return Done{};
  return errors;
}

}  // namespace larder
