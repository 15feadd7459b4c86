// writing_scripts.cc – scripts that change a cache; see cache_scripts.h.
#include <fmt/format.h>

#include <cstring>

#include "step/cache_scripts.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using std::chrono::hours;

const PutOptions kEverything{.ttl = hours(1), .idle = hours(2), .tag = 9};

CacheScript put(std::string name, std::string key, PutOptions options = {}) {
  const auto body = [key, options](auto& cache) { return to_string(cache.put(key, step_value(key, 2), options)); };
  return both(std::move(name), body, true);
}

/// So many puts that pages must be emptied more than once where they are all in use.
CacheScript put_many(std::string name, std::string stem, uint64_t first, uint64_t count) {
  const auto body = [stem, first, count](auto& cache) {
    size_t stored = 0;
    for (uint64_t i = first; i < first + count; ++i) {
      const std::string key = key_name(stem, i);
      stored += cache.put(key, step_value(key, 2)) == PutResult::stored ? 1 : 0;
    }
    return fmt::format("{} stored", stored);
  };
  return both(std::move(name), body, true);
}

CacheScript add(std::string name, std::string key) {
  return both(
      std::move(name), [key](auto& cache) { return to_string(cache.add(key, step_value(key, 2))); }, true);
}

CacheScript replace(std::string name, std::string key) {
  return both(
      std::move(name), [key](auto& cache) { return to_string(cache.replace(key, step_value(key, 2))); }, true);
}

CacheScript remove(std::string name, std::string key) {
  return both(std::move(name), [key](auto& cache) { return cache.remove(key) ? "yes" : "no"; });
}

CacheScript build(std::string name, std::string key, bool commit) {
  const auto run = [key, commit](Worker& worker) -> std::string {
    const std::string value = step_value(key, 2);
    Builder builder = worker.cache->reserve(key, value.size());
    if (!builder) return to_string(builder.refusal());
    std::memcpy(builder.bytes().data(), value.data(), value.size());
    return commit ? to_string(builder.commit()) : "abandoned";
  };
  const auto on_map = [key, commit](MapCache& map) -> std::string {
    return commit ? to_string(map.put(key, step_value(key, 2))) : "abandoned";
  };
  return {std::move(name), run, on_map, true};
}

}  // namespace

std::vector<CacheScript> writing_scripts() {
  CacheScript many_large = put_many("put_many_large", "large", 10, 4);
  many_large.leaves_little = true;
  return {
      put("put_new", "new-0000"),
      put("put_new_all_options", "new-0000", kEverything),
      put("put_existing", "plain-0000"),
      put("put_over_expired", "short-0000"),
      put("put_large_new", "large-0002"),
      put("put_large_existing", "large-0000"),
      put_many("put_many", "burst", 0, 12),
      many_large,
      both("put_too_large", [](auto& cache) { return to_string(cache.put("plain-0000", std::string(13'000, 'x'))); }),
      add("add_new", "new-0000"),
      add("add_existing", "plain-0000"),
      add("add_over_expired", "short-0000"),
      replace("replace", "plain-0000"),
      replace("replace_absent", "absent-0000"),
      replace("replace_expired", "short-0000"),
      remove("remove", "plain-0000"),
      remove("remove_absent", "absent-0000"),
      remove("remove_expired", "short-0000"),
      remove("remove_large", "large-0000"),
      both("remove_tag", [](auto& cache) { return cache.remove_tag(7) ? "yes" : "no"; }),
      both("clear", [](auto& cache) { return cache.clear() > 0 ? "cleared" : "nothing to clear"; }),
  };
}

std::vector<CacheScript> building_scripts() {
  return {
      build("build", "new-0000", true),
      build("abandon", "new-0000", false),
      build("build_large", "large-0000", true),
      build("abandon_large", "large-0000", false),
  };
}

}  // namespace larder::test
