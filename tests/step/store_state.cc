#include "step/store_state.h"

#include <fmt/format.h>

#include <stdexcept>

#include "backend/map_store.h"
#include "store/operation.h"
#include "store/shared_store.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr size_t kLongValue = 400;  ///< two to a page
constexpr uint64_t kHalf = 40, kExpired = 112, kMany = 1000;
constexpr size_t kLaterKeys = 20;
constexpr int kLaterOperations = 200;

void must(bool done, const std::string& what) {
  if (!done) throw std::runtime_error("start state of a store: cannot " + what);
}

void put(Store& store, const std::string& key, Store::Ttl ttl = {}) {
  must(store.key_set(key, step_value(key, 1), ttl).status == StoreStatus::ok, "set " + key);
}
void count(Store& store, const std::string& key, Store::Ttl ttl = {}) {
  must(store.counter_incr(key, 5, ttl).status == StoreStatus::ok, "count " + key);
}

StoreStatus put_long(Store& store, uint64_t number, Store::Ttl ttl = {}) {
  const std::string key = key_name("fill", number);
  return store.key_set(key, value_of(key, 1, kLongValue), ttl).status;
}

std::string text_of_code(const std::string& key, const Record& record) {
  const uint64_t left = record.ttl ? 100 * static_cast<uint64_t>((record.ttl->count() + 3'599'999) / 3'600'000) : 0;
  if (record.kind == RecordKind::counter)
    return fmt::format("hit {}", left + 50 + static_cast<uint64_t>(record.number));
  const auto version = version_of(key, record.value);
  return version ? fmt::format("hit {}", left + *version) : fmt::format("wrong value of {} bytes", record.value.size());
}

std::vector<ScanItem> everything(Store& store) {
  std::vector<ScanItem> all;
  uint64_t cursor = 0;
  do {
    ScanPage page = store.scan({}, cursor, 64);
    must(page.status == StoreStatus::ok, "scan");
    for (ScanItem& item : page.items) all.push_back(std::move(item));
    cursor = page.cursor;
  } while (cursor != 0);
  return all;
}

}  // namespace

StoreOptions step_store() {
  StoreOptions options;
  options.name = kStoreName;
  options.size = kMinStoreBytes;
  options.page_size = 1024;
  options.expected_entry = 256;
  options.durable = {'d'};
  return options;
}

std::shared_ptr<Store> open_step_store(const Segment& segment) {
  auto store = segment.store(kStoreName);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

void freeze(Store& store, const std::string& key) {
  const cache::Region& region = dynamic_cast<store::SharedStore&>(store).region();
  store::Operation operation(region, *region.member->thread(), key);
  const store::Look look = operation.look();
  must(static_cast<bool>(look), "find " + key);
  base::Pair seen = look.cell;
  must(store::cell_of(look.entry.words)
           .cas(seen, {seen.first, store::Meta::Frozen::set(store::next_meta(seen.second), 1)}),
       "freeze " + key);
}

void fill_store(Store& store, Fill fill) {
  if (fill == Fill::store_empty) return;
  for (uint64_t i = 0; i < 4; ++i) put(store, key_name("plain", i));
  put(store, "timed-0000", hours(1));
  for (const char* key : {"frozen-0000", "durable-0000", "dfrozen-0000", "dgone-0000"}) put(store, key);
  must(store.key_delete("dgone-0000") == StoreStatus::ok, "delete dgone-0000");
  for (const char* key : {"count-0000", "fcount-0000", "dcount-0000"}) count(store, key);
  count(store, "tcount-0000", hours(1));
  if (fill == Fill::store_half)
    for (uint64_t i = 0; i < kHalf; ++i) must(put_long(store, i) == StoreStatus::ok, "fill");
  if (fill == Fill::store_expired)
    for (uint64_t i = 0; i < kExpired; ++i) must(put_long(store, i, milliseconds(40)) == StoreStatus::ok, "fill");
  if (fill == Fill::store_full) {
    uint64_t filled = 0;
    while (filled < kMany && put_long(store, filled) == StoreStatus::ok) ++filled;
    must(filled < kMany, "fill");
    for (uint64_t i = 0; i < filled; i += 4)
      must(store.key_delete(key_name("fill", i)) == StoreStatus::ok, "make garbage");
  }
  put(store, "short-0000", milliseconds(1));
  count(store, "scount-0000", milliseconds(1));
  for (const char* key : {"frozen-0000", "dfrozen-0000", "fcount-0000"}) freeze(store, key);
}

std::string read_answer(Store& store, const std::string& key) {
  Record record;
  const StoreStatus status = store.fetch(key, record);
  if (status == StoreStatus::absent) return "miss";
  return status == StoreStatus::ok ? text_of_code(key, record) : fmt::format("wrong status {}", to_string(status));
}

std::string unknown_key(Store& store, const Model& model) {
  for (const ScanItem& item : everything(store))
    if (model.count(item.key) == 0) return item.key;
  return {};
}

const std::vector<std::string>& value_keys() {
  static const std::vector<std::string> keys = {"plain-0000",   "plain-0001",   "new-0000",
                                                "timed-0000",   "short-0000",   "frozen-0000",
                                                "durable-0000", "dfrozen-0000", "dgone-0000"};
  return keys;
}
const std::vector<std::string>& counter_keys() {
  static const std::vector<std::string> keys = {"count-0000",  "tcount-0000", "fcount-0000",
                                                "dcount-0000", "scount-0000", "ncount-0000"};
  return keys;
}

std::string work_on(Store& store) {
  uint64_t removed = 0;
  if (store.key_delete_prefix("fill-", removed) != StoreStatus::ok) return "a prefix cannot be deleted afterwards";
  Random random(7);
  std::map<std::string, uint64_t> model;
  for (int i = 0; i < kLaterOperations; ++i) {
    const std::string key = key_name("later", random.below(kLaterKeys));
    const uint64_t choice = random.below(4), held = model.count(key) > 0 ? model[key] : 0;
    if (choice == 0) {
      const StoreStatus set = store.key_set(key, step_value(key, static_cast<uint64_t>(i) % 50)).status;
      if (set != StoreStatus::ok) return fmt::format("a set afterwards is answered {}", to_string(set));
      model[key] = static_cast<uint64_t>(i) % 50;
    } else if (choice == 1) {
      const bool erased = store.key_delete(key) == StoreStatus::ok;
      if (erased != (model.erase(key) > 0)) return fmt::format("delete {}: {}", key, erased);
    } else if (choice == 2) {
      const CounterAnswer answer = store.counter_incr(key, 1);
      if (answer ? model.count(key) > 0 && answer.value != static_cast<int64_t>(held) - 49 : held >= 50)
        return fmt::format("incr {} afterwards: {} {}", key, to_string(answer.status), answer.value);
      if (answer) model[key] = 50 + static_cast<uint64_t>(answer.value);
    }
    const std::string answer = read_answer(store, key);
    const std::string wanted = model.count(key) > 0 ? fmt::format("hit {}", model[key]) : "miss";
    if (answer != wanted) return fmt::format("get {} afterwards: {}, not {}", key, answer, wanted);
  }
  return {};
}

Reference::Reference(Store& start) : start_(everything(start)) {}

Reference::Outcome Reference::run(const std::vector<Script>& scripts) const {
  backend::MapStore map({.max_value = kTooLarge - 1});
  for (const ScanItem& item : start_) {
    const Store::Ttl ttl = item.record.ttl ? Store::Ttl(hours(1)) : Store::Ttl();
    if (item.record.kind == RecordKind::counter)
      must(map.counter_incr(item.key, item.record.number, ttl).status == StoreStatus::ok, "copy " + item.key);
    else
      must(map.key_set(item.key, item.record.value, ttl).status == StoreStatus::ok, "copy " + item.key);
  }
  Outcome outcome;
  for (const Script& script : scripts) outcome.answers.push_back(script(map));
  for (const ScanItem& item : everything(map)) {
    const std::string text = text_of_code(item.key, item.record);
    must(text.starts_with("hit "), "read " + item.key);
    outcome.codes[item.key] = std::stoull(text.substr(4));
  }
  return outcome;
}

Model either(const std::vector<Reference::Outcome>& outcomes) {
  Model model;
  for (const auto* keys : {&value_keys(), &counter_keys()})
    for (const std::string& key : *keys) model[key];
  for (const Reference::Outcome& outcome : outcomes)
    for (const auto& [key, code] : outcome.codes) model[key];
  for (auto& [key, codes] : model)
    for (const Reference::Outcome& outcome : outcomes) {
      const auto found = outcome.codes.find(key);
      codes.push_back(found == outcome.codes.end() ? 0 : found->second);
    }
  return model;
}

}  // namespace larder::test
