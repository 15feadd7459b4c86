// store_operations.cc – every operation of a store that the step tests run, in each start state. What it must answer
// and leave, the reference says.
#include <fmt/format.h>

#include "sidecar/keeper.h"
#include "step/store_state.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using std::chrono::hours;

std::string text(StoreStatus status) { return to_string(status); }
std::string text(const VersionAnswer& answer) { return to_string(answer.status); }
std::string text(const CounterAnswer& answer) { return fmt::format("{} {}", to_string(answer.status), answer.value); }

Script set(const char* key, Store::Ttl ttl = {}) {
  return [=](Store& store) { return text(store.key_set(key, step_value(key, 2), ttl)); };
}
Script get(const char* key) {
  return [=](Store& store) { return read_answer(store, key); };
}
Script key_get(const char* key) {
  return [=](Store& store) {
    std::string value;
    const StoreStatus status = store.key_get(key, value);
    return status == StoreStatus::ok && value != step_value(key, 1) ? "another's value" : text(status);
  };
}
Script exists(const char* key) {
  return [=](Store& store) { return text(store.key_exists(key)); };
}
Script ttl(const char* key) {
  return [=](Store& store) {
    const TtlAnswer answer = store.ttl(key);
    return text(answer.status) + (answer.ttl ? ", timed" : "");
  };
}
Script set_too_large(const char* key) {
  return [=](Store& store) { return text(store.key_set(key, std::string(kTooLarge, 'x'))); };
}
/// What is there is replaced or removed; what is not there is made.
Script update(const char* key, Change::What what) {
  return [=](Store& store) {
    return text(store.update(key, [&](const Record*) { return Change{what, step_value(key, 2), hours(2)}; }));
  };
}
Script erase(const char* key) {
  return [=](Store& store) { return text(store.key_delete(key)); };
}
Script add(const char* key) {
  return [=](Store& store) { return text(store.add(key, step_value(key, 2), hours(1))); };
}
Script take(const char* key) {
  return [=](Store& store) {
    std::string value;
    const StoreStatus status = store.take(key, value);
    return status == StoreStatus::ok && value != step_value(key, 1) ? "another's value" : text(status);
  };
}
/// The version of the value there, or one that never was.
uint64_t version_in(Store& store, const char* key) {
  Record record;
  return store.fetch(key, record) == StoreStatus::ok ? record.version : 1;
}
Script touch(const char* key) {
  return [=](Store& store) { return text(store.touch(key, hours(3))); };
}
Script persist(const char* key) {
  return [=](Store& store) { return text(store.persist(key)); };
}
Script incr(const char* key, Store::Ttl ttl = {}) {
  return [=](Store& store) { return text(store.counter_incr(key, 1, ttl)); };
}
/// With a time to live for the first one only.
Script incr_on_create(const char* key) {
  return [=](Store& store) { return text(store.counter_incr(key, 1, hours(3), CounterTtl::on_create)); };
}
Script counter_get(const char* key) {
  return [=](Store& store) { return text(store.counter_get(key)); };
}
Script counter_delete(const char* key) {
  return [=](Store& store) { return text(store.counter_delete(key)); };
}

std::string scan(Store& store) {
  size_t met = 0;
  uint64_t cursor = 0;
  do {
    const ScanPage page = store.scan("plain-", cursor, 3);
    met += page.items.size();
    cursor = page.cursor;
  } while (cursor != 0);
  return fmt::format("{} met", met);
}

std::string delete_prefix(Store& store) {
  uint64_t removed = 0;
  const StoreStatus status = store.key_delete_prefix("plain-", removed);
  return fmt::format("{} {}", to_string(status), removed);
}

std::string clear(Store& store) {
  uint64_t removed = 0;
  const StoreStatus status = store.clear(removed);
  return fmt::format("{} {}", to_string(status), removed);
}

std::string delete_prefix_of_none(Store& store) {
  uint64_t removed = 0;
  const StoreStatus status = store.key_delete_prefix("absent-", removed);
  return fmt::format("{} {}", to_string(status), removed);
}

/// Reads only; what it says is another thing for every store.
std::string about(Store& store) {
  const bool alive = !store.knows_workers() || store.worker_alive(store.worker_identity());
  return alive && store.full_text().size() < 1000 ? "said" : "wrong";
}

/// How many it reclaims depends on what was reclaimed before.
std::string purge(Store& store) {
  uint64_t removed = 0;
  return text(store.purge(removed));
}

/// Enough that pages must be compacted where the store is full.
std::string burst(Store& store) {
  size_t stored = 0;
  for (uint64_t i = 0; i < 8; ++i) {
    const std::string key = key_name("burst", i);
    stored += store.key_set(key, step_value(key, 2)).status == StoreStatus::ok ? 1 : 0;
  }
  for (const char* key : {"count-0000", "fcount-0000", "dcount-0000"})
    stored += store.counter_incr(key, 1).status == StoreStatus::ok ? 1 : 0;
  return fmt::format("{} stored", stored);
}

struct Named {
  const char* name;
  Script script;
  std::function<std::string(Worker&)> run{};  ///< if it is more than the script
  bool attaches = false;
  std::vector<Script> calls{};  ///< Operation::calls
};

/// Looks which version the key has, and then does something to that one.
Named by_version(const char* name, const char* key, std::function<StoreStatus(Store&, const char*, uint64_t)> does) {
  const auto version = std::make_shared<uint64_t>(0);
  const Script look = [=](Store& store) {
    *version = version_in(store, key);
    return std::string();
  };
  const Script change = [=](Store& store) { return text(does(store, key, *version)); };
  const Script both = [=](Store& store) {
    look(store);
    return change(store);
  };
  return {.name = name, .script = both, .calls = {look, change}};
}
StoreStatus swap(Store& store, const char* key, uint64_t version) {
  return store.swap(key, version, step_value(key, 2), hours(2)).status;
}
StoreStatus remove_version(Store& store, const char* key, uint64_t version) {
  return store.remove_version(key, version);
}
StoreStatus touch_version(Store& store, const char* key, uint64_t version) {
  return store.touch_version(key, version, hours(3));
}

std::string attach(Worker& worker) {
  worker.segment = attach_segment(worker.directory, "stepped");
  worker.store = open_step_store(*worker.segment);
  return read_answer(*worker.store, "plain-0000");
}

std::string leave(Worker& worker) {
  (void)read_answer(*worker.store, "plain-0000");  // so that there is a thread line to give back
  worker.store.reset();
  worker.segment.reset();
  return "left";
}

std::string keep(Worker& worker) {
  auto keeper = sidecar::Keeper::take(*worker.segment);
  if (!keeper) return "wrong: " + keeper.error().message;
  keeper->run_cycle();
  return keeper->purge(kStoreName) ? "kept" : "wrong: no such store";
}

/// Changes nothing, whatever is there.
Script saying(const char* answer) {
  return [=](Store&) { return answer; };
}

std::vector<Named> worker_scripts() {
  return {
      {"attach", get("plain-0000"), attach, true},
      {"detach", saying("left"), leave},
      {"bury", saying("0 buried"), [](Worker& w) { return fmt::format("{} buried", w.segment->bury_dead()); }},
      {"keeper", saying("kept"), keep},
  };
}

std::vector<Named> scripts() {
  return {
      {"set_new", set("new-0000", hours(1))},
      {"set_over", set("plain-0000")},
      {"set_over_counter", set("count-0000")},
      {"set_over_expired", set("short-0000")},
      {"set_over_frozen", set("frozen-0000")},
      {"set_durable", set("durable-0000")},
      {"set_over_tombstone", set("dgone-0000")},
      {"get", get("plain-0000")},
      {"get_frozen", get("frozen-0000")},
      {"get_expired", get("short-0000")},
      {"get_counter", get("count-0000")},
      {"key_get", key_get("plain-0000")},
      {"key_get_durable", key_get("durable-0000")},
      {"exists", exists("frozen-0000")},
      {"ttl", ttl("timed-0000")},
      {"counter_get", counter_get("fcount-0000")},
      {"about", about},
      {"set_too_large", set_too_large("plain-0000")},
      {"update", update("plain-0000", Change::store)},
      {"update_new", update("new-0000", Change::store)},
      {"update_keep", update("plain-0000", Change::keep)},
      {"update_remove", update("durable-0000", Change::remove)},
      {"delete", erase("plain-0000")},
      {"delete_frozen", erase("frozen-0000")},
      {"delete_durable", erase("durable-0000")},
      {"delete_durable_frozen", erase("dfrozen-0000")},
      {"add_new", add("new-0000")},
      {"add_over_live", add("plain-0000")},
      {"add_over_expired", add("short-0000")},
      {"add_over_tombstone", add("dgone-0000")},
      {"take", take("plain-0000")},
      {"take_durable", take("durable-0000")},
      by_version("swap", "plain-0000", &swap),
      by_version("swap_frozen", "frozen-0000", &swap),
      by_version("swap_durable", "durable-0000", &swap),
      by_version("remove_version", "plain-0000", &remove_version),
      by_version("remove_version_durable", "durable-0000", &remove_version),
      {"touch", touch("timed-0000")},
      {"touch_frozen", touch("frozen-0000")},
      {"touch_durable_frozen", touch("dfrozen-0000")},
      {"touch_expired", touch("short-0000")},
      {"touch_counter", touch("count-0000")},
      by_version("touch_version", "timed-0000", &touch_version),
      {"persist", persist("timed-0000")},
      {"persist_counter", persist("tcount-0000")},
      {"incr", incr("count-0000")},
      {"incr_new", incr("ncount-0000")},
      {"incr_timed", incr("tcount-0000", hours(3))},
      {"incr_on_create", incr_on_create("ncount-0000")},
      {"incr_frozen", incr("fcount-0000")},
      {"incr_over_expired", incr("scount-0000")},
      {"incr_durable", incr("dcount-0000")},
      {"counter_delete", counter_delete("count-0000")},
      {"counter_delete_durable", counter_delete("dcount-0000")},
      {"scan", scan},
      {"delete_prefix", delete_prefix},
      {"delete_prefix_of_none", delete_prefix_of_none},
      {"clear", clear},
      {"purge", purge},
      {"burst", burst},
  };
}

}  // namespace

const std::vector<Operation>& store_operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list;
    const std::pair<Fill, const char*> fills[] = {{Fill::store_empty, "empty"},
                                                  {Fill::store_half, "half"},
                                                  {Fill::store_full, "full"},
                                                  {Fill::store_expired, "expired"}};
    std::vector<Named> named = scripts();
    for (Named& one : worker_scripts()) named.push_back(std::move(one));
    for (const Named& one : named)
      for (const auto& [fill, fill_name] : fills) {
        Operation operation;
        operation.name = fmt::format("{}_in_{}", one.name, fill_name);
        operation.fill = fill;
        operation.on_store = one.script;
        operation.calls = one.calls;
        operation.run = one.run;
        if (!operation.run) operation.run = [script = one.script](Worker& worker) { return script(*worker.store); };
        operation.attaches = one.attaches;
        list.push_back(std::move(operation));
      }
    return list;
  }();
  return all;
}

}  // namespace larder::test
