// upkeep_test.cc – what the keeper does for stores: expired records go, pages are freed ahead of writers, nothing that
// lives is touched.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "sidecar/keeper.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;
using sidecar::Keeper;

class StoreUpkeep : public ::testing::Test {
 protected:
  Segment make(uint64_t size, uint32_t page = 4096) {
    options_ = segment_options(directory_, {});
    StoreOptions store;
    store.size = size;
    store.page_size = page;
    options_.stores.push_back(store);
    return create_segment(options_);
  }
  static std::unique_ptr<Store> open(const Segment& segment) {
    auto store = segment.store("");
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }
  static Keeper keep(const Segment& segment) {
    auto keeper = Keeper::take(segment);
    if (!keeper) throw std::runtime_error(keeper.error().message);
    return std::move(*keeper);
  }
  CacheFigures figures() const { return cache_figures(directory_.path(), "memory"); }
  testing::AssertionResult clean() { return is_clean(audit_of(directory_.path())); }

  TempDirectory directory_;
  SegmentOptions options_;
};

TEST_F(StoreUpkeep, CyclesUnlinkWhatIsExpiredAndNothingElse) {
  const Segment segment = make(1 << 20);
  const auto store = open(segment);
  for (uint64_t i = 0; i < 2000; ++i) {
    ASSERT_TRUE(store->key_set(key_name("short", i), "value", 1ms));
    ASSERT_TRUE(store->key_set(key_name("long", i), "value", 1h));
    ASSERT_TRUE(store->counter_incr(key_name("ever", i), 1));
  }
  std::this_thread::sleep_for(5ms);
  Keeper keeper = keep(segment);
  uint64_t expired = 0;
  for (int cycle = 0; cycle < 3; ++cycle) expired += keeper.run_cycle().expired;
  EXPECT_EQ(expired, 2000u);
  EXPECT_EQ(figures().entries, 4000u);
  for (uint64_t i = 0; i < 2000; ++i) {
    EXPECT_EQ(store->key_exists(key_name("long", i)), StoreStatus::ok);
    EXPECT_EQ(store->counter_get(key_name("ever", i)).value, 1);
  }
  EXPECT_TRUE(clean());
}

TEST_F(StoreUpkeep, WritersFindFreePagesWhereTheKeeperWorks) {
  const Segment segment = make(256 << 10);
  const auto store = open(segment);
  Keeper keeper = keep(segment);
  const std::string value(200, 'v');
  std::minstd_rand random(1);
  // Two thirds full, replaced all the time: garbage everywhere, and no page ever empty by itself.
  for (uint64_t i = 0; i < 600; ++i) ASSERT_TRUE(store->key_set(key_name("key", i), value));
  const auto searches = [&] { return figures()[Counter::inline_hands]; };
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(store->key_set(key_name("key", random() % 600), value));
    keeper.run_cycle();
  }
  std::this_thread::sleep_for(60ms);
  std::string out;
  EXPECT_EQ(store->key_get(key_name("key", 0), out), StoreStatus::ok);  // brings this thread's counts into the segment
  EXPECT_LE(searches(), 8u) << "searches for room by the writer";
  for (uint64_t i = 0; i < 600; ++i) EXPECT_EQ(store->key_exists(key_name("key", i)), StoreStatus::ok);
  EXPECT_TRUE(clean());
}

TEST_F(StoreUpkeep, AFullStoreOfLivingRecordsCostsTheKeeperNothing) {
  const Segment segment = make(64 << 10);
  const auto store = open(segment);
  uint64_t stored = 0;
  while (store->key_set(key_name("key", stored), "value").status == StoreStatus::ok) ++stored;
  Keeper keeper = keep(segment);
  for (int cycle = 0; cycle < 10; ++cycle) {
    const sidecar::Cycle done = keeper.run_cycle();
    EXPECT_EQ(done.pages_emptied, 0u);
    EXPECT_EQ(done.expired, 0u);
  }
  for (uint64_t i = 0; i < stored; ++i) EXPECT_EQ(store->key_exists(key_name("key", i)), StoreStatus::ok);
}

TEST_F(StoreUpkeep, APurgeCountsWhatWentAndKnowsItsStores) {
  const Segment segment = make(256 << 10);
  const auto store = open(segment);
  for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store->key_set(key_name("short", i), "value", 1ms));
  ASSERT_TRUE(store->key_set("stays", "value"));
  std::this_thread::sleep_for(5ms);
  Keeper keeper = keep(segment);
  const auto purged = keeper.purge("memory");
  ASSERT_TRUE(purged);
  EXPECT_EQ(*purged, 100u);
  EXPECT_EQ(*keeper.purge("memory"), 0u);
  EXPECT_EQ(figures().entries, 1u);
  EXPECT_EQ(keeper.purge("other").error().code, Code::not_found);
}

// A purge judges a record, and before it removes it somebody renews it: it must stay.
TEST_F(StoreUpkeep, ARenewedKeyIsNeverPurged) {
  const Segment segment = make(1 << 20);
  const auto store = open(segment);
  Keeper keeper = keep(segment);
  std::atomic<bool> stop{false};
  std::vector<std::thread> renewers;
  std::vector<std::set<std::string>> renewed(2);
  std::atomic<uint64_t> late{0};
  for (size_t number = 0; number < renewed.size(); ++number)
    renewers.emplace_back([&, number] {
      const auto mine = open(segment);
      std::minstd_rand random(static_cast<unsigned>(number + 1));
      const char* stem = number == 0 ? "a" : "b";
      for (uint64_t round = 0; round < 40; ++round) {
        constexpr uint64_t kKeys = 64;  // renewed one after the other, some before they expire and some after
        for (uint64_t i = round * kKeys; i < (round + 1) * kKeys; ++i) {
          const std::string key = key_name(stem, i);
          EXPECT_TRUE(i % 2 == 0 ? mine->key_set(key, "value", 4ms).status == StoreStatus::ok
                                 : mine->counter_incr(key, 7, 4ms).status == StoreStatus::ok);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
        for (uint64_t i = round * kKeys; i < (round + 1) * kKeys; ++i) {
          const std::string key = key_name(stem, i);
          const StoreStatus status = i % 3 == 0 ? mine->persist(key) : mine->touch(key, 1h);
          if (status == StoreStatus::ok) {
            renewed[number].insert(key);
          } else {
            EXPECT_EQ(status, StoreStatus::absent);
            ++late;
          }
        }
      }
    });
  std::thread purger([&] {
    while (!stop) {
      EXPECT_TRUE(keeper.purge("memory"));
      keeper.run_cycle();
    }
  });
  for (std::thread& renewer : renewers) renewer.join();
  stop = true;
  purger.join();
  EXPECT_GT(late, 0u);
  for (const auto& keys : renewed) {
    EXPECT_FALSE(keys.empty());
    for (const std::string& key : keys) EXPECT_EQ(store->key_exists(key), StoreStatus::ok) << key;
  }
  EXPECT_TRUE(clean());
}

TEST_F(StoreUpkeep, AppliesWhatMayBeDroppedAndNamesWhatCannotChange) {
  const Segment segment = make(256 << 10);
  Keeper keeper = keep(segment);
  EXPECT_TRUE(keeper.apply(options_).empty());
  SegmentOptions wanted = options_;
  wanted.stores[0].droppable = {16, 2};
  auto changes = keeper.apply(wanted);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, "store memory: droppable [] -> [\"rate-rcpt\", \"greylist\"]");
  EXPECT_TRUE(changes[0].applied);
  EXPECT_TRUE(keeper.apply(wanted).empty());

  const auto store = open(segment);
  for (const size_t bytes : {1u, 60u}) {  // the index is full first, or the pages are
    uint64_t kept = 0;
    const std::string value(bytes, 'v');
    while (kept < 20'000 && store->key_set("\x10" + key_name("grey", kept), value, 1h).status == StoreStatus::ok)
      ++kept;
    EXPECT_EQ(kept, 20'000u) << "a full store drops them now; values of " << bytes;
  }
  wanted.stores[0].droppable = {};
  EXPECT_EQ(keeper.apply(wanted).size(), 1u);
  uint64_t more_kept = 0;
  while (more_kept < 20'000 && store->key_set(key_name("user", more_kept), "v").status == StoreStatus::ok) ++more_kept;
  EXPECT_LT(more_kept, 20'000u) << "nothing is dropped any more";

  wanted = options_;
  wanted.stores[0].size = 512 << 10;
  StoreOptions more;
  more.name = "more";
  wanted.stores.push_back(more);
  wanted.default_store = "more";
  changes = keeper.apply(wanted);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].what, "store memory: size 262144 in pages of 4096 -> 524288 in pages of 4096");
  EXPECT_EQ(changes[1].what, "store more: added");
  EXPECT_EQ(changes[2].what, "default store: memory -> more");
  for (const sidecar::Change& change : changes) {
    EXPECT_FALSE(change.applied);
    EXPECT_FALSE(change.why.empty());
  }
  wanted.stores.clear();
  wanted.default_store.clear();
  changes = keeper.apply(wanted);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].what, "store memory: removed");
  EXPECT_EQ(changes[1].what, "default store: memory -> none");
}

}  // namespace
}  // namespace larder::test
