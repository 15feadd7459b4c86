// limits_test.cc – keys and values at their limits, and a store that is full.
#include <fmt/format.h>

#include "conformance/contract.h"

namespace larder::test {
namespace {

TEST_P(Contract, KeysOfOneByteAndOfTheMostBytesWork) {
  for (const std::string& key : {std::string("k"), std::string(1, '\0'), std::string(kMaxKeyBytes, 'k')}) {
    EXPECT_TRUE(store().key_set(key, "v"));
    EXPECT_EQ(get(key), "v");
    EXPECT_EQ(store().key_delete(key), StoreStatus::ok);
    EXPECT_EQ(store().counter_incr(key, 2).value, 2);
  }
}

TEST_P(Contract, KeysOutOfRangeAreRefusedByEveryOperation) {
  std::string out;
  Record record;
  uint64_t removed = 0;
  for (const std::string& key : {std::string(), std::string(kMaxKeyBytes + 1, 'k')}) {
    EXPECT_EQ(store().key_set(key, "v").status, StoreStatus::invalid_key);
    EXPECT_EQ(store().key_get(key, out), StoreStatus::invalid_key);
    EXPECT_EQ(store().fetch(key, record), StoreStatus::invalid_key);
    EXPECT_EQ(store().key_exists(key), StoreStatus::invalid_key);
    EXPECT_EQ(store().key_delete(key), StoreStatus::invalid_key);
    EXPECT_EQ(store().key_delete_prefix(key, removed), StoreStatus::invalid_key);
    EXPECT_EQ(store().add(key, "v").status, StoreStatus::invalid_key);
    EXPECT_EQ(store().take(key, out), StoreStatus::invalid_key);
    EXPECT_EQ(store().swap(key, 0, "v").status, StoreStatus::invalid_key);
    EXPECT_EQ(store().remove_version(key, 1), StoreStatus::invalid_key);
    EXPECT_EQ(store().touch_version(key, 1, kLong), StoreStatus::invalid_key);
    EXPECT_EQ(store().counter_incr(key, 1).status, StoreStatus::invalid_key);
    EXPECT_EQ(store().counter_get(key).status, StoreStatus::invalid_key);
    EXPECT_EQ(store().counter_delete(key), StoreStatus::invalid_key);
    EXPECT_EQ(store().ttl(key).status, StoreStatus::invalid_key);
    EXPECT_EQ(store().persist(key), StoreStatus::invalid_key);
    EXPECT_EQ(store().touch(key, kLong), StoreStatus::invalid_key);
  }
  EXPECT_TRUE(scan_all("", 10).empty());
}

TEST_P(Contract, TheLongestValueFitsAndOneByteMoreIsRefused) {
  constexpr size_t kMostTried = 64 << 20;
  const size_t longest = store().max_value(3);
  ASSERT_GT(longest, 0u);
  if (longest > kMostTried) GTEST_SKIP() << "values of " << longest << " bytes are too long to try";
  const std::string value(longest, 'v');
  ASSERT_TRUE(store().key_set("key", value));
  EXPECT_EQ(get("key"), value);
  const uint64_t before = version("key");
  EXPECT_EQ(store().key_set("key", value + "v").status, StoreStatus::too_large);
  EXPECT_EQ(store().swap("key", before, value + "v").status, StoreStatus::too_large);
  EXPECT_EQ(store().add("new", std::string(store().max_value(3) + 1, 'v')).status, StoreStatus::too_large);
  EXPECT_EQ(get("key"), value) << "what is refused must not harm what is there";
  EXPECT_EQ(version("key"), before);
}

TEST_P(Contract, AStoreHasAName) { EXPECT_FALSE(store().name().empty()); }

class Full : public Contract {
 protected:
  static constexpr uint64_t kBytes = 64 << 10;
  void SetUp() override { renew({.bytes = kBytes}); }

  static std::string key(std::string_view stem, uint64_t number) { return fmt::format("{}{:06}", stem, number); }

  /// Fills the store with values until it refuses one; returns how many it holds.
  uint64_t fill(std::string_view stem, Store::Ttl ttl = {}) {
    const std::string value(100, 'v');
    for (uint64_t i = 0; i < kBytes; ++i) {
      const StoreStatus status = store().key_set(key(stem, i), value, ttl).status;
      if (status == StoreStatus::full) return i;
      EXPECT_EQ(status, StoreStatus::ok);
      if (status != StoreStatus::ok) break;
    }
    ADD_FAILURE() << "the store is never full";
    return 0;
  }
};

TEST_P(Full, NothingThatWasAcknowledgedIsDropped) {
  const uint64_t count = fill("k");
  ASSERT_GT(count, 10u);
  EXPECT_EQ(store().add("another", std::string(100, 'v')).status, StoreStatus::full);
  EXPECT_EQ(store().swap("another", 0, std::string(100, 'v')).status, StoreStatus::full);
  for (uint64_t i = 0; i < count; ++i) ASSERT_EQ(get(key("k", i)).size(), 100u) << i;
  EXPECT_EQ(store().key_exists("another"), StoreStatus::absent);
  EXPECT_EQ(scan_all("", 100).size(), count);
  EXPECT_NE(store().full_text().find(store().name()), std::string::npos) << store().full_text();
}

TEST_P(Full, ARefusedReplacementLeavesTheOldValue) {
  const uint64_t count = fill("k");
  ASSERT_GT(count, 0u);
  const uint64_t before = version(key("k", 0));
  const size_t longer = std::min<size_t>(store().max_value(7), kBytes);
  EXPECT_EQ(store().key_set(key("k", 0), std::string(longer, 'w')).status, StoreStatus::full);
  EXPECT_EQ(store().swap(key("k", 0), before, std::string(longer, 'w')).status, StoreStatus::full);
  EXPECT_EQ(get(key("k", 0)), std::string(100, 'v'));
  EXPECT_EQ(version(key("k", 0)), before);
}

TEST_P(Full, CountersGoOnCounting) {
  ASSERT_TRUE(store().counter_incr("n", 1, kLong));
  ASSERT_GT(fill("k"), 0u);
  EXPECT_EQ(store().counter_incr("n", 1).value, 2) << "an increment needs no room";
  EXPECT_EQ(store().counter_incr("n", 1, kLong, CounterTtl::always).value, 3);
  StoreStatus status = StoreStatus::ok;
  for (uint64_t i = 0; i < kBytes && status == StoreStatus::ok; ++i) {
    status = store().counter_incr(key("n", i), 1).status;
  }
  EXPECT_EQ(status, StoreStatus::full);
}

TEST_P(Full, RemovalMakesRoom) {
  const uint64_t count = fill("k");
  for (uint64_t i = 0; i < count; ++i) ASSERT_EQ(store().key_delete(key("k", i)), StoreStatus::ok);
  EXPECT_GE(fill("again"), count / 2);
}

TEST_P(Full, ExpiredRecordsAreReclaimedByTheWriterItself) {
  const uint64_t kept = 20;
  for (uint64_t i = 0; i < kept; ++i) ASSERT_TRUE(store().key_set(key("kept", i), "v", kLong));
  const milliseconds ttl(bench_->exact() ? 1000 : 5000);  // all must be there when the last one is written
  const uint64_t count = fill("dying", ttl);
  ASSERT_GT(count, 10u);
  bench_->pass(ttl);
  EXPECT_GE(fill("new", kLong), count / 2) << "nobody called purge";
  for (uint64_t i = 0; i < kept; ++i) EXPECT_EQ(get(key("kept", i)), "v");
}

TEST_P(Full, TurnoverForALongTimeKeepsTheRoom) {
  const uint64_t full = fill("k");
  const uint64_t count = full - full / 4;  // a store may need some room to move records in
  for (uint64_t i = count; i < full; ++i) ASSERT_EQ(store().key_delete(key("k", i)), StoreStatus::ok);
  for (uint64_t next = count; next < 20 * count; ++next) {
    ASSERT_EQ(store().key_delete(key("k", next - count)), StoreStatus::ok);
    ASSERT_EQ(store().key_set(key("k", next), std::string(100, 'v')).status, StoreStatus::ok) << next;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Full, ::testing::ValuesIn(writable_backends()), name_of);

}  // namespace
}  // namespace larder::test
