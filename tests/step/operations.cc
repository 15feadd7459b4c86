// operations.cc – every operation the step tests run: what it does, what it answers, what it may change.
#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "sidecar/keeper.h"
#include "step/world.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

std::string get(Worker& worker, const std::string& key) { return read_answer(*worker.cache, key); }

std::string put(Worker& worker, const std::string& key, const PutOptions& options = {}) {
  return to_string(worker.cache->put(key, step_value(key, 2), options));
}

std::string view(Worker& worker, const std::string& key) {
  const View view = worker.cache->view(key);
  if (!view) return "miss";
  const auto version = version_of(key, view.text());
  return version ? fmt::format("hit {}", *version) : "wrong view";
}

std::string get_many(Worker& worker) {
  std::array<std::byte, 256> first{};
  std::array<std::byte, 256> second{};
  std::array<Fetch, 3> requests{Fetch{"plain-0000", first}, Fetch{"absent-0000", {}}, Fetch{"plain-0001", second}};
  const size_t hits = worker.cache->get_many(requests);
  for (const Fetch& request : requests) {
    const std::string_view value(reinterpret_cast<const char*>(request.into.data()), request.answer.size);
    if (request.answer && !version_of(request.key, value)) return fmt::format("wrong value of {}", request.key);
  }
  return fmt::format("{} hits", hits);
}

/// Enough puts that pages must be emptied more than once.
std::string put_many(Worker& worker) {
  size_t stored = 0;
  for (uint64_t i = 0; i < 12; ++i) stored += put(worker, key_name("burst", i)) == "stored";
  return fmt::format("{} stored", stored);
}

std::map<std::string, Change> burst_changes() {
  std::map<std::string, Change> changes;
  for (uint64_t i = 0; i < 12; ++i) changes[key_name("burst", i)] = {0, 2};
  return changes;
}

std::string attach(Worker& worker) {
  worker.segment = attach_segment(worker.directory, "stepped");
  worker.cache = open_cache(*worker.segment, "main");
  return get(worker, "plain-0000");
}

std::string clear(Worker& worker) { return worker.cache->clear() > 0 ? "cleared" : "nothing to clear"; }

std::map<std::string, Change> cleared_changes() {
  std::map<std::string, Change> changes;
  for (uint64_t i = 0; i < 8; ++i) changes[key_name("plain", i)] = {1, 0};
  for (const char* key : {"tagged-0000", "tagged-0001", "timed-0000", "idle-0000", "large-0000", "large-0001"})
    changes[key] = {1, 0};
  return changes;
}

std::string keep(Worker& worker) {
  auto keeper = sidecar::Keeper::take(*worker.segment);
  if (!keeper) return "wrong: " + keeper.error().message;
  keeper->run_cycle();
  keeper->expire_all();
  return "kept";
}

std::string leave(Worker& worker) {
  view(worker, "plain-0000");  // so that there is a thread line to give back
  worker.cache.reset();
  worker.segment.reset();
  return "left";
}

std::vector<Operation> reading_operations() {
  const auto reading = [](std::string name, std::string answer, std::function<std::string(Worker&)> run) {
    return Operation{.name = std::move(name), .answer = std::move(answer), .run = std::move(run)};
  };
  return {
      reading("get_hit", "hit 1", [](Worker& w) { return get(w, "plain-0000"); }),
      reading("get_miss", "miss", [](Worker& w) { return get(w, "absent-0000"); }),
      reading("get_timed", "hit 1", [](Worker& w) { return get(w, "timed-0000"); }),
      reading("get_idle", "hit 1", [](Worker& w) { return get(w, "idle-0000"); }),
      reading("get_expired", "miss", [](Worker& w) { return get(w, "short-0000"); }),
      reading("get_many", "2 hits", &get_many),
      reading("view", "hit 1", [](Worker& w) { return view(w, "plain-0000"); }),
      reading("contains", "yes", [](Worker& w) { return w.cache->contains("plain-0000") ? "yes" : "no"; }),
      reading("touch", "yes", [](Worker& w) { return w.cache->touch("timed-0000", hours(2)) ? "yes" : "no"; }),
      reading("touch_untimed", "yes", [](Worker& w) { return w.cache->touch("plain-0000", hours(2)) ? "yes" : "no"; }),
      reading("touch_far", "yes",
              [](Worker& w) { return w.cache->touch("plain-0000", hours(24 * 300)) ? "yes" : "no"; }),
      reading("detach", "left", &leave),
  };
}

std::vector<Operation> writing_operations() {
  const auto writing = [](std::string name, std::string answer, std::map<std::string, Change> changes,
                          std::function<std::string(Worker&)> run) {
    return Operation{
        .name = std::move(name), .answer = std::move(answer), .run = std::move(run), .changes = std::move(changes)};
  };
  const PutOptions everything{.ttl = hours(1), .idle = hours(2), .tag = 9};
  return {
      writing("put_new", "stored", {{"new-0000", {0, 2}}}, [](Worker& w) { return put(w, "new-0000"); }),
      writing("put_new_all_options", "stored", {{"new-0000", {0, 2}}},
              [everything](Worker& w) { return put(w, "new-0000", everything); }),
      writing("put_existing", "stored", {{"plain-0000", {1, 2}}}, [](Worker& w) { return put(w, "plain-0000"); }),
      writing("add_new", "stored", {{"new-0000", {0, 2}}},
              [](Worker& w) { return to_string(w.cache->add("new-0000", step_value("new-0000", 2))); }),
      writing("add_existing", "exists", {},
              [](Worker& w) { return to_string(w.cache->add("plain-0000", step_value("plain-0000", 2))); }),
      writing("add_over_expired", "stored", {{"short-0000", {0, 2}}},
              [](Worker& w) { return to_string(w.cache->add("short-0000", step_value("short-0000", 2))); }),
      writing("replace", "stored", {{"plain-0000", {1, 2}}},
              [](Worker& w) { return to_string(w.cache->replace("plain-0000", step_value("plain-0000", 2))); }),
      writing("replace_absent", "absent", {},
              [](Worker& w) { return to_string(w.cache->replace("new-0000", step_value("new-0000", 2))); }),
      writing("put_too_large", "too large", {{"plain-0000", {1, 0}}},
              [](Worker& w) { return to_string(w.cache->put("plain-0000", std::string(13'000, 'x'))); }),
      writing("remove", "yes", {{"plain-0000", {1, 0}}},
              [](Worker& w) { return w.cache->remove("plain-0000") ? "yes" : "no"; }),
      writing("remove_tag", "yes", {{"tagged-0000", {1, 0}}, {"tagged-0001", {1, 0}}},
              [](Worker& w) { return w.cache->remove_tag(7) ? "yes" : "no"; }),
      writing("clear", "cleared", cleared_changes(), &clear),
  };
}

std::vector<Operation> moving_operations() {
  std::vector<Operation> moving;
  moving.push_back({.name = "put_evicting",
                    .fill = Fill::full,
                    .answer = "12 stored",
                    .run = &put_many,
                    .changes = burst_changes(),
                    .may_drop = true});
  moving.push_back({.name = "attach", .answer = "hit 1", .run = &attach, .attaches = true});
  moving.push_back({.name = "keeper", .fill = Fill::quiet, .answer = "kept", .run = &keep});
  moving.push_back({.name = "keeper_evicting", .fill = Fill::full, .answer = "kept", .run = &keep, .may_drop = true});
  return moving;
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list = reading_operations();
    for (auto& part : {writing_operations(), moving_operations(), large_operations(), resize_operations()})
      list.insert(list.end(), part.begin(), part.end());
    for (Operation& operation : list) {
      if (operation.name == "add_existing") operation.attempts = "plain-0000";
      if (operation.name == "replace_absent") operation.attempts = "new-0000";
    }
    return list;
  }();
  return all;
}

const Operation& operation_named(const std::string& name) {
  static const std::vector<Operation> lasting = lasting_operations();
  for (const auto* list : {&operations(), &store_operations(), &lasting})
    for (const Operation& operation : *list)
      if (operation.name == name) return operation;
  throw std::invalid_argument("no operation under test is called " + name);
}

}  // namespace larder::test
