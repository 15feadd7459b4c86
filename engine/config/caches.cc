// caches.cc – [cache]: sizes in short form, tables in long form, negativeTtl, and caches a user names.
#include <fmt/format.h>

#include <algorithm>

#include "cache/check_options.h"
#include "config/defaults.h"
#include "config/sections.h"
#include "config/units.h"

namespace larder::config {
namespace {

constexpr std::string_view kNegativeTtl = "negativeTtl";
constexpr uint32_t kMaxExpected = 1u << 30;

CacheOptions* find_cache(Config& config, std::string_view name) {
  auto& caches = config.segment.caches;
  const auto found = std::find_if(caches.begin(), caches.end(), [&](const CacheOptions& c) { return c.name == name; });
  return found == caches.end() ? nullptr : &*found;
}

/// A name that is another's but for the case of its letters is a slip, not a new cache.
std::string twin_of(const Config& config, std::string_view name) {
  const std::string small = lower(name);
  if (small == lower(kNegativeTtl)) return std::string(kNegativeTtl);
  for (const CacheOptions& cache : config.segment.caches) {
    if (lower(cache.name) == small) return cache.name;
  }
  return {};
}

std::optional<Error> read_cache_mode(const toml::value& value, CacheMode& mode) {
  const std::string word = value.is_string() ? value.as_string().str : "";
  if (word == "evict") {
    mode = CacheMode::evict;
  } else if (word == "refuse") {
    mode = CacheMode::refuse;
  } else if (word == "off") {
    mode = CacheMode::off;
  } else {
    const std::string shown = value.is_string() ? fmt::format("\"{}\"", word) : type_of(value);
    return Error{Code::invalid_argument, fmt::format("{} is not a mode of a cache", shown),
                 "write \"evict\", \"refuse\" or \"off\""};
  }
  return std::nullopt;
}

void read_policy(const toml::value& table, const std::string& path, Notes notes, PolicySetting& policy) {
  Fields fields(table, path, notes);
  PolicySetting wanted = policy;
  fields.number("cold", wanted.cold, {0, 1});
  fields.integer("promote", wanted.promote, {0, 3});
  fields.integer("cap", wanted.cap, {1, 3});
  fields.number("ghosts", wanted.ghosts, {0, 4});
  fields.boolean("demote", wanted.demote);
  fields.boolean("challenge", wanted.challenge);
  fields.boolean("adapt", wanted.adapt);
  fields.boolean("bySize", wanted.by_size);
  fields.boolean("tune", wanted.tune);
  fields.finish();
  if (wanted.promote > wanted.cap) {
    notes.problems.add(
        table, path,
        {Code::invalid_argument,
         fmt::format("promote = {} is above cap = {}, so no entry could ever be promoted", wanted.promote, wanted.cap),
         "make promote at most cap"});
    return;
  }
  policy = wanted;
}

void read_long_form(const toml::value& table, const std::string& path, Notes notes, CacheOptions& cache) {
  Fields fields(table, path, notes);
  fields.size("size", cache.size, {kMinCacheBytes, kMaxCacheBytes});
  fields.size("max", cache.max_size, {kMinCacheBytes, kMaxCacheBytes});
  fields.size("min", cache.min_size, {kMinCacheBytes, kMaxCacheBytes});
  fields.number("cost", cache.miss_cost, {kMinMissCost, kMaxMissCost});
  fields.optional_duration("ttl", cache.ttl);
  fields.optional_duration("idle", cache.idle);
  uint64_t expected = cache.expected_entry;
  fields.size("expected", expected, {1, kMaxExpected});
  cache.expected_entry = static_cast<uint32_t>(expected);
  fields.custom("page", [&](const toml::value& value) { return read_page(value, cache.page_size); });
  fields.custom("mode", [&](const toml::value& value) { return read_cache_mode(value, cache.mode); });
  fields.name("group", cache.group);
  if (const toml::value* policy = fields.table("policy")) read_policy(*policy, path + ".policy", notes, cache.policy);
  fields.finish();
}

/// One entry of [cache]: `name = "5mb"` or `[cache.name]`.
void read_cache(const std::string& name, const toml::value& value, Notes notes, Config& config) {
  const std::string path = "cache." + name;
  CacheOptions* cache = find_cache(config, name);
  CacheOptions fresh;
  if (cache == nullptr) {
    if (const auto error = name_error(name)) {
      return notes.problems.add(place_of_key(value, name), error->message, error->hint);
    }
    if (const std::string twin = twin_of(config, name); !twin.empty()) {
      return notes.problems.add(place_of_key(value, name),
                                fmt::format("\"{}\" differs from \"{}\" only by case", name, twin),
                                fmt::format("did you mean \"{}\"?", twin));
    }
    if (config.segment.caches.size() == kMaxCaches) {
      return notes.problems.add(
          place_of_key(value, name), fmt::format("\"{}\" is one cache too many", name),
          fmt::format("a segment holds at most {}, the {} default ones included", kMaxCaches, default_caches().size()));
    }
    fresh.name = name;
    notes.origins[path] = {notes.problems.filename(), place_of(value).line};
    config.segment.caches.push_back(fresh);
    cache = &config.segment.caches.back();
  }
  if (value.is_table()) {
    read_long_form(value, path, notes, *cache);
    // Values that are good alone may not go together, such as a page larger than its cache.
    if (const Status checked = cache::check_cache(*cache); !checked) {
      notes.problems.add(place_of_key(value, name), checked.error().message, checked.error().hint);
    }
    return;
  }
  const Result<uint64_t> size = size_value(value, {kMinCacheBytes, kMaxCacheBytes});
  if (!size) return notes.problems.add(value, path, size.error());
  cache->size = *size;
  notes.origin(path + ".size", value);
}

void read_negative_ttl(const toml::value& value, Notes notes, Config& config) {
  const std::string path = fmt::format("cache.{}", kNegativeTtl);
  const Result<milliseconds> ttl = duration_value(value);
  if (!ttl) return notes.problems.add(value, path, ttl.error());
  config.negative_ttl = *ttl;
  notes.origin(path, value);
  for (const std::string_view name : kNegativeCaches) {
    find_cache(config, name)->ttl = *ttl;
    notes.origin(fmt::format("cache.{}.ttl", name), value);
  }
}

}  // namespace

std::optional<Error> read_page(const toml::value& value, uint32_t& page) {
  if (value.is_string() && lower(value.as_string().str) == "auto") {
    page = 0;
    return std::nullopt;
  }
  const Result<uint64_t> bytes = size_value(value, {kMinPageBytes, kMaxPageBytes});
  if (!bytes) return bytes.error();
  if ((*bytes & (*bytes - 1)) != 0) {
    return Error{Code::invalid_argument, fmt::format("{} is not a power of two", format_size(*bytes)),
                 "write \"auto\", or \"256b\", \"512b\", \"1kb\", … \"128kb\""};
  }
  page = static_cast<uint32_t>(*bytes);
  return std::nullopt;
}

void read_caches(const toml::value& table, Notes notes, Config& config) {
  const auto& entries = table.as_table();
  if (const auto found = entries.find(std::string(kNegativeTtl)); found != entries.end()) {
    read_negative_ttl(found->second, notes, config);
  }
  // The parser forgets the order of the file; users' caches should keep it.
  std::vector<std::pair<std::string, const toml::value*>> ordered;
  for (const auto& [name, value] : entries) {
    if (name != kNegativeTtl) ordered.emplace_back(name, &value);
  }
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    const Place x = place_of(*a.second), y = place_of(*b.second);
    return std::tie(x.line, x.column, a.first) < std::tie(y.line, y.column, b.first);
  });
  for (const auto& [name, value] : ordered) read_cache(name, *value, notes, config);
}

}  // namespace larder::config
