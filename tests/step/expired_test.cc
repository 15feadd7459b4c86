// expired_test.cc – a change looks at the clock before a record expires, stops, and lands after somebody met it
// expired.
//
// The story: a process renews a lease that has an hour left. It stands still after some instruction, and two hours
// pass. Somebody else asks for the lease: by a read, a scan, a removal, or by taking it. Then the first one goes on. If
// the other one was told that the lease is gone, the renewal must not have happened, and what the other one made of it
// must be there; if he was told that it is there, the renewal must have happened before.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "step/runs.h"
#include "step/store_state.h"
#include "support/clock/clock.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr size_t kUsualPlaces = 14;

struct Renewal {
  const char* name;
  const char* key;
  StoreStatus (*run)(Store& store, const char* key, uint64_t version);
  bool by_version = false;  ///< it must not take another's record for its own
};

StoreStatus touch(Store& store, const char* key, uint64_t) { return store.touch(key, hours(10)); }
StoreStatus persist(Store& store, const char* key, uint64_t) { return store.persist(key); }
StoreStatus touch_version(Store& store, const char* key, uint64_t version) {
  return store.touch_version(key, version, hours(10));
}
StoreStatus swap(Store& store, const char* key, uint64_t version) {
  return store.swap(key, version, step_value(key, 2), hours(10)).status;
}
StoreStatus incr(Store& store, const char* key, uint64_t) { return store.counter_incr(key, 1, hours(10)).status; }

const Renewal kRenewals[] = {
    {"touch", "lease", touch},
    {"touch_version", "lease", touch_version, true},
    {"touch_frozen", "frozen-lease", touch},
    {"touch_durable", "durable-lease", touch},
    {"persist", "lease", persist},
    {"persist_durable_frozen", "durable-frozen-lease", persist},
    {"swap", "lease", swap, true},
    {"swap_frozen", "frozen-lease", swap, true},
    {"swap_durable", "durable-lease", swap, true},
    {"swap_durable_frozen", "durable-frozen-lease", swap, true},
    {"incr", "ticks", incr},
    {"incr_frozen", "frozen-ticks", incr},
};

void make_scene(Store& store) {
  for (const char* key : {"lease", "frozen-lease", "durable-lease", "durable-frozen-lease"})
    ASSERT_TRUE(store.key_set(key, step_value(key, 1), hours(1)));
  for (const char* key : {"ticks", "frozen-ticks"}) ASSERT_TRUE(store.counter_incr(key, 5, hours(1)));
  for (const char* key : {"frozen-lease", "durable-frozen-lease", "frozen-ticks"}) freeze(store, key);
}

/// What another one is told of the record: whether it is gone. `takes` says whether he then makes it his own.
struct Witness {
  const char* name;
  bool (*is_told_it_is_gone)(Store& store, const char* key);
  bool takes = false;
};

const Witness kWitnesses[] = {
    {"fetch",
     [](Store& store, const char* key) {
       Record record;
       return store.fetch(key, record) == StoreStatus::absent;
     }},
    {"add", [](Store& store, const char* key) { return store.add(key, step_value(key, 4)).status == StoreStatus::ok; },
     true},
    {"ttl", [](Store& store, const char* key) { return store.ttl(key).status == StoreStatus::absent; }},
    {"delete", [](Store& store, const char* key) { return store.key_delete(key) == StoreStatus::absent; }},
    {"counter_get", [](Store& store, const char* key) { return store.counter_get(key).status == StoreStatus::absent; }},
    {"delete_prefix",
     [](Store& store, const char* key) {
       uint64_t removed = 0;
       EXPECT_EQ(store.key_delete_prefix(key, removed), StoreStatus::ok);
       return removed == 0;
     }},
    {"scan",
     [](Store& store, const char* key) {
       for (uint64_t cursor = 0;;) {
         const ScanPage page = store.scan(key, cursor, 16);
         if (!page.items.empty()) return false;
         if (page.cursor == 0) return true;
         cursor = page.cursor;
       }
     }},
};

class Expired : public ::testing::TestWithParam<Renewal> {};

TEST_P(Expired, IsGoneOnceAnybodyWasToldSo) {
  const Renewal& renewal = GetParam();
  World world(Fill::store_half);
  Image scene;
  {
    const Segment segment = attach_segment(world.live());
    make_scene(*open_step_store(segment));
  }
  scene = read_image(world.live_path());
  constexpr int kRenewed = 0, kGone = 3;
  const auto body = [&](Stepper::Mark mark) {
    const Segment segment = attach_segment(world.live(), "holder");
    const auto store = open_step_store(segment);
    Record record;
    if (store->fetch(renewal.key, record) != StoreStatus::ok) return 1;
    mark();
    const StoreStatus status = renewal.run(*store, renewal.key, record.version);
    mark();
    return status == StoreStatus::ok ? kRenewed : kGone;
  };
  uint64_t length = 0;
  {
    Stepper alone(body);
    while (alone.step() == Stepper::Stop::inside) {
    }
    length = alone.instructions();
    EXPECT_EQ(alone.run_to_end().code, kRenewed);
  }
  const size_t places = sample_count(kUsualPlaces, length / 5);
  size_t told = 0, turn = 0;
  for (size_t i = 0; i < places; ++i) {
    world.reset(scene);
    Stepper holder(body);
    const uint64_t place = length * (i + 1) / (places + 1);
    if (!advance(holder, place)) continue;
    advance_clock(hours(2));
    const Witness& witness = kWitnesses[turn++ % std::size(kWitnesses)];
    bool gone = false;
    {
      const Segment segment = attach_segment(world.live(), "witness");
      gone = witness.is_told_it_is_gone(*open_step_store(segment), renewal.key);
    }
    const Ending ending = holder.run_to_end();
    const auto where = fmt::format("{} stopped at {} of {}, beside {}", renewal.name, place, length, witness.name);
    ASSERT_TRUE(ending.in_time && (ending.code == kRenewed || ending.code == kGone)) << where << " " << ending.text();
    const Segment segment = attach_segment(world.live(), "witness");
    const auto store = open_step_store(segment);
    told += gone ? 1 : 0;
    if (!gone) {
      ASSERT_EQ(ending.code, kRenewed) << where;
    } else if (witness.takes) {
      std::string value;
      ASSERT_EQ(store->key_get(renewal.key, value), StoreStatus::ok) << where;
      ASSERT_EQ(value, step_value(renewal.key, 4)) << where << ": two have it";
      if (renewal.by_version) {
        ASSERT_EQ(ending.code, kGone) << where << ": two have it";
      }
    } else if (renewal.run != incr) {  // an increment may have counted it anew
      ASSERT_EQ(ending.code, kGone) << where << ": it came back";
      ASSERT_EQ(store->key_exists(renewal.key), StoreStatus::absent) << where << ": it came back";
    } else {
      ASSERT_EQ(store->counter_get(renewal.key).value, 1) << where << ": it came back";
    }
    ASSERT_TRUE(is_clean(audit_of(world.live()))) << where;
    advance_clock(-hours(2));  // for the next one, which begins with the same image
  }
  tell("expired", renewal.name, fmt::format("places={} told={}", places, told));
}

INSTANTIATE_TEST_SUITE_P(Every, Expired,
                         ::testing::ValuesIn(std::vector<Renewal>(std::begin(kRenewals), std::end(kRenewals))),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace

}  // namespace larder::test
