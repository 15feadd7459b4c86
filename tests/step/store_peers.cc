// store_peers.cc – what others do to a store while the process under test stands still.
#include <fmt/format.h>

#include "step/store_state.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

bool one_of(StoreStatus status, std::initializer_list<StoreStatus> allowed) {
  for (const StoreStatus one : allowed)
    if (status == one) return true;
  return false;
}

/// What is wrong if the answer is none of these.
std::string wanted(const std::string& what, StoreStatus status, std::initializer_list<StoreStatus> allowed) {
  return one_of(status, allowed) ? std::string() : fmt::format("{} is answered {}", what, to_string(status));
}

std::string read(Store& store, const std::string& key) {
  const std::string answer = read_answer(store, key);
  return answer.starts_with("wrong") ? key + ": " + answer : std::string();
}

std::string set(Store& store, const std::string& key) {
  std::string wrong = wanted("set " + key, store.key_set(key, step_value(key, 3)).status, {StoreStatus::ok});
  if (wrong.empty() && read_answer(store, key) != "hit 3") wrong = key + " is not there right after it was set";
  return wrong;
}

std::string add(Store& store, const std::string& key) {
  const StoreStatus status = store.add(key, step_value(key, 4), hours(1)).status;
  std::string wrong = wanted("add " + key, status, {StoreStatus::ok, StoreStatus::exists});
  if (wrong.empty() && store.key_exists(key) != StoreStatus::ok) wrong = key + " is not there right after an add";
  return wrong;
}

std::string swap(Store& store, const std::string& key) {
  Record record;
  if (store.fetch(key, record) != StoreStatus::ok) return {};
  return wanted("swap " + key, store.swap(key, record.version, step_value(key, 5)).status, {StoreStatus::ok});
}

std::string touch(Store& store, const std::string& key) {
  const StoreStatus status = store.touch(key, hours(5));
  const bool there = store.key_exists(key) == StoreStatus::ok;
  if (there != (status == StoreStatus::ok)) return fmt::format("touch {}: {}, but then", key, to_string(status));
  return {};
}

std::string incr(Store& store, const std::string& key) {
  const int64_t before = store.counter_get(key).value;
  const CounterAnswer answer = store.counter_incr(key, 1);
  if (!answer && answer.status != StoreStatus::wrong_type) return "incr " + key + ": " + to_string(answer.status);
  if (answer && answer.value != before + 1) return fmt::format("incr {}: {} to {}", key, before, answer.value);
  return {};
}

std::string erase(Store& store, const std::string& key) {
  std::string wrong = wanted("delete " + key, store.key_delete(key), {StoreStatus::ok, StoreStatus::absent});
  if (wrong.empty() && store.key_exists(key) != StoreStatus::absent) wrong = key + " is there right after its removal";
  return wrong;
}

std::string take(Store& store, const std::string& key) {
  std::string out;
  std::string wrong = wanted("take " + key, store.take(key, out), {StoreStatus::ok, StoreStatus::absent});
  if (wrong.empty() && store.key_exists(key) != StoreStatus::absent) wrong = key + " is there right after a take";
  return wrong;
}

std::string counter_delete(Store& store, const std::string& key) {
  return wanted("counter_delete " + key, store.counter_delete(key),
                {StoreStatus::ok, StoreStatus::absent, StoreStatus::wrong_type});
}

std::string delete_prefix(Store& store) {
  uint64_t removed = 0;
  std::string wrong = wanted("delete_prefix", store.key_delete_prefix("plain-", removed), {StoreStatus::ok});
  if (wrong.empty() && store.key_exists("plain-0000") != StoreStatus::absent) wrong = "plain-0000 outlives its prefix";
  return wrong;
}

std::string scan(Store& store) {
  uint64_t cursor = 0;
  do {
    const ScanPage page = store.scan({}, cursor, 16);
    if (page.status != StoreStatus::ok) return std::string("scan is answered ") + to_string(page.status);
    for (const ScanItem& item : page.items)
      if (item.record.kind == RecordKind::value && !version_of(item.key, item.record.value))
        return "scan: wrong value of " + item.key;
    cursor = page.cursor;
  } while (cursor != 0);
  return {};
}

std::string purge(Store& store) {
  uint64_t removed = 0;
  return wanted("purge", store.purge(removed), {StoreStatus::ok});
}

/// Long values, replaced again and again: every page with garbage in it is compacted.
std::string churn(Store& store) {
  for (uint64_t i = 0; i < 160; ++i) {
    const std::string key = key_name("churn", i % 8);
    std::string wrong = wanted("set " + key, store.key_set(key, value_of(key, 3, 400)).status, {StoreStatus::ok});
    if (!wrong.empty()) return wrong + ": " + store.full_text();
  }
  for (uint64_t i = 0; i < 8; ++i) (void)store.key_delete(key_name("churn", i));
  return {};
}

/// Does the same to each of the keys.
StorePeer for_each_key(std::string name, const std::vector<std::string>& keys,
                       std::string (*does)(Store&, const std::string&)) {
  StorePeer peer{.name = std::move(name), .run = {}};
  for (const std::string& key : keys) peer.single.push_back([=](Store& store) { return does(store, key); });
  peer.run = [all = peer.single](Store& store) {
    for (const Script& one : all)
      if (std::string wrong = one(store); !wrong.empty()) return wrong;
    return std::string();
  };
  return peer;
}

std::vector<std::string> all_keys() {
  std::vector<std::string> keys = value_keys();
  keys.insert(keys.end(), counter_keys().begin(), counter_keys().end());
  return keys;
}

}  // namespace

const std::vector<StorePeer>& store_peers() {
  static const std::vector<StorePeer> all = {
      for_each_key("read", all_keys(), &read),
      for_each_key("incr", counter_keys(), &incr),
      for_each_key("erase", value_keys(), &erase),
      for_each_key("add", value_keys(), &add),
      {"churn", churn},
      for_each_key("touch", all_keys(), &touch),
      for_each_key("swap", value_keys(), &swap),
      for_each_key("take", value_keys(), &take),
      {"scan", scan},
      for_each_key("set", value_keys(), &set),
      {"purge", purge, {purge}},
      for_each_key("counter_delete", counter_keys(), &counter_delete),
      for_each_key("incr", counter_keys(), &incr),
      {"delete_prefix", delete_prefix, {delete_prefix}},
  };
  return all;
}

Script store_turn_over() {
  const Script set_all = for_each_key("set", value_keys(), &set).run;
  const Script delete_all = for_each_key("counter_delete", counter_keys(), &counter_delete).run;
  const Script count_all = for_each_key("incr", counter_keys(), &incr).run;
  return [=](Store& store) {
    for (int round = 0; round < 3; ++round)
      for (const Script& script : {Script(churn), set_all, delete_all, count_all})
        if (std::string wrong = script(store); !wrong.empty()) return wrong;
    return std::string();
  };
}

}  // namespace larder::test
