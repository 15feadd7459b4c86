// eviction_test.cc – memory stays within the budget, and what is used stays in memory.
#include <thread>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

struct Shape {
  uint64_t budget;
  uint32_t page;
};

class Eviction : public ::testing::TestWithParam<Shape> {
 protected:
  Eviction()
      : segment_(
            create_segment(segment_options(directory_, {cache_options("main", GetParam().budget, GetParam().page)}))),
        cache_(open_cache(segment_, "main")) {}

  TempDirectory directory_;
  Segment segment_;
  Cache cache_;
};

TEST_P(Eviction, KeepsWithinTheBudgetHoweverMuchIsPut) {
  const uint64_t entries = 10 * GetParam().budget / 100;
  Random random(1);
  for (uint64_t i = 0; i < entries; ++i) {
    const std::string key = key_name("k", i);
    ASSERT_EQ(cache_.put(key, value_of(key, i, 16 + random.below(100))), PutResult::stored) << i;
    if (i % (entries / 10) == 0) {
      EXPECT_TRUE(pages_are_conserved(cache_figures(directory_.path(), "main")));
    }
  }
  uint64_t alive = 0;
  for (uint64_t i = 0; i < entries; ++i) {
    const auto value = value_in(cache_, key_name("k", i));
    if (!value) continue;
    ++alive;
    EXPECT_EQ(version_of(key_name("k", i), *value), i);
  }
  const CacheFigures figures = cache_figures(directory_.path(), "main");
  EXPECT_LE(figures.used_bytes, GetParam().budget);
  EXPECT_EQ(figures.entries, alive);
  EXPECT_GT(figures.payload_bytes, GetParam().budget / 4) << "most of the budget should hold entries";
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_P(Eviction, LetsHotKeysSurviveAScan) {
  const uint64_t hot = std::max<uint64_t>(4, GetParam().budget / 100 / 20);
  for (uint64_t i = 0; i < hot; ++i) ASSERT_EQ(cache_.put(key_name("hot", i), std::string(40, 'h')), PutResult::stored);
  const uint64_t scan = 10 * GetParam().budget / 100;
  uint64_t lost = 0;
  for (uint64_t i = 0; i < scan; ++i) {
    ASSERT_EQ(cache_.put(key_name("scan", i), std::string(40, 's')), PutResult::stored);
    const std::string key = key_name("hot", i % hot);
    if (value_in(cache_, key)) continue;
    ++lost;
    ASSERT_EQ(cache_.put(key, std::string(40, 'h')), PutResult::stored);
  }
  EXPECT_LE(lost, scan / 50) << hot << " hot keys, read all the time, should stay through a scan of " << scan;
}

TEST_P(Eviction, CountsWhatItDrops) {
  const uint64_t entries = 4 * GetParam().budget / 64;
  for (uint64_t i = 0; i < entries; ++i) ASSERT_EQ(cache_.put(key_name("k", i), "v"), PutResult::stored);
  cache_ = Cache(nullptr);
  segment_ = Segment(nullptr);
  const CacheFigures figures = cache_figures(directory_.path(), "main");
  EXPECT_EQ(figures.entries + figures[Counter::evictions] + figures[Counter::index_evictions], entries);
  EXPECT_GT(figures[Counter::pages_emptied], 0u);
}

/// A full cache of 1 MiB in which every entry was read once, and the keys that are in it.
struct Full {
  TempDirectory directory;
  Segment segment = create_segment(segment_options(directory, {cache_options("main", 1 << 20, 4096)}));
  Cache cache = open_cache(segment, "main");
  uint64_t entries = 0;

  explicit Full(double share) : entries(static_cast<uint64_t>(share * (1 << 20) / 112)) {
    for (uint64_t i = 0; i < entries; ++i) {
      EXPECT_EQ(cache.put(key_name("k", i), std::string(96, 'v')), PutResult::stored);
      EXPECT_TRUE(cache.contains(key_name("k", i)));
      EXPECT_TRUE(value_in(cache, key_name("k", i)));
    }
  }
  uint64_t alive() const {
    uint64_t found = 0;
    for (uint64_t i = 0; i < entries; ++i) found += cache.contains(key_name("k", i)) ? 1 : 0;
    return found;
  }
};

TEST(Weeding, MakesRoomOfWhatChangesLeaveBehindInsteadOfEvicting) {
  const Full full(0.85);
  const auto change = [&](uint64_t first, int puts) {
    for (int i = 0; i < puts; ++i)
      ASSERT_EQ(full.cache.put(key_name("k", first + i % 20), std::string(96, 'w')), PutResult::stored);
  };
  change(0, 50'000);  // until all others are in the hot ring
  const uint64_t before = full.alive();
  EXPECT_GT(before, full.entries * 95 / 100);
  change(5000, 500'000);  // fifty budgets of bytes that are dead at once, in the hot ring
  EXPECT_GE(full.alive(), before * 99 / 100) << "nothing new was put";
  EXPECT_TRUE(is_clean(audit_of(full.directory.path())));
}

/// Weeding always finds something here. It leaves holes among the ring's tickets, and must let the policy fill them.
TEST(Weeding, NeverFillsTheRingsQueueWithHoles) {
  const Full full(1.5);
  Random random(7);
  for (uint64_t i = 0; i < 400'000; ++i) {
    const uint64_t popular = random.below(full.entries) * random.below(full.entries) / full.entries;
    ASSERT_EQ(full.cache.put(key_name("k", popular), std::string(96, 'w')), PutResult::stored);
  }
  const CacheFigures figures = cache_figures(full.directory.path(), "main");
  EXPECT_LE(figures.pages_free, figures.pages / 16) << "pages are freed as they are needed";
  EXPECT_GT(figures.entries * 112, (1u << 20) * 2 / 3);
  EXPECT_TRUE(pages_are_conserved(figures));
  EXPECT_TRUE(is_clean(audit_of(full.directory.path())));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Eviction,
                         ::testing::Values(Shape{2048, 0}, Shape{16 << 10, 512}, Shape{256 << 10, 0},
                                           Shape{1 << 20, 4096}, Shape{4 << 20, 0}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.budget) + "x" + std::to_string(tested.param.page);
                         });

TEST(Modes, RefuseAnswersNoRoomWhenFullAndKeepsEverything) {
  const TempDirectory directory;
  CacheOptions options = cache_options("main", 64 << 10, 1024);
  options.mode = CacheMode::refuse;
  const Segment segment = create_segment(segment_options(directory, {options}));
  const Cache cache = open_cache(segment, "main");
  uint64_t stored = 0;
  while (cache.put(key_name("k", stored), std::string(100, 'v')) == PutResult::stored) ASSERT_LT(++stored, 10'000u);
  EXPECT_EQ(cache.put("one-more", std::string(100, 'v')), PutResult::no_room);
  EXPECT_GT(stored, (64u << 10) / 130 / 2);
  for (uint64_t i = 0; i < stored; ++i) EXPECT_TRUE(cache.contains(key_name("k", i))) << i << " of " << stored;
}

TEST(Modes, RefuseFindsTheRoomOfRemovedAndExpiredEntries) {
  const TempDirectory directory;
  CacheOptions options = cache_options("main", 64 << 10, 1024);
  options.mode = CacheMode::refuse;
  const Segment segment = create_segment(segment_options(directory, {options}));
  const Cache cache = open_cache(segment, "main");
  const std::string value(100, 'v');
  for (int round = 0; round < 5; ++round) {
    uint64_t stored = 0;
    while (cache.put(key_name("k", stored), value, {.ttl = milliseconds(200)}) == PutResult::stored) ++stored;
    EXPECT_GT(stored, 100u) << "round " << round;
    if (round % 2 == 0) {
      for (uint64_t i = 0; i < stored; ++i) cache.remove(key_name("k", i));
    } else {
      std::this_thread::sleep_for(milliseconds(230));
    }
  }
}

TEST(Modes, OffKeepsNothing) {
  const TempDirectory directory;
  CacheOptions options = cache_options("main", 64 << 10);
  options.mode = CacheMode::off;
  const Segment segment = create_segment(segment_options(directory, {options}));
  const Cache cache = open_cache(segment, "main");
  EXPECT_EQ(cache.put("k", "v"), PutResult::no_room);
  EXPECT_EQ(cache.add("k", "v"), PutResult::no_room);
  EXPECT_EQ(value_in(cache, "k"), std::nullopt);
  EXPECT_FALSE(cache.contains("k"));
}

}  // namespace
}  // namespace larder::test
