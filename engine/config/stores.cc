// stores.cc – [storage], [store] and [lookup]: named stores, and which of them is the default.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "cache/check_options.h"
#include "config/defaults.h"
#include "config/prefixes.h"
#include "config/sections.h"
#include "config/units.h"

namespace larder::config {
namespace {

constexpr uint32_t kMaxExpected = 1u << 30;
constexpr Range<milliseconds> kPersistInterval{milliseconds(100), milliseconds(3'600'000)};

// What other mail servers call their backends: somebody who moves a configuration here should learn where he stands.
constexpr auto kForeignTypes = std::to_array<std::string_view>(
    {"redis", "redis-cluster", "redis-sentinel", "valkey", "memcached", "rocksdb", "foundationdb", "postgresql",
     "mysql", "sqlite", "sql", "sharded-in-memory", "http", "fs", "s3", "azure", "elasticsearch"});
constexpr auto kTypes = std::to_array<std::string_view>({"memory", "static"});

/// One store as it stands in the file.
struct Declared {
  std::string name;
  const toml::value* value;
  std::string_view section;  ///< store or lookup
};

class Reader {
 public:
  Reader(Notes notes, Config& config) : notes_(notes), config_(config) {
    for (const CacheOptions& cache : config.segment.caches)
      taken_.emplace(lower(cache.name), Taken{"cache", cache.name});
  }

  void read(const StoreSections& sections);

 private:
  struct Taken {
    std::string_view what;
    std::string name;
  };

  void add(const StoreOptions& built_in);
  /// False, after a report, if the name is no name or somebody else's.
  bool take_name(const Declared& store);
  void read_one(const Declared& store);
  void read_memory(const toml::value& table, const std::string& path, StoreOptions& store);
  void read_persistence(const toml::value& table, const std::string& path, PersistSettings& persist);
  void read_purge(const toml::value& table, const std::string& path, const std::string& name);
  void choose_default(const toml::value* storage, const toml::value* store);
  void check_default(const toml::value& value, const std::string& name);
  bool in_memory(std::string_view name) const;
  std::string names() const;

  Notes notes_;
  Config& config_;
  std::map<std::string, Taken> taken_;  ///< by name in lower case
  std::vector<std::string> declared_;   ///< names of all stores, also of those that are wrong
};

/// "memory" or "static"; reports anything else.
std::optional<std::string> type_of_store(const toml::value& table, const std::string& path, Notes notes) {
  const auto found = table.as_table().find("type");
  if (found == table.as_table().end()) return "memory";
  const toml::value& value = found->second;
  const std::string word = value.is_string() ? lower(value.as_string().str) : "";
  if (std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end()) return word;
  const std::string shown = value.is_string() ? fmt::format("\"{}\"", value.as_string().str) : type_of(value);
  const bool foreign = std::find(kForeignTypes.begin(), kForeignTypes.end(), word) != kForeignTypes.end();
  notes.problems.add(value, path + ".type",
                     {Code::invalid_argument,
                      foreign ? fmt::format("{} is a type of other servers, which Larder does not speak to", shown)
                              : fmt::format("{} is not a type of a store", shown),
                      "the types are \"memory\" (in the segment) and \"static\" (a list of an administrator)"});
  return std::nullopt;
}

std::vector<Declared> in_order(const StoreSections& sections) {
  std::vector<Declared> stores;
  for (const auto& [section, table] :
       {std::pair(std::string_view("store"), sections.store), std::pair(std::string_view("lookup"), sections.lookup)}) {
    if (table == nullptr) continue;
    for (const auto& [name, value] : table->as_table()) stores.push_back({name, &value, section});
  }
  std::sort(stores.begin(), stores.end(), [](const Declared& a, const Declared& b) {
    const Place x = place_of(*a.value), y = place_of(*b.value);
    return std::tie(x.line, x.column, a.name) < std::tie(y.line, y.column, b.name);
  });
  return stores;
}

bool names_default(const toml::value* storage, const std::string& name) {
  if (storage == nullptr) return false;
  const auto found = storage->as_table().find("lookup");
  return found != storage->as_table().end() && found->second.is_string() && found->second.as_string().str == name;
}

void Reader::read(const StoreSections& sections) {
  const bool silent = sections.store == nullptr && sections.lookup == nullptr && sections.storage == nullptr;
  const StoreOptions built_in = default_store();
  config_.segment.stores.clear();
  config_.persistence.clear();
  config_.purges.clear();
  for (const Declared& store : in_order(sections)) read_one(store);
  const bool own = std::find(declared_.begin(), declared_.end(), built_in.name) != declared_.end();
  if (!own && (config_.segment.stores.empty() || names_default(sections.storage, built_in.name))) add(built_in);
  if (!silent) choose_default(sections.storage, sections.store);
  const size_t regions = config_.segment.caches.size() + config_.segment.stores.size();
  if (regions > kMaxCaches) {
    notes_.problems.add(Place{}, fmt::format("{} caches and stores are too many", regions),
                        fmt::format("a segment holds at most {}, the {} default caches and a store included",
                                    kMaxCaches, default_caches().size()));
  }
}

/// The built-in store: there unless the file has another one in the segment, or names it as the default.
void Reader::add(const StoreOptions& built_in) {
  if (const auto taken = taken_.find(lower(built_in.name)); taken != taken_.end()) {
    return notes_.problems.add(
        Place{}, fmt::format("a {} is named \"{}\", as the built-in store is", taken->second.what, taken->second.name),
        "choose another name for it, or write a store of your own: [store.\"NAME\"]");
  }
  config_.segment.stores.insert(config_.segment.stores.begin(), built_in);
  config_.persistence.emplace(built_in.name, default_persistence());
  config_.purges.insert(config_.purges.begin(), default_purge(built_in.name));
  declared_.insert(declared_.begin(), built_in.name);
}

bool Reader::take_name(const Declared& store) {
  const Place place = place_of_key(*store.value, store.name);
  if (const auto error = name_error(store.name)) {
    notes_.problems.add(place, error->message, error->hint);
    return false;
  }
  const auto [other, fresh] = taken_.emplace(lower(store.name), Taken{"store", store.name});
  if (fresh) return true;
  const Taken& taken = other->second;
  if (taken.name == store.name) {
    notes_.problems.add(place, fmt::format("a {} is named \"{}\" already", taken.what, store.name),
                        "caches, stores and lists share one namespace; choose another name");
  } else {
    notes_.problems.add(
        place, fmt::format("\"{}\" differs from the {} \"{}\" only by case", store.name, taken.what, taken.name),
        "choose another name");
  }
  return false;
}

void Reader::read_one(const Declared& store) {
  const std::string path = fmt::format("{}.{}", store.section, store.name);
  if (!store.value->is_table()) {
    notes_.problems.add(*store.value, path,
                        {Code::invalid_argument, fmt::format("{} is not a store", type_of(*store.value)),
                         fmt::format("write [{}.\"{}\"]", store.section, store.name)});
    return;
  }
  if (!take_name(store)) return;
  declared_.push_back(store.name);
  notes_.origin("store." + store.name, *store.value);
  ListSettings list;
  list.name = store.name;
  if (store.section == "lookup") {
    list.entries = read_entries(*store.value, notes_.problems);
    config_.lists.push_back(std::move(list));
    return;
  }
  const auto type = type_of_store(*store.value, path, notes_);
  if (!type) return;
  if (*type == "static") {
    read_list(*store.value, path, notes_, list);
    config_.lists.push_back(std::move(list));
    return;
  }
  StoreOptions options;
  options.name = store.name;
  read_memory(*store.value, path, options);
  // Values that are good alone may not go together, such as a page too large for the store.
  if (const Status checked = cache::check_store(options); !checked)
    notes_.problems.add(place_of_key(*store.value, store.name), checked.error().message, checked.error().hint);
  config_.segment.stores.push_back(std::move(options));
}

void Reader::read_memory(const toml::value& table, const std::string& path, StoreOptions& store) {
  Fields fields(table, path, notes_);
  std::string type;
  fields.text("type", type);
  fields.size("size", store.size, {kMinStoreBytes, kMaxCacheBytes});
  uint64_t expected = store.expected_entry;
  fields.size("expected", expected, {1, kMaxExpected});
  store.expected_entry = static_cast<uint32_t>(expected);
  fields.custom("page", [&](const toml::value& value) { return read_page(value, store.page_size); });
  fields.custom("droppable", [&](const toml::value& value) -> std::optional<Error> {
    const auto list = parse_prefixes(value);
    if (!list) return list.error();
    if (auto refused = refuse_droppable(*list)) return refused;
    store.droppable = *list;
    return std::nullopt;
  });
  PersistSettings persist = default_persistence();
  fields.custom("persist", [&](const toml::value& value) -> std::optional<Error> {
    const auto list = parse_prefixes(value);
    if (!list) return list.error();
    persist.first_bytes = *list;
    return std::nullopt;
  });
  if (const toml::value* inner = fields.table("persistence")) read_persistence(*inner, path + ".persistence", persist);
  if (!persist.directory.empty()) store.durable = persist.first_bytes;
  config_.persistence.emplace(store.name, std::move(persist));
  config_.purges.push_back(default_purge(store.name));
  if (const toml::value* inner = fields.table("purge")) read_purge(*inner, path + ".purge", store.name);
  fields.finish();
}

void Reader::read_persistence(const toml::value& table, const std::string& path, PersistSettings& persist) {
  Fields fields(table, path, notes_);
  fields.custom("directory", [&](const toml::value& value) -> std::optional<Error> {
    const bool good = value.is_string() && (value.as_string().str.empty() || value.as_string().str.front() == '/');
    if (!good) {
      return Error{Code::invalid_argument, "not a directory",
                   "write an absolute path such as \"/var/lib/larder\", or \"\" to keep nothing on disk"};
    }
    persist.directory = value.as_string().str;
    return std::nullopt;
  });
  fields.duration("interval", persist.interval, kPersistInterval);
  fields.finish();
}

void Reader::read_purge(const toml::value& table, const std::string& path, const std::string& name) {
  Fields fields(table, path, notes_);
  fields.custom("frequency", [&](const toml::value& value) -> std::optional<Error> {
    const auto cron = schedule_value(value);
    if (!cron) return cron.error();
    std::erase_if(config_.purges, [&](const Schedule& schedule) { return schedule.name == name; });
    if (*cron) config_.purges.push_back({name, **cron, Schedule::Work::purge_store});
    return std::nullopt;
  });
  fields.finish();
}

bool Reader::in_memory(std::string_view name) const {
  const auto& stores = config_.segment.stores;
  return std::any_of(stores.begin(), stores.end(), [&](const StoreOptions& store) { return store.name == name; });
}

std::string Reader::names() const {
  return declared_.empty() ? "there is none" : fmt::format("there are {}", fmt::join(declared_, ", "));
}

void Reader::choose_default(const toml::value* storage, const toml::value* store) {
  std::string& chosen = config_.segment.default_store;
  const auto& stores = config_.segment.stores;
  if (!stores.empty() && !in_memory(chosen)) chosen = stores.front().name;
  if (storage != nullptr) {
    Fields fields(*storage, "storage", notes_);
    fields.text("lookup", chosen);
    fields.finish();
    const auto found = storage->as_table().find("lookup");
    if (found != storage->as_table().end()) {
      if (found->second.is_string()) check_default(found->second, chosen);
      return;
    }
  }
  if (stores.size() < 2 || chosen == default_store().name) return;
  notes_.problems.add(place_of(*store),
                      fmt::format("there are {} stores, and none is said to be the default", stores.size()),
                      fmt::format("write [storage] lookup = \"NAME\"; {}", names()));
}

void Reader::check_default(const toml::value& value, const std::string& name) {
  if (in_memory(name)) return;
  const bool known = std::find(declared_.begin(), declared_.end(), name) != declared_.end();
  if (!known) {
    notes_.problems.add(value, "storage.lookup",
                        {Code::invalid_argument, fmt::format("no store is named \"{}\"", name), names()});
  } else if (std::any_of(config_.lists.begin(), config_.lists.end(),
                         [&](const auto& list) { return list.name == name; })) {
    notes_.problems.add(
        value, "storage.lookup",
        {Code::invalid_argument, fmt::format("\"{}\" is a static list, which nobody can write to", name),
         "name a store of type \"memory\", and leave lookup out for the built-in one"});
  }
}

}  // namespace

void read_stores(const StoreSections& sections, Notes notes, Config& config) { Reader(notes, config).read(sections); }

}  // namespace larder::config
