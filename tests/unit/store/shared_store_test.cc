// shared_store_test.cc – what is special about the store in a segment: full, compaction, many threads, durable keys.
// The contract of every store is in tests/conformance.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "support/segments.h"

namespace larder::test {
namespace {

using std::chrono::milliseconds;

class SharedStores : public ::testing::Test {
 protected:
  SegmentOptions options(uint64_t size, std::vector<uint8_t> durable = {}, std::vector<uint8_t> droppable = {}) {
    SegmentOptions options = segment_options(directory_, {});
    StoreOptions store;
    store.size = size;
    store.page_size = 4096;
    store.durable = std::move(durable);
    store.droppable = std::move(droppable);
    options.stores.push_back(store);
    return options;
  }
  std::unique_ptr<Store> open(const Segment& segment) {
    auto store = segment.store("memory");
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }
  testing::AssertionResult clean() { return is_clean(audit_of(directory_.path())); }

  TempDirectory directory_;
};

TEST_F(SharedStores, AreSeenByEveryAttachment) {
  const Segment one = create_segment(options(256 << 10));
  const Segment other = attach_segment(directory_.path());
  EXPECT_TRUE(open(one)->key_set("key", "value"));
  std::string out;
  EXPECT_EQ(open(other)->key_get("key", out), StoreStatus::ok);
  EXPECT_EQ(out, "value");
  EXPECT_EQ(open(other)->counter_incr("n", 5).value, 5);
  EXPECT_EQ(open(one)->counter_incr("n", -7).value, -2);
  EXPECT_TRUE(clean());
}

TEST_F(SharedStores, AreNoCaches) {
  const Segment segment = create_segment(options(256 << 10));
  EXPECT_FALSE(segment.cache("memory"));
  EXPECT_EQ(segment.store("nothing").error().code, Code::not_found);
  EXPECT_EQ(segment.store_names(), std::vector<std::string>{"memory"});
}

TEST_F(SharedStores, SayFullAndKeepEverything) {
  const Segment segment = create_segment(options(64 << 10));
  const auto store = open(segment);
  std::map<std::string, std::string> kept;
  const std::string value(200, 'x');
  for (int i = 0;; ++i) {
    ASSERT_LT(i, 1000);
    const std::string key = key_name("full", static_cast<uint64_t>(i));
    const VersionAnswer answer = store->key_set(key, value + key);
    if (answer.status == StoreStatus::full) break;
    ASSERT_EQ(answer.status, StoreStatus::ok);
    kept[key] = value + key;
  }
  EXPECT_GT(kept.size(), 150u);  // of 270 that the bytes would hold without pages and the reserve
  for (const auto& [key, expected] : kept) {
    std::string out;
    ASSERT_EQ(store->key_get(key, out), StoreStatus::ok) << key;
    EXPECT_EQ(out, expected);
  }
  EXPECT_NE(store->full_text().find("live records"), std::string::npos);
  EXPECT_TRUE(clean());
}

TEST_F(SharedStores, TakeBackWhatIsRemovedReplacedAndExpired) {
  const Segment segment = create_segment(options(256 << 10));
  const auto store = open(segment);
  std::mt19937 random(1);
  std::map<std::string, std::string> model;
  for (int i = 0; i < 50'000; ++i) {
    const std::string key = key_name("churn", random() % 600);
    switch (random() % 4) {
      case 0: ASSERT_EQ(store->key_delete(key), model.erase(key) != 0 ? StoreStatus::ok : StoreStatus::absent); break;
      case 1:
        if (i % 16 == 0) {
          ASSERT_TRUE(store->key_set(key_name("brief", random()), "gone soon", milliseconds(1)));
        }
        break;
      default: {
        const std::string value(random() % 250, static_cast<char>('a' + i % 26));
        ASSERT_EQ(store->key_set(key, value).status, StoreStatus::ok) << store->full_text();
        model[key] = value;
      }
    }
  }
  for (const auto& [key, expected] : model) {
    std::string out;
    ASSERT_EQ(store->key_get(key, out), StoreStatus::ok) << key;
    EXPECT_EQ(out, expected);
  }
  EXPECT_TRUE(clean());
}

TEST_F(SharedStores, CountExactlyWhileRecordsMove) {
  const Segment segment = create_segment(options(64 << 10));
  constexpr int kThreads = 4;
  constexpr int kIncrements = 50'000;
  std::atomic<bool> stop{false};
  std::thread churn([&] {
    const auto store = open(segment);
    std::mt19937 random(2);
    while (!stop.load())
      if (store->key_set(key_name("churn", random() % 100), std::string(random() % 250, 'c')).status != StoreStatus::ok)
        ADD_FAILURE() << store->full_text();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      const auto store = open(segment);
      for (int i = 0; i < kIncrements; ++i)
        if (!store->counter_incr(key_name("counter", static_cast<uint64_t>((i + t) % 10)), 1))
          ADD_FAILURE() << "increment refused: " << store->full_text();
    });
  for (std::thread& thread : threads) thread.join();
  stop.store(true);
  churn.join();
  const auto store = open(segment);
  int64_t sum = 0;
  for (uint64_t i = 0; i < 10; ++i) sum += store->counter_get(key_name("counter", i)).value;
  EXPECT_EQ(sum, kThreads * kIncrements);
  EXPECT_TRUE(clean());
}

TEST_F(SharedStores, DropOnlyWhatIsDroppableWhenFull) {
  const Segment segment = create_segment(options(64 << 10, {}, {'r'}));
  const auto store = open(segment);
  for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store->key_set(key_name("kept", i), std::string(100, 'k')));
  for (uint64_t i = 0; i < 2000; ++i)
    ASSERT_TRUE(store->key_set(key_name("rate", i), std::string(100, 'r'), std::chrono::hours(1)))
        << i << ' ' << store->full_text();
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(store->key_exists(key_name("kept", i)), StoreStatus::ok);
  EXPECT_EQ(store->key_exists(key_name("rate", 1999)), StoreStatus::ok);
  EXPECT_EQ(store->key_exists(key_name("rate", 0)), StoreStatus::absent);
}

TEST_F(SharedStores, VersionsGrowAcrossRemoval) {
  const Segment segment = create_segment(options(64 << 10));
  const auto store = open(segment);
  const uint64_t first = store->key_set("lease", "a").version;
  ASSERT_EQ(store->key_delete("lease"), StoreStatus::ok);
  EXPECT_GT(store->add("lease", "b").version, first);
}

TEST_F(SharedStores, KeepTombstonesOfDurableKeysUntilTheyAreOnDisk) {
  const Segment segment = create_segment(options(64 << 10, {'d'}));
  const auto store = open(segment);
  ASSERT_TRUE(store->key_set("durable", "value"));
  ASSERT_EQ(store->key_delete("durable"), StoreStatus::ok);
  EXPECT_EQ(store->key_exists("durable"), StoreStatus::absent);
  EXPECT_EQ(store->key_delete("durable"), StoreStatus::absent);
  EXPECT_TRUE(store->add("durable", "again"));
  std::string out;
  EXPECT_EQ(store->take("durable", out), StoreStatus::ok);
  EXPECT_EQ(out, "again");
  EXPECT_EQ(store->counter_incr("durable", 3).value, 3);
}

}  // namespace
}  // namespace larder::test
