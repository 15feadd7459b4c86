// counters_test.cc – counters: sums, ranges, and when a time to live applies.
#include <cstdint>
#include <limits>

#include "conformance/contract.h"

namespace larder::test {
namespace {

constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();

TEST_P(Contract, CountersBeginAtZeroAndAddUp) {
  const CounterAnswer none = store().counter_get("n");
  EXPECT_EQ(none.status, StoreStatus::absent);
  EXPECT_EQ(none.value, 0);
  EXPECT_EQ(store().counter_incr("n", 5).value, 5);
  EXPECT_EQ(store().counter_incr("n", 37).value, 42);
  EXPECT_EQ(store().counter_get("n").value, 42);
}

TEST_P(Contract, ANegativeDeltaCreatesToo) {
  const CounterAnswer first = store().counter_incr("n", -3);
  EXPECT_EQ(first.status, StoreStatus::ok);
  EXPECT_EQ(first.value, -3);
  EXPECT_EQ(store().counter_incr("n", 3).value, 0);
  EXPECT_EQ(store().counter_get("n").status, StoreStatus::ok) << "a counter of 0 is a live counter";
  EXPECT_EQ(store().counter_incr("zero", 0).value, 0);
  EXPECT_EQ(store().key_exists("zero"), StoreStatus::ok);
}

TEST_P(Contract, CountersHoldTheWholeRangeAndDoNotWrap) {
  EXPECT_EQ(store().counter_incr("high", kHighest).value, kHighest);
  EXPECT_EQ(store().counter_incr("high", 1).status, StoreStatus::overflow);
  EXPECT_EQ(store().counter_get("high").value, kHighest);
  EXPECT_EQ(store().counter_incr("high", -1).value, kHighest - 1);
  EXPECT_EQ(store().counter_incr("low", kLowest).value, kLowest);
  EXPECT_EQ(store().counter_incr("low", -1).status, StoreStatus::overflow);
  EXPECT_EQ(store().counter_incr("low", kHighest).value, -1);
  EXPECT_EQ(store().counter_incr("low", kLowest).status, StoreStatus::overflow);
  EXPECT_EQ(store().counter_get("low").value, -1);
}

TEST_P(Contract, AnOverflowDoesNotTouchTheExpiry) {
  ASSERT_TRUE(store().counter_incr("n", kHighest));
  EXPECT_EQ(store().counter_incr("n", 1, kLong, CounterTtl::always).status, StoreStatus::overflow);
  EXPECT_EQ(store().ttl("n").ttl, std::nullopt);
}

TEST_P(Contract, CounterDeleteSaysWhetherSomethingWasThere) {
  EXPECT_EQ(store().counter_delete("n"), StoreStatus::absent);
  ASSERT_TRUE(store().counter_incr("n", 9));
  EXPECT_EQ(store().counter_delete("n"), StoreStatus::ok);
  EXPECT_EQ(store().counter_delete("n"), StoreStatus::absent);
  EXPECT_EQ(store().counter_incr("n", 1).value, 1) << "deleted, it begins at zero again";
}

TEST_P(Contract, TtlOnCreateAppliesOnceOnly) {
  ASSERT_TRUE(store().counter_incr("n", 1, kLong, CounterTtl::on_create));
  ASSERT_TRUE(store().counter_incr("n", 1, 10 * kLong, CounterTtl::on_create));
  const TtlAnswer left = store().ttl("n");
  ASSERT_TRUE(left && left.ttl);
  EXPECT_LE(*left.ttl, kLong);
  ASSERT_TRUE(store().counter_incr("permanent", 1));
  ASSERT_TRUE(store().counter_incr("permanent", 1, kLong, CounterTtl::on_create));
  EXPECT_EQ(store().ttl("permanent").ttl, std::nullopt);
}

TEST_P(Contract, TtlAlwaysAppliesWithEveryCall) {
  ASSERT_TRUE(store().counter_incr("n", 1, kLong, CounterTtl::always));
  ASSERT_TRUE(store().counter_incr("n", 1, 10 * kLong, CounterTtl::always));
  EXPECT_GT(store().ttl("n").ttl, 5 * kLong);
  ASSERT_TRUE(store().counter_incr("n", 1, kLong, CounterTtl::always));
  EXPECT_LE(store().ttl("n").ttl, kLong) << "also when it is shorter";
  ASSERT_TRUE(store().counter_incr("permanent", 1));
  ASSERT_TRUE(store().counter_incr("permanent", 1, kLong, CounterTtl::always));
  EXPECT_TRUE(store().ttl("permanent").ttl);
}

TEST_P(Contract, ACallWithoutTtlKeepsTheExpiry) {
  for (const CounterTtl when : {CounterTtl::always, CounterTtl::on_create}) {
    ASSERT_TRUE(store().counter_incr("n", 1, kLong));
    ASSERT_TRUE(store().counter_incr("n", 1, {}, when));
    const TtlAnswer left = store().ttl("n");
    ASSERT_TRUE(left && left.ttl);
    EXPECT_GT(*left.ttl, kLong / 2);
  }
}

TEST_P(Contract, AnExpiredCounterBeginsAfresh) {
  ASSERT_TRUE(store().counter_incr("created", 10, kShort, CounterTtl::on_create));
  ASSERT_TRUE(store().counter_incr("always", 10, kShort, CounterTtl::always));
  bench_->pass(kShort);
  EXPECT_EQ(store().counter_get("created").status, StoreStatus::absent);
  EXPECT_EQ(store().counter_get("created").value, 0);
  const CounterAnswer anew = store().counter_incr("created", 1, kLong, CounterTtl::on_create);
  EXPECT_EQ(anew.value, 1);
  EXPECT_TRUE(store().ttl("created").ttl) << "creating it anew applies the time to live";
  EXPECT_EQ(store().counter_incr("always", 1).value, 1);
  EXPECT_EQ(store().ttl("always").ttl, std::nullopt) << "a new counter without a time to live is permanent";
}

TEST_P(Contract, AnExpiredValueMakesRoomForACounter) {
  ASSERT_TRUE(store().key_set("k", "v", kShort));
  bench_->pass(kShort);
  EXPECT_EQ(store().counter_incr("k", 2).value, 2);
  ASSERT_TRUE(store().counter_incr("k", 0, milliseconds(1)));
  bench_->pass(milliseconds(1));
  EXPECT_TRUE(store().add("k", "v"));
  EXPECT_EQ(get("k"), "v");
}

}  // namespace
}  // namespace larder::test
