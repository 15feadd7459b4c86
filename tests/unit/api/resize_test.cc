// resize_test.cc – a cache gets another budget while it is used: memory comes and goes, what is kept stays intact.
#include <sys/stat.h>

#include "cache/resizer.h"
#include "unit/api/api_test.h"

namespace larder::test {
namespace {

constexpr uint64_t kSmall = 1 << 20, kLarge = 4 << 20;
constexpr uint32_t kPage = 4096;
constexpr milliseconds kPatient{20'000};

class Resize : public ::testing::Test {
 protected:
  explicit Resize(uint64_t size = kSmall, CacheMode mode = CacheMode::evict) {
    CacheOptions options = cache_options("main", size, kPage);
    options.max_size = kLarge;
    options.mode = mode;
    segment_ = create_segment(segment_options(directory_, {options, cache_options("fixed", kSmall, kPage)}));
    cache_ = open_cache(segment_, "main");
  }
  /// Bytes of memory that the file takes.
  uint64_t memory() const {
    struct stat facts {};
    EXPECT_EQ(stat((directory_ / kSegmentFile).c_str(), &facts), 0);
    return static_cast<uint64_t>(facts.st_blocks) * 512;
  }
  void put_all(uint64_t count, uint64_t version = 1) {
    for (uint64_t i = 0; i < count; ++i) {
      const std::string key = key_name("k", i);
      ASSERT_EQ(cache_.put(key, value_of(key, version, 100)), PutResult::stored) << i;
    }
  }
  /// How many of the keys are there; none may hold anything but what was put.
  uint64_t count_kept(uint64_t count, uint64_t version = 1) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; ++i) {
      const auto value = value_in(cache_, key_name("k", i));
      if (!value) continue;
      ++kept;
      EXPECT_EQ(version_of(key_name("k", i), *value), version) << i;
    }
    return kept;
  }
  void expect_in_order() {
    EXPECT_TRUE(is_clean(audit_of(directory_.path())));
    EXPECT_TRUE(pages_are_conserved(cache_figures(directory_.path(), "main")));
  }

  TempDirectory directory_;
  Segment segment_{nullptr};
  Cache cache_{nullptr};
};

TEST_F(Resize, BeginsWithTheMemoryOfItsBudgetAndNoMore) {
  const Budget budget = cache_.budget();
  EXPECT_EQ(budget.bytes, kSmall);
  EXPECT_EQ(budget.most, kLarge);
  EXPECT_TRUE(budget.settled);
  EXPECT_GE(budget.reserved, kSmall);
  EXPECT_LT(budget.reserved, kSmall + (256 << 10));
  EXPECT_LT(memory() + (kLarge - kSmall) - (256 << 10), segment_.bytes());
  expect_in_order();
}

TEST_F(Resize, AGrownCacheHoldsMoreAndKeepsWhatItHad) {
  put_all(30'000);
  const uint64_t before = count_kept(30'000), memory_before = memory();
  const Result<Budget> grown = cache_.resize(kLarge);
  ASSERT_TRUE(grown) << grown.error().message;
  EXPECT_EQ(grown->bytes, kLarge);
  EXPECT_TRUE(grown->settled);
  EXPECT_GE(memory(), memory_before + (kLarge - kSmall) - (128 << 10));
  EXPECT_EQ(count_kept(30'000), before);
  put_all(30'000);
  EXPECT_GT(count_kept(30'000), before * 3);
  expect_in_order();
}

TEST_F(Resize, AShrunkCacheKeepsAsMuchAsFitsAndGivesItsMemoryBack) {
  ASSERT_TRUE(cache_.resize(kLarge));
  put_all(30'000);
  const uint64_t before = count_kept(30'000), memory_before = memory();
  const Result<Budget> shrunk = cache_.resize(kSmall, kPatient);
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  EXPECT_EQ(shrunk->bytes, kSmall);
  EXPECT_TRUE(shrunk->settled);
  EXPECT_LE(memory(), memory_before - (kLarge - kSmall) + (128 << 10));
  const uint64_t after = count_kept(30'000);
  EXPECT_GT(after, before / 4 - before / 16);
  EXPECT_LE(after, before / 4 + before / 16);
  expect_in_order();
  put_all(30'000, 2);
  count_kept(30'000, 2);
  const CacheFigures figures = cache_figures(directory_.path(), "main");
  EXPECT_LE(figures.used_bytes, kSmall);
  EXPECT_EQ(figures.pages_out, (kLarge - kSmall) / kPage);
  expect_in_order();
}

TEST_F(Resize, KeepsWhatIsReadOften) {
  ASSERT_TRUE(cache_.resize(kLarge));
  put_all(20'000);
  for (int round = 0; round < 3; ++round) count_kept(2'000);
  for (uint64_t i = 20'000; i < 30'000; ++i)
    ASSERT_EQ(cache_.put(key_name("k", i), value_of(key_name("k", i), 1, 100)), PutResult::stored);
  const uint64_t often = count_kept(2'000);
  ASSERT_TRUE(cache_.resize(kSmall, kPatient));
  EXPECT_GT(count_kept(2'000), often * 9 / 10);
}

TEST_F(Resize, GrowsAndShrinksManyTimesInSmallSteps) {
  uint64_t bytes = kSmall;
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    bytes = kSmall / 2 + random.below(kLarge - kSmall / 2) / kPage * kPage;
    const Result<Budget> resized = cache_.resize(bytes);
    ASSERT_TRUE(resized) << resized.error().message;
    EXPECT_EQ(resized->bytes, bytes) << round;
    put_all(2'000, static_cast<uint64_t>(round));
    EXPECT_GT(count_kept(2'000, static_cast<uint64_t>(round)), 1'000u);
  }
  expect_in_order();
}

TEST_F(Resize, AViewKeepsItsPageUntilItIsGone) {
  ASSERT_TRUE(cache_.resize(kLarge));
  put_all(30'000);
  std::vector<View> views;
  for (uint64_t i = 29'000; i < 30'000 && views.size() < 3; i += 300)
    if (View view = cache_.view(key_name("k", i))) views.push_back(std::move(view));
  ASSERT_FALSE(views.empty());
  std::vector<std::string> texts;
  for (const View& view : views) texts.emplace_back(view.text());
  const Result<Budget> shrunk = cache_.resize(kSmall);
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  for (size_t i = 0; i < views.size(); ++i) EXPECT_EQ(views[i].text(), texts[i]);
  expect_in_order();
  views.clear();
  const Result<Budget> settled = cache_.resize(kSmall, kPatient);
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->settled);
  expect_in_order();
}

TEST_F(Resize, LargeValuesInTheWayGoAndOthersFit) {
  ASSERT_TRUE(cache_.resize(kLarge));
  const std::string large(200'000, 'l');
  for (uint64_t i = 0; i < 15; ++i) ASSERT_EQ(cache_.put(key_name("large", i), large), PutResult::stored);
  EXPECT_GT(cache_.max_value(4), kSmall);
  const Result<Budget> shrunk = cache_.resize(kSmall, kPatient);
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  EXPECT_TRUE(shrunk->settled);
  EXPECT_LE(cache_.max_value(4), kSmall / 4 * 3);
  expect_in_order();
  for (uint64_t i = 0; i < 15; ++i) {
    const auto value = value_in(cache_, key_name("large", i));
    EXPECT_TRUE(!value || *value == large) << i;
    EXPECT_EQ(cache_.put(key_name("large", i), large), PutResult::stored) << i;
  }
  EXPECT_EQ(cache_.put("too", std::string(kSmall, 'x')), PutResult::too_large);
  expect_in_order();
}

TEST_F(Resize, RefusesWhatCannotBe) {
  const Result<Budget> large = cache_.resize(kLarge + kPage), small = cache_.resize(100);
  ASSERT_FALSE(large);
  ASSERT_FALSE(small);
  EXPECT_EQ(large.error().code, Code::invalid_argument);
  EXPECT_NE(large.error().message.find("to 4194304 are possible"), std::string::npos) << large.error().message;
  EXPECT_EQ(small.error().code, Code::invalid_argument);
  const Result<Budget> fixed = open_cache(segment_, "fixed").resize(kSmall + kPage);
  ASSERT_FALSE(fixed);
  EXPECT_EQ(fixed.error().code, Code::invalid_argument);
  EXPECT_TRUE(open_cache(segment_, "fixed").resize(kSmall / 2)) << "a smaller budget is possible for every cache";
  auto reader = Segment::attach("test", {.directory = directory_.path(), .read_only = true});
  ASSERT_TRUE(reader);
  const Result<Budget> read_only = open_cache(*reader, "main").resize(kLarge);
  ASSERT_FALSE(read_only);
  EXPECT_EQ(read_only.error().code, Code::read_only);
  EXPECT_EQ(cache_.budget().bytes, kSmall);
}

TEST_F(Resize, IsOneAtATimeForEachCache) {
  const auto holder = cache::Resizer::take(cache_.region());
  ASSERT_TRUE(holder) << holder.error().message;
  const Result<Budget> second = cache_.resize(kLarge);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
  EXPECT_TRUE(open_cache(segment_, "fixed").resize(kSmall / 2));
}

TEST_F(Resize, WhatAnotherLeftUndoneIsFinished) {
  ASSERT_TRUE(cache_.resize(kLarge));
  put_all(20'000);
  {
    auto left = cache::Resizer::take(cache_.region());
    ASSERT_TRUE(left);
    ASSERT_TRUE(left->aim(kSmall / kPage, policy::BudgetCause::hand));
    ASSERT_TRUE(left->step());
  }
  EXPECT_FALSE(cache_.budget().settled);
  EXPECT_EQ(cache_.budget().wanted, kSmall);
  expect_in_order();
  auto next = cache::Resizer::take(cache_.region());
  ASSERT_TRUE(next);
  const auto progress = next->go_on();
  ASSERT_TRUE(progress);
  EXPECT_EQ(*progress, cache::Progress::waiting);
  EXPECT_EQ(cache_.budget().bytes, kSmall);
}

// The damage campaign found it (case 1578 under AddressSanitizer): a shrinking cache walked from the head of a queue to
// a damaged tail, 2^60 tickets on.
TEST_F(Resize, OfACacheWithDamagedQueuesComesToAnEnd) {
  ASSERT_TRUE(cache_.resize(kLarge));
  put_all(20'000);
  const Ending ending = in_child(
      [this] {
        const Cache cache = open_cache(attach_segment(directory_.path()), "main");
        cache::RegionHeader& header = *cache.region().header;
        for (ring::QueueWords* queue : {&header.cold, &header.hot, &header.free})
          queue->tail.store_relaxed(queue->head.load_relaxed() + (uint64_t{1} << 60));
        (void)cache.resize(kSmall, milliseconds(100));
        return 0;
      },
      std::chrono::seconds(20));
  EXPECT_TRUE(ending.ok()) << ending.text();
}

class ResizeOfRefusing : public Resize {
 protected:
  ResizeOfRefusing() : Resize(kLarge, CacheMode::refuse) {}
};

TEST_F(ResizeOfRefusing, StopsWhereWhatIsLiveWouldGo) {
  uint64_t stored = 0;
  const auto put_next = [&] {
    const std::string key = key_name("k", stored);
    return cache_.put(key, value_of(key, 1, 100)) == PutResult::stored;
  };
  while (stored < 15'000 && put_next()) ++stored;
  const Result<Budget> refused = cache_.resize(kSmall, kPatient);
  ASSERT_FALSE(refused) << refused->bytes;
  EXPECT_EQ(refused.error().code, Code::no_space);
  EXPECT_LT(cache_.budget().bytes, kLarge);
  EXPECT_GT(cache_.budget().bytes, kLarge / 3);
  EXPECT_EQ(count_kept(stored), stored);
  for (uint64_t i = 3'000; i < stored; ++i) EXPECT_TRUE(cache_.remove(key_name("k", i)));
  const Result<Budget> shrunk = cache_.resize(kSmall, kPatient);
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  EXPECT_EQ(shrunk->bytes, kSmall);
  EXPECT_EQ(count_kept(3'000), 3'000u);
  expect_in_order();
}

}  // namespace
}  // namespace larder::test
