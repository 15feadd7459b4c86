// expiry_test.cc – times to live: a record is there iff its expiry lies ahead, for every operation.
#include "conformance/contract.h"

namespace larder::test {
namespace {

TEST_P(Contract, AnExpiredRecordIsAbsentToEveryOperation) {
  const uint64_t old = store().key_set("k", "v", kShort).version;
  ASSERT_NE(old, 0u);
  ASSERT_TRUE(store().counter_incr("kn", 4, kShort));
  bench_->pass(kShort);
  std::string out = "mine";
  Record record;
  EXPECT_EQ(store().key_get("k", out), StoreStatus::absent);
  EXPECT_EQ(store().fetch("k", record), StoreStatus::absent);
  EXPECT_EQ(store().key_exists("k"), StoreStatus::absent);
  EXPECT_EQ(store().take("k", out), StoreStatus::absent);
  EXPECT_EQ(out, "mine");
  EXPECT_EQ(store().swap("k", old, "w").status, StoreStatus::absent);
  EXPECT_EQ(store().remove_version("k", old), StoreStatus::absent);
  EXPECT_EQ(store().touch_version("k", old, kLong), StoreStatus::absent);
  EXPECT_EQ(store().ttl("k").status, StoreStatus::absent);
  EXPECT_EQ(store().persist("k"), StoreStatus::absent);
  EXPECT_EQ(store().touch("k", kLong), StoreStatus::absent);
  EXPECT_EQ(store().key_delete("k"), StoreStatus::absent);
  EXPECT_EQ(store().counter_get("kn").status, StoreStatus::absent);
  EXPECT_EQ(store().counter_delete("kn"), StoreStatus::absent);
  EXPECT_EQ(store().key_exists("kn"), StoreStatus::absent) << "nothing may have woken it up";
  EXPECT_TRUE(scan_all("", 10).empty());
}

TEST_P(Contract, ExpiredRecordsDoNotCountAsRemoved) {
  ASSERT_TRUE(store().key_set("kv", "v", kShort));
  ASSERT_TRUE(store().counter_incr("kn", 4, kShort));
  ASSERT_TRUE(store().key_set("k-live", "v", kLong));
  bench_->pass(kShort);
  uint64_t removed = 99;
  EXPECT_EQ(store().key_delete_prefix("k", removed), StoreStatus::ok);
  EXPECT_EQ(removed, 1u);
  ASSERT_TRUE(store().key_set("kv", "v", kShort));
  bench_->pass(kShort);
  EXPECT_EQ(store().clear(removed), StoreStatus::ok);
  EXPECT_EQ(removed, 0u);
}

TEST_P(Contract, ExpiryIsExactToTheMillisecond) {
  if (!bench_->exact()) GTEST_SKIP() << "this backend has a clock of its own";
  ASSERT_TRUE(store().key_set("v", "v", milliseconds(1000)));
  ASSERT_TRUE(store().counter_incr("n", 1, milliseconds(1000)));
  bench_->pass(milliseconds(999));
  EXPECT_EQ(get("v"), "v");
  EXPECT_EQ(store().counter_get("n").value, 1);
  EXPECT_EQ(store().ttl("v").ttl, milliseconds(1));
  bench_->pass(milliseconds(1));
  EXPECT_EQ(get("v"), "<absent>");
  EXPECT_EQ(store().counter_get("n").status, StoreStatus::absent);
}

TEST_P(Contract, TheLongestTimeToLiveLasts) {
  ASSERT_TRUE(store().key_set("k", "v", kMaxTtl));
  ASSERT_TRUE(store().counter_incr("n", 1, kMaxTtl));
  EXPECT_GT(store().ttl("k").ttl, kMaxTtl - kLong);
  EXPECT_GT(store().ttl("n").ttl, kMaxTtl - kLong);
  if (!bench_->exact()) return;
  bench_->pass(kMaxTtl - milliseconds(1));
  EXPECT_EQ(get("k"), "v");
  bench_->pass(milliseconds(1));
  EXPECT_EQ(get("k"), "<absent>");
}

TEST_P(Contract, TimesToLiveOutOfRangeAreRefused) {
  ASSERT_TRUE(store().key_set("k", "v", kLong));
  for (const milliseconds bad : {milliseconds(0), milliseconds(-1), kMaxTtl + milliseconds(1), milliseconds::max()}) {
    EXPECT_EQ(store().key_set("k", "w", bad).status, StoreStatus::invalid_ttl) << bad.count();
    EXPECT_EQ(store().add("new", "w", bad).status, StoreStatus::invalid_ttl) << bad.count();
    EXPECT_EQ(store().swap("k", version("k"), "w", bad).status, StoreStatus::invalid_ttl) << bad.count();
    EXPECT_EQ(store().touch("k", bad), StoreStatus::invalid_ttl) << bad.count();
    EXPECT_EQ(store().touch_version("k", version("k"), bad), StoreStatus::invalid_ttl) << bad.count();
    EXPECT_EQ(store().counter_incr("n", 1, bad).status, StoreStatus::invalid_ttl) << bad.count();
  }
  EXPECT_EQ(get("k"), "v");
  EXPECT_GT(store().ttl("k").ttl, kLong / 2);
  EXPECT_EQ(store().key_exists("new"), StoreStatus::absent);
  EXPECT_EQ(store().key_exists("n"), StoreStatus::absent);
}

TEST_P(Contract, SetReplacesTheExpiry) {
  ASSERT_TRUE(store().key_set("to permanent", "v", kShort));
  ASSERT_TRUE(store().key_set("to permanent", "w"));
  ASSERT_TRUE(store().key_set("to short", "v"));
  ASSERT_TRUE(store().key_set("to short", "w", kShort));
  bench_->pass(kShort);
  EXPECT_EQ(get("to permanent"), "w");
  EXPECT_EQ(get("to short"), "<absent>");
}

TEST_P(Contract, ReadingDoesNotRenew) {
  ASSERT_TRUE(store().key_set("k", "v", kShort));
  Record record;
  for (int i = 0; i < 4; ++i) {
    bench_->pass(kShort / 4);
    const bool there = store().key_exists("k") == StoreStatus::ok;
    const bool fetched = store().fetch("k", record) == StoreStatus::ok;
    EXPECT_LE(fetched, there) << "it must not come back";
  }
  EXPECT_EQ(get("k"), "<absent>");
}

TEST_P(Contract, PersistAndTouchChangeTheExpiry) {
  ASSERT_TRUE(store().key_set("a", "v", kLong));
  ASSERT_TRUE(store().counter_incr("n", 2, kLong));
  for (const char* key : {"a", "n"}) {
    EXPECT_EQ(store().touch(key, 10 * kLong), StoreStatus::ok);
    EXPECT_GT(store().ttl(key).ttl, 5 * kLong);
    EXPECT_EQ(store().persist(key), StoreStatus::ok);
    const TtlAnswer left = store().ttl(key);
    EXPECT_EQ(left.status, StoreStatus::ok);
    EXPECT_EQ(left.ttl, std::nullopt);
    EXPECT_EQ(store().touch(key, kShort), StoreStatus::ok);
  }
  bench_->pass(kShort);
  EXPECT_EQ(get("a"), "<absent>");
  EXPECT_EQ(store().counter_get("n").status, StoreStatus::absent);
  EXPECT_EQ(store().ttl("never").status, StoreStatus::absent);
  EXPECT_EQ(store().persist("never"), StoreStatus::absent);
  EXPECT_EQ(store().touch("never", kLong), StoreStatus::absent);
}

TEST_P(Contract, AnExpiredKeyCanBeAddedAnew) {
  ASSERT_TRUE(store().key_set("k", "old", kShort));
  bench_->pass(kShort);
  ASSERT_EQ(store().add("k", "new").status, StoreStatus::ok);
  EXPECT_EQ(get("k"), "new");
  EXPECT_EQ(store().ttl("k").ttl, std::nullopt);
  ASSERT_EQ(store().touch("k", milliseconds(1)), StoreStatus::ok);
  bench_->pass(milliseconds(1));
  EXPECT_EQ(store().swap("k", 0, "newer").status, StoreStatus::ok);
  EXPECT_EQ(get("k"), "newer");
}

TEST_P(Contract, PurgeReclaimsWhatIsExpiredAndNothingElse) {
  for (uint64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(store().key_set("dead" + std::to_string(i), "v", kShort));
    ASSERT_TRUE(store().key_set("live" + std::to_string(i), "v", kLong));
    ASSERT_TRUE(store().counter_incr("count" + std::to_string(i), 0));
  }
  bench_->pass(kShort);
  uint64_t removed = 0;
  EXPECT_EQ(store().purge(removed), StoreStatus::ok);
  EXPECT_LE(removed, 50u) << "fewer if the store reclaimed some by itself";
  EXPECT_EQ(scan_all("", 100).size(), 100u);
  EXPECT_EQ(store().purge(removed), StoreStatus::ok);
  EXPECT_EQ(removed, 0u);
}

}  // namespace
}  // namespace larder::test
