// create.cc – `larder create`, `larder retire` and `larder remove`: the life of a segment.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "common/text.h"
#include "config/config.h"
#include "config/units.h"
#include "larder/segment.h"
#include "program.h"

namespace larder::tools {

namespace {

struct CreateOptions {
  std::string name, config;
  std::vector<std::string> caches, stores;
};

/// What `NAME=SIZE[,expected=SIZE][,page=SIZE][,max=SIZE]` says of a cache or store.
struct Region {
  std::string name;
  uint64_t size = 0;
  std::optional<uint32_t> expected, page;
  uint64_t max = 0;  ///< 0 = none given
};

/// A size that fits 32 bits; the engine checks the rest.
Result<uint32_t> small_size(std::string_view text) {
  const auto size = config::parse_size(text);
  if (!size) return size.error();
  if (*size > UINT32_MAX)
    return Error{Code::invalid_argument, fmt::format("{} is too large", text), "write less than 4gb"};
  return static_cast<uint32_t>(*size);
}

Result<Region> region_of(const char* option, const std::string& text) {
  const auto wrong = [&](const Error& error) {
    return Error{error.code, fmt::format("{} {}: {}", option, text, error.message), error.hint};
  };
  const Error form{Code::invalid_argument, "not of the form NAME=SIZE[,expected=SIZE][,page=SIZE][,max=SIZE]",
                   fmt::format("for example: {} NAME=5mb, or {} NAME=5mb,expected=40b", option, option)};
  Region region;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) return wrong(form);
    const std::string key = part.substr(0, equals), value = part.substr(equals + 1);
    if (at == 0) {
      const auto size = config::parse_size(value);
      if (!size) return wrong(size.error());
      region.name = key;
      region.size = *size;
    } else if (key == "max") {
      const auto size = config::parse_size(value);
      if (!size) return wrong(size.error());
      region.max = *size;
    } else if (key == "expected" || key == "page") {
      const auto size = small_size(value);
      if (!size) return wrong(size.error());
      (key == "page" ? region.page : region.expected) = *size;
    } else {
      return wrong(form);
    }
    at = end + 1;
  }
  return region;
}

/// CacheOptions or StoreOptions.
template <class Options>
Result<Options> options_of(const char* option, const std::string& text) {
  const auto region = region_of(option, text);
  if (!region) return region.error();
  Options options;
  options.name = region->name;
  options.size = region->size;
  options.expected_entry = region->expected.value_or(options.expected_entry);
  options.page_size = region->page.value_or(options.page_size);
  if constexpr (std::is_same_v<Options, CacheOptions>) {
    options.max_size = region->max;
  } else if (region->max != 0) {
    return Error{Code::invalid_argument, fmt::format("{} {}: a store has no max", option, text),
                 "the size of a store is fixed when it is made"};
  }
  return options;
}

/// What to build: a configuration file's segment, or the default one, or one with only the caches and stores named.
Result<SegmentOptions> plan(const Program& program, const CreateOptions& options) {
  SegmentOptions segment = config::defaults().segment;
  if (!options.config.empty()) {
    auto config = config::load(options.config);
    if (!config) return config.error();
    segment = config->segment;
  }
  if (!options.caches.empty() || !options.stores.empty()) {
    segment.caches.clear();
    segment.stores.clear();
    segment.default_store.clear();
  }
  for (const std::string& text : options.caches) {
    auto cache = options_of<CacheOptions>("--cache", text);
    if (!cache) return cache.error();
    segment.caches.push_back(*cache);
  }
  for (const std::string& text : options.stores) {
    auto store = options_of<StoreOptions>("--store", text);
    if (!store) return store.error();
    segment.stores.push_back(*store);
  }
  if (!options.name.empty()) {
    segment.name = options.name;
  } else if (program.segment_given || options.config.empty()) {
    segment.name = program.segment;
  }
  if (!program.directory.empty()) segment.directory = program.directory;
  return segment;
}

int run_create(const Program& program, const CreateOptions& options) {
  auto wanted = plan(program, options);
  if (!wanted) return report(wanted.error());
  auto segment = Segment::create(*wanted, "tool");
  if (!segment) return report(segment.error());
  const auto count = [](size_t number, const char* what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
  };
  fmt::print("{}: created, {}, {}, {}\n", segment->path(), long_bytes(segment->bytes()),
             count(wanted->caches.size(), "cache"), count(wanted->stores.size(), "store"));
  return kExitOk;
}

int run_retire(const Program& program, const std::string& name) {
  auto segment = Segment::attach(name, {.directory = program.directory, .kind = "tool"});
  if (!segment) return report(segment.error());
  const Status retired = segment->retire();
  if (!retired) return report(retired.error());
  fmt::print("{}: retired; workers attach to its successor\n", name);
  return kExitOk;
}

int run_remove(const Program& program, const std::string& name) {
  const Status removed = remove_segment(name, program.directory);
  if (!removed) return report(removed.error());
  fmt::print("{}: removed\n", name);
  return kExitOk;
}

}  // namespace

void add_create(Program& program) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App* verb = program.verb("create", "Build a segment (larderd does this too, from its configuration)",
                                "  larder create demo --cache dnsTxt=5mb --store memory=16mb\n"
                                "  larder create demo --cache sessions=20mb,expected=96b,page=4kb\n"
                                "  larder create --config /etc/larder/larder.toml",
                                [&program, options] { return run_create(program, *options); });
  verb->add_option("name", options->name, "Name of the segment (default: --segment, or the configuration's)");
  CLI::Option* config =
      verb->add_option("--config", options->config, "Configuration file (default: the default caches and store)");
  verb->add_option("--cache", options->caches,
                   "A cache as NAME=SIZE[,expected=SIZE][,page=SIZE]; may be given many times. expected is the typical "
                   "key and value together (256b)")
      ->excludes(config);
  verb->add_option("--store", options->stores,
                   "A store, written in the same way (expected: 64b); the first one is the default")
      ->excludes(config);
}

void add_retire(Program& program) {
  auto name = std::make_shared<std::string>();
  CLI::App* retire = program.verb("retire", "Mark a segment retired and remove its name; workers go to its successor",
                                  "  larder retire demo", [&program, name] { return run_retire(program, *name); });
  retire->add_option("name", *name, "Name of the segment")->required();
  CLI::App* remove = program.verb("remove", "Remove the file of a segment that cannot be attached",
                                  "  larder remove demo", [&program, name] { return run_remove(program, *name); });
  remove->add_option("name", *name, "Name of the segment")->required();
}

}  // namespace larder::tools
