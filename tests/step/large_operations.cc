// large_operations.cc – the operations of the step tests on values of several pages; see operations.cc.
#include <cstring>

#include "step/world.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr const char* kKey = "large-0000";
constexpr const char* kNew = "large-0002";

std::string put(Worker& worker, const std::string& key, const PutOptions& options = {}) {
  return to_string(worker.cache->put(key, step_value(key, 2), options));
}

std::string view(Worker& worker) {
  const View view = worker.cache->view(kKey);
  if (!view) return "miss";
  const auto version = version_of(kKey, view.text());
  return version ? "hit " + std::to_string(*version) : "wrong view";
}

std::string build(Worker& worker, bool commit) {
  const std::string value = step_value(kKey, 2);
  Builder builder = worker.cache->reserve(kKey, value.size());
  if (!builder) return to_string(builder.refusal());
  std::memcpy(builder.bytes().data(), value.data(), value.size());
  return commit ? to_string(builder.commit()) : "abandoned";
}

/// Enough large puts that small pages and large values must go.
std::string put_many(Worker& worker) {
  size_t stored = 0;
  for (uint64_t i = 0; i < 4; ++i) stored += put(worker, key_name("large", 10 + i)) == "stored";
  return std::to_string(stored) + " stored";
}

std::map<std::string, Change> burst_changes() {
  std::map<std::string, Change> changes;
  for (uint64_t i = 0; i < 4; ++i) changes[key_name("large", 10 + i)] = {0, 2};
  return changes;
}

}  // namespace

std::vector<Operation> large_operations() {
  const auto of = [](std::string name, std::string answer, std::map<std::string, Change> changes,
                     std::function<std::string(Worker&)> run) {
    return Operation{
        .name = std::move(name), .answer = std::move(answer), .run = std::move(run), .changes = std::move(changes)};
  };
  return {
      of("view_large", "hit 1", {}, &view),
      of("touch_large", "yes", {}, [](Worker& w) { return w.cache->touch(kKey, hours(2)) ? "yes" : "no"; }),
      of("put_large_new", "stored", {{kNew, {0, 2}}}, [](Worker& w) { return put(w, kNew); }),
      of("put_large_existing", "stored", {{kKey, {1, 2}}}, [](Worker& w) { return put(w, kKey); }),
      of("remove_large", "yes", {{kKey, {1, 0}}}, [](Worker& w) { return w.cache->remove(kKey) ? "yes" : "no"; }),
      of("build_large", "stored", {{kKey, {1, 2}}}, [](Worker& w) { return build(w, true); }),
      of("abandon_large", "abandoned", {}, [](Worker& w) { return build(w, false); }),
      {.name = "put_large_evicting",
       .fill = Fill::full,
       .answer = "4 stored",
       .run = &put_many,
       .changes = burst_changes(),
       .may_drop = true},
  };
}

}  // namespace larder::test
