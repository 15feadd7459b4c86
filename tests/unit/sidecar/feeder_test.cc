// feeder_test.cc – free pages ahead of writers: as many as they take, as soon as they take them, and no more.
#include "sidecar/feeder.h"

#include <gtest/gtest.h>

#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;
using sidecar::Feeder;

constexpr uint64_t kPage = 1024;
constexpr uint64_t kPages = 1024;

class FeederTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (uint64_t i = 0; i < 2 * kPages; ++i) put_a_page();
    ASSERT_GT(figures()[Counter::inline_hands], 0u) << "the cache is not full";
  }
  /// Entries that fill a page; no two share one with a third.
  void put_a_page() {
    ASSERT_EQ(cache_.put(key_name("key", next_++), value_), PutResult::stored);
    ASSERT_EQ(cache_.put(key_name("key", next_++), value_), PutResult::stored);
  }
  CacheFigures figures() const {
    cache_.region().member->flush(*cache_.region().member->thread(), cache_.region().number);
    return cache_figures(directory_.path(), "cache");
  }
  uint64_t ahead() const { return cache_.region().plane.rings.free_pages() - cache_.region().plane.reserve; }
  /// When the feeder wants to look again, if it looks after another `step`.
  Feeder::Clock::duration pause_after(Feeder& feeder, Feeder::Clock::duration step) {
    now_ += step;
    return feeder.round(now_) - now_;
  }
  /// So many pages taken between two looks `step` apart, for long enough to be noticed. True if the writer emptied none
  /// in the last quarter.
  bool keeps_up(Feeder& feeder, uint64_t pages, Feeder::Clock::duration step) {
    constexpr int kTurns = 400;
    uint64_t inline_before = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
      if (turn == kTurns * 3 / 4) inline_before = figures()[Counter::inline_hands];
      for (uint64_t i = 0; i < pages; ++i) put_a_page();
      pause_after(feeder, step);
    }
    return figures()[Counter::inline_hands] == inline_before;
  }

  TempDirectory directory_;
  Segment segment_ = create_segment(segment_options(directory_, {cache_options("cache", kPages* kPage, kPage, 450)}));
  Cache cache_ = open_cache(segment_, "cache");
  std::string value_ = std::string(470, 'v');
  uint64_t next_ = 0;
  Feeder::Clock::time_point now_{1h};
};

TEST_F(FeederTest, KeepsFewPagesFreeWhereNobodyWrites) {
  Feeder feeder({cache_}, 1);
  EXPECT_EQ(pause_after(feeder, 0s), Feeder::kLongest);
  EXPECT_EQ(ahead(), sidecar::least_ahead(cache_.region()));
  EXPECT_EQ(pause_after(feeder, Feeder::kLongest), Feeder::kLongest);
  EXPECT_EQ(ahead(), sidecar::least_ahead(cache_.region()));
}

TEST_F(FeederTest, AWriterThatTakesPagesFindsThemFree) {
  Feeder feeder({cache_}, 1);
  EXPECT_TRUE(keeps_up(feeder, 2, Feeder::kShortest));
}

TEST_F(FeederTest, LooksSoonerTheFasterPagesAreTakenAndCalmsDownAgain) {
  Feeder feeder({cache_}, 1);
  ASSERT_TRUE(keeps_up(feeder, 2, Feeder::kShortest));
  put_a_page();
  EXPECT_LE(pause_after(feeder, Feeder::kShortest), 10 * Feeder::kShortest);
  EXPECT_LE(ahead(), cache_.region().plane.most_ahead() + 1);
  for (int look = 0; look < 40; ++look) pause_after(feeder, Feeder::kLongest);
  EXPECT_EQ(pause_after(feeder, Feeder::kLongest), Feeder::kLongest);
}

TEST_F(FeederTest, WritersThatWouldTakeMoreThanItsShareAreLeftToThemselves) {
  Feeder feeder({cache_}, 1e-9);
  EXPECT_FALSE(keeps_up(feeder, 20, Feeder::kLongest));
  put_a_page();
  EXPECT_EQ(pause_after(feeder, Feeder::kLongest), Feeder::kLongest);
  EXPECT_LE(ahead(), sidecar::least_ahead(cache_.region()) + 1);
}

TEST_F(FeederTest, ACacheThatRefusesIsNotEmptied) {
  cache_.region().header->mode.store_relaxed(static_cast<uint64_t>(CacheMode::refuse));
  Feeder feeder({cache_}, 1);
  const uint64_t before = figures().entries;
  pause_after(feeder, 0s);
  pause_after(feeder, Feeder::kLongest);
  EXPECT_EQ(feeder.pages_freed(), 0u);
  EXPECT_EQ(figures().entries, before);
}

TEST_F(FeederTest, WhatIsFreedIsCountedAndTheSegmentStaysWhole) {
  Feeder feeder({cache_}, 1);
  keeps_up(feeder, 2, Feeder::kShortest);
  EXPECT_GT(feeder.pages_freed(), 20u);
  EXPECT_TRUE(pages_are_conserved(figures()));
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

}  // namespace
}  // namespace larder::test
