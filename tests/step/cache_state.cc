#include "step/cache_state.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr uint64_t kBudget = 16 << 10;
constexpr size_t kPlainKeys = 8;
constexpr size_t kFillKeys = 400;
constexpr int kReads = 3;
constexpr size_t kLaterKeys = 20;
constexpr int kLaterOperations = 200;

/// Keys of the start state with what they are put with.
std::vector<std::pair<std::string, PutOptions>> start_keys() {
  std::vector<std::pair<std::string, PutOptions>> keys = {{"large-0000", {}},
                                                          {"large-0001", {.ttl = hours(1), .tag = 8}}};
  for (size_t i = 0; i < kPlainKeys; ++i) keys.push_back({key_name("plain", i), {}});
  keys.push_back({"tagged-0000", {.tag = 7}});
  keys.push_back({"tagged-0001", {.tag = 7}});
  keys.push_back({"timed-0000", {.ttl = hours(1)}});
  keys.push_back({"idle-0000", {.idle = hours(1)}});
  return keys;
}

void must(PutResult result, const std::string& key) {
  if (result != PutResult::stored)
    throw std::runtime_error(fmt::format("start state of a cache: {} is answered {}", key, to_string(result)));
}

}  // namespace

CacheOptions step_cache() {
  CacheOptions options = cache_options("main", kBudget, 512, 64);
  options.max_size = kWorldMost;
  return options;
}

void fill_cache(const Cache& cache, Fill fill) {
  if (fill == Fill::empty) return;
  const PutOptions filler = fill == Fill::expired ? PutOptions{.ttl = milliseconds(40)} : PutOptions{};
  for (size_t i = 0; fill != Fill::half && i < kFillKeys; ++i) {
    const std::string key = key_name("fill", i);
    must(cache.put(key, step_value(key, 1), filler), key);
    if (i % 3 == 0) (void)read_answer(cache, key);
  }
  for (const auto& [key, options] : start_keys()) {
    must(cache.put(key, step_value(key, 1), options), key);
    // Read, so that those that follow do not push it out.
    for (int i = 0; fill != Fill::half && i < kReads; ++i) (void)read_answer(cache, key);
  }
  must(cache.put("short-0000", step_value("short-0000", 1), {.ttl = milliseconds(1)}), "short-0000");
}

MapCache held_by(const Cache& cache, Fill fill) {
  MapCache map(kBudget);
  if (fill == Fill::empty) return map;
  for (const auto& [key, options] : start_keys()) must(map.put(key, step_value(key, 1), options), key);
  for (size_t i = 0; i < kFillKeys; ++i) {
    const std::string key = key_name("fill", i);
    if (cache.contains(key)) must(map.put(key, step_value(key, 1)), key);
  }
  for (const auto& [key, entry] : map.entries())
    if (!cache.contains(key)) throw std::runtime_error(key + " is not in the start state");
  return map;
}

std::vector<std::string> step_keys() {
  std::vector<std::string> keys = {"short-0000", "new-0000", "large-0002", "absent-0000"};
  for (const auto& [key, options] : start_keys()) keys.push_back(key);
  for (size_t i = 0; i < kFillKeys; ++i) keys.push_back(key_name("fill", i));
  return keys;
}

std::string read_answer(const Cache& cache, const std::string& key) {
  std::string value;
  const Lookup found = cache.get(key, value);
  if (!found) return found.kind == Lookup::miss ? "miss" : fmt::format("wrong lookup kind {}", int{found.kind});
  const auto version = version_of(key, value);
  return version ? fmt::format("hit {}", *version) : fmt::format("wrong value of {} bytes under {}", value.size(), key);
}

std::string work_on(const Cache& cache, bool may_drop) {
  Random random(7);
  std::map<std::string, uint64_t> model;
  for (int i = 0; i < kLaterOperations; ++i) {
    const std::string key =
        i % 10 == 9 ? key_name("large-later", random.below(4)) : key_name("later", random.below(kLaterKeys));
    const uint64_t version = 100 + static_cast<uint64_t>(i);
    const uint64_t choice = random.below(4);
    if (choice == 0) {
      const PutResult result = cache.put(key, step_value(key, version));
      if (result != PutResult::stored) return fmt::format("a put afterwards is answered {}", to_string(result));
      model[key] = version;
    } else if (choice == 1) {
      const bool removed = cache.remove(key);
      if (removed != (model.count(key) > 0) && !(may_drop && !removed))
        return fmt::format("remove {}: {}", key, removed);
      model.erase(key);
    } else {
      const std::string answer = read_answer(cache, key);
      const std::string wanted = model.count(key) > 0 ? fmt::format("hit {}", model[key]) : "miss";
      if (answer != wanted && !(may_drop && answer == "miss")) {
        return fmt::format("get {} afterwards: {}, not {}", key, answer, wanted);
      }
    }
  }
  return {};
}

std::string finish_resize(const Cache& cache) {
  const Budget left = cache.budget();
  if (left.settled) return {};
  const Result<Budget> now = cache.resize(left.wanted);
  if (!now) return "the change of the budget cannot be finished: " + now.error().message;
  return now->bytes == left.wanted ? "" : fmt::format("the budget is {}, not {}", now->bytes, left.wanted);
}

}  // namespace larder::test
