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

/// Runs `body(key)` for the keys until one finds something wrong.
template <class Body>
std::string each(const std::vector<std::string>& keys, const Body& body) {
  for (const std::string& key : keys)
    if (std::string wrong = body(key); !wrong.empty()) return wrong;
  return {};
}

std::string read(Store& store) {
  for (const auto* keys : {&value_keys(), &counter_keys()}) {
    const std::string wrong = each(*keys, [&](const std::string& key) {
      const std::string answer = read_answer(store, key);
      return answer.starts_with("wrong") ? key + ": " + answer : std::string();
    });
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string set(Store& store) {
  return each(value_keys(), [&](const std::string& key) {
    std::string wrong = wanted("set " + key, store.key_set(key, step_value(key, 3)).status, {StoreStatus::ok});
    if (wrong.empty() && read_answer(store, key) != "hit 3") wrong = key + " is not there right after it was set";
    return wrong;
  });
}

std::string add(Store& store) {
  return each(value_keys(), [&](const std::string& key) {
    const StoreStatus status = store.add(key, step_value(key, 4), hours(1)).status;
    std::string wrong = wanted("add " + key, status, {StoreStatus::ok, StoreStatus::exists});
    if (wrong.empty() && store.key_exists(key) != StoreStatus::ok) wrong = key + " is not there right after an add";
    return wrong;
  });
}

std::string swap(Store& store) {
  return each(value_keys(), [&](const std::string& key) {
    Record record;
    if (store.fetch(key, record) != StoreStatus::ok) return std::string();
    return wanted("swap " + key, store.swap(key, record.version, step_value(key, 5)).status, {StoreStatus::ok});
  });
}

std::string touch(Store& store) {
  const auto touched = [&](const std::string& key) {
    const StoreStatus status = store.touch(key, hours(5));
    const bool there = store.key_exists(key) == StoreStatus::ok;
    if (there != (status == StoreStatus::ok)) return fmt::format("touch {}: {}, but then", key, to_string(status));
    return std::string();
  };
  std::string wrong = each(value_keys(), touched);
  return wrong.empty() ? each(counter_keys(), touched) : wrong;
}

std::string incr(Store& store) {
  return each(counter_keys(), [&](const std::string& key) {
    const int64_t before = store.counter_get(key).value;
    const CounterAnswer answer = store.counter_incr(key, 1);
    if (!answer && answer.status != StoreStatus::wrong_type) return "incr " + key + ": " + to_string(answer.status);
    if (answer && answer.value != before + 1) return fmt::format("incr {}: {} to {}", key, before, answer.value);
    return std::string();
  });
}

std::string erase(Store& store) {
  return each(value_keys(), [&](const std::string& key) {
    std::string wrong = wanted("delete " + key, store.key_delete(key), {StoreStatus::ok, StoreStatus::absent});
    if (wrong.empty() && store.key_exists(key) != StoreStatus::absent)
      wrong = key + " is there right after its removal";
    return wrong;
  });
}

std::string take(Store& store) {
  return each(value_keys(), [&](const std::string& key) {
    std::string out;
    std::string wrong = wanted("take " + key, store.take(key, out), {StoreStatus::ok, StoreStatus::absent});
    if (wrong.empty() && store.key_exists(key) != StoreStatus::absent) wrong = key + " is there right after a take";
    return wrong;
  });
}

std::string counter_delete(Store& store) {
  return each(counter_keys(), [&](const std::string& key) {
    return wanted("counter_delete " + key, store.counter_delete(key),
                  {StoreStatus::ok, StoreStatus::absent, StoreStatus::wrong_type});
  });
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

std::string turn_over(Store& store) {
  for (int round = 0; round < 3; ++round)
    for (const Script& script : {Script(churn), Script(set), Script(counter_delete), Script(incr)})
      if (std::string wrong = script(store); !wrong.empty()) return wrong;
  return {};
}

}  // namespace

const std::vector<StorePeer>& store_peers() {
  static const std::vector<StorePeer> all = {
      {"read", read},          {"incr", incr},
      {"erase", erase},        {"add", add},
      {"churn", churn, false}, {"touch", touch},
      {"swap", swap},          {"take", take},
      {"scan", scan, false},   {"set", set},
      {"purge", purge},        {"counter_delete", counter_delete},
      {"incr", incr},          {"delete_prefix", delete_prefix},
  };
  return all;
}

Script store_turn_over() { return turn_over; }

}  // namespace larder::test
