// map_store_test.cc – what the in-process map promises beyond the contract: its accounts, and what it says when full.
#include "backend/map_store.h"

#include <gtest/gtest.h>

namespace larder::backend {
namespace {

class Map : public ::testing::Test {
 protected:
  int64_t now_ = 0;
};

constexpr uint64_t kRecord = MapStore::kRecordBytes;

TEST_F(Map, ChargesKeysValuesAndRecords) {
  MapStore map({.clock = [this] { return now_; }});
  EXPECT_EQ(map.used(), 0u);
  ASSERT_TRUE(map.key_set("abc", "12345"));
  EXPECT_EQ(map.used(), kRecord + 8);
  ASSERT_TRUE(map.key_set("abc", "1"));
  EXPECT_EQ(map.used(), kRecord + 4);
  ASSERT_TRUE(map.counter_incr("n", 1, milliseconds(5)));
  EXPECT_EQ(map.used(), 2 * kRecord + 5);
  ASSERT_TRUE(map.key_set("n", "vv"));
  EXPECT_EQ(map.used(), 2 * kRecord + 7);
  uint64_t removed = 0;
  ASSERT_EQ(map.clear(removed), StoreStatus::ok);
  EXPECT_EQ(map.used(), 0u);
}

TEST_F(Map, IsFullExactlyAtItsBudget) {
  MapStore map({.name = "m", .bytes = 2 * (kRecord + 10), .clock = [this] { return now_; }});
  ASSERT_TRUE(map.key_set("aa", "12345678"));
  ASSERT_TRUE(map.key_set("bb", "12345678"));
  EXPECT_EQ(map.key_set("bb", "123456789").status, StoreStatus::full);
  EXPECT_EQ(map.counter_incr("c", 1).status, StoreStatus::full);
  EXPECT_TRUE(map.key_set("bb", "1234567"));
}

TEST_F(Map, WritesReclaimWhatExpiredWithoutAPurge) {
  MapStore map({.clock = [this] { return now_; }});
  for (int i = 0; i < 1000; ++i, now_ += 10) {
    ASSERT_TRUE(map.key_set("k" + std::to_string(i), "v", milliseconds(100)));
    ASSERT_LT(map.used(), 40 * (kRecord + 10)) << i;
  }
}

TEST_F(Map, SaysWhatHoldsTheBytes) {
  MapStore map({.name = "mail", .bytes = 2000, .clock = [this] { return now_; }});
  ASSERT_TRUE(map.key_set("text", std::string(500, 'v')));
  ASSERT_TRUE(map.key_set(std::string("\x11token", 6), std::string(900, 'v')));
  EXPECT_EQ(map.full_text(),
            "store \"mail\" holds 1538 of 2000 bytes in 2 records, most of it in prefix 17 (970), text keys (568)");
  EXPECT_EQ(MapStore().full_text(), "") << "without a budget it is never full";
}

}  // namespace
}  // namespace larder::backend
