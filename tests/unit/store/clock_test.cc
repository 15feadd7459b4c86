// clock_test.cc – the store and its clock: exact at the tick, for every operation, whatever the wall clock does.
#include "support/clock/clock.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/segments.h"

namespace larder::test {
namespace {

using std::chrono::hours;

class StoreClock : public ::testing::Test {
 protected:
  StoreClock() {
    stop_clock();
    SegmentOptions options = segment_options(directory_, {});
    options.stores.emplace_back().durable = {'d'};
    segment_.emplace(create_segment(options));
    auto store = segment_->store("memory");
    if (!store) throw std::runtime_error(store.error().message);
    store_ = std::move(*store);
  }
  ~StoreClock() override { shift_wall_clock(milliseconds(0)); }

  TempDirectory directory_;
  std::optional<Segment> segment_;
  std::unique_ptr<Store> store_;
};

/// An operation on a record that has 10 ms to live: ok before its end, and what it says after.
struct Timed {
  const char* name;
  StoreStatus (*run)(Store& store, uint64_t version);
  StoreStatus after = StoreStatus::absent;
};

std::string out;
Record record;
uint64_t removed = 0;

const Timed kOnValues[] = {
    {"key_get", [](Store& store, uint64_t) { return store.key_get("dk", out); }},
    {"fetch", [](Store& store, uint64_t) { return store.fetch("dk", record); }},
    {"key_exists", [](Store& store, uint64_t) { return store.key_exists("dk"); }},
    {"key_delete", [](Store& store, uint64_t) { return store.key_delete("dk"); }},
    {"take", [](Store& store, uint64_t) { return store.take("dk", out); }},
    {"swap", [](Store& store, uint64_t version) { return store.swap("dk", version, "w").status; }},
    {"remove_version", [](Store& store, uint64_t version) { return store.remove_version("dk", version); }},
    {"touch_version", [](Store& store, uint64_t version) { return store.touch_version("dk", version, hours(1)); }},
    {"ttl", [](Store& store, uint64_t) { return store.ttl("dk").status; }},
    {"persist", [](Store& store, uint64_t) { return store.persist("dk"); }},
    {"touch", [](Store& store, uint64_t) { return store.touch("dk", hours(1)); }},
    {"scan",
     [](Store& store, uint64_t) {
       for (uint64_t cursor = 0;;) {
         const ScanPage page = store.scan("dk", cursor, 10);
         if (!page.items.empty()) return StoreStatus::ok;
         if (page.cursor == 0) return StoreStatus::absent;
         cursor = page.cursor;
       }
     }},
    {"key_delete_prefix",
     [](Store& store, uint64_t) {
       EXPECT_EQ(store.key_delete_prefix("dk", removed), StoreStatus::ok);
       return removed == 1 ? StoreStatus::ok : StoreStatus::absent;
     }},
    {"add",
     [](Store& store, uint64_t) {
       return store.add("dk", "w").status == StoreStatus::exists ? StoreStatus::ok : StoreStatus::absent;
     }},
};

TEST_F(StoreClock, EveryOperationMeetsARecordUntilItsLastMillisecondAndNotAfter) {
  for (const Timed& timed : kOnValues) {
    for (const bool before : {true, false}) {
      const VersionAnswer set = store_->key_set("dk", "v", milliseconds(10));
      ASSERT_TRUE(set);
      advance_clock(milliseconds(before ? 9 : 10));
      EXPECT_EQ(timed.run(*store_, set.version), before ? StoreStatus::ok : timed.after) << timed.name << before;
      (void)store_->key_delete("dk");
    }
  }
}

TEST_F(StoreClock, ACounterCountsOnUntilItsLastMillisecondAndAnewAfter) {
  ASSERT_EQ(store_->counter_incr("n", 5, milliseconds(10)).value, 5);
  advance_clock(milliseconds(9));
  EXPECT_EQ(store_->counter_incr("n", 1, {}).value, 6) << "without a time to live it keeps its own";
  EXPECT_EQ(store_->counter_get("n").value, 6);
  advance_clock(milliseconds(1));
  EXPECT_EQ(store_->counter_get("n").status, StoreStatus::absent);
  EXPECT_EQ(store_->counter_incr("n", 1, {}).value, 1);
}

TEST_F(StoreClock, ATouchCountsFromItsOwnMoment) {
  ASSERT_TRUE(store_->key_set("k", "v", milliseconds(10)));
  for (int i = 0; i < 5; ++i) {
    advance_clock(milliseconds(9));
    EXPECT_EQ(store_->touch("k", milliseconds(10)), StoreStatus::ok) << i;
  }
  advance_clock(milliseconds(10));
  EXPECT_EQ(store_->touch("k", milliseconds(10)), StoreStatus::absent);
}

TEST_F(StoreClock, AJumpOfTheWallClockChangesNothing) {
  ASSERT_TRUE(store_->key_set("k", "v", hours(1)));
  ASSERT_TRUE(store_->counter_incr("n", 3, hours(1)));
  for (const hours jump : {hours(24), hours(-24), hours(24 * 365 * 20)}) {
    shift_wall_clock(jump);
    EXPECT_EQ(store_->ttl("k").ttl, hours(1));
    EXPECT_EQ(store_->counter_get("n").value, 3);
    EXPECT_EQ(store_->purge(removed), StoreStatus::ok);
    EXPECT_EQ(removed, 0u);
    ASSERT_TRUE(store_->key_set("new", "v", milliseconds(10)));
    advance_clock(milliseconds(9));
    EXPECT_EQ(store_->key_exists("new"), StoreStatus::ok);
    advance_clock(milliseconds(1));
    EXPECT_EQ(store_->key_exists("new"), StoreStatus::absent);
    advance_clock(milliseconds(-10));
  }
}

// A record of a durable key may be known to the disk with a later expiry: it leaves a tombstone when it expires before
// its last change was written, and nothing is given up for it.
TEST_F(StoreClock, AnExpiredDurableRecordLeavesATombstone) {
  ASSERT_TRUE(store_->key_set("dk", "v", hours(1)));
  ASSERT_EQ(store_->touch("dk", milliseconds(10)), StoreStatus::ok);
  advance_clock(milliseconds(10));
  EXPECT_EQ(store_->key_exists("dk"), StoreStatus::absent);
  EXPECT_EQ(store_->purge(removed), StoreStatus::ok);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
  const CacheFigures figures = cache_figures(directory_.path(), "memory");
  EXPECT_EQ(figures.entries, 1u) << "the tombstone stays until it is written";
  EXPECT_TRUE(store_->add("dk", "w"));
}

}  // namespace
}  // namespace larder::test
