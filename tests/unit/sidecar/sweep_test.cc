// sweep_test.cc – looking for what expired without looking at everything: by counting the page records that are read.
#include "sidecar/sweep.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;
using ring::RingId;
using sidecar::Sweep;

constexpr uint64_t kPage = 1024;
constexpr uint64_t kPages = 1024;
constexpr uint64_t kAll = 1 << 20;  ///< a limit that no round reaches

class SweepTest : public ::testing::Test {
 protected:
  void put(uint64_t pages, std::optional<milliseconds> ttl) {
    const std::string value(980, 'v');
    for (uint64_t i = 0; i < pages; ++i)
      ASSERT_EQ(cache_.put(key_name("key", next_++), value, {.ttl = ttl}), PutResult::stored);
  }
  uint64_t round(uint64_t limit = kAll) { return sweep_.round(region(), *region().member->thread(), limit); }
  /// Page records that one more round reads.
  uint64_t records_of_a_round() {
    const uint64_t before = sweep_.records_read();
    round();
    return sweep_.records_read() - before;
  }
  const cache::Region& region() const { return cache_.region(); }
  uint64_t tickets() const { return region().plane.rings.queue(RingId::cold).span(); }

  TempDirectory directory_;
  Segment segment_ = create_segment(segment_options(directory_, {cache_options("cache", kPages* kPage, kPage, 900)}));
  Cache cache_ = open_cache(segment_, "cache");
  Sweep sweep_{cache_.region(), RingId::cold};
  uint64_t next_ = 0;
};

TEST_F(SweepTest, TheFirstRoundReadsEveryRecordLaterOnesOnlyNewBlocksAndOneTurn) {
  put(kPages / 2, 1h);
  EXPECT_EQ(records_of_a_round(), tickets());
  for (int i = 0; i < 20; ++i) EXPECT_LE(records_of_a_round(), 2 * Sweep::kBlock);
}

TEST_F(SweepTest, WhatExpiresIsUnlinkedThoughItsBlockWasLookedAtBefore) {
  put(kPages / 4, 1h);
  put(kPages / 4, 50ms);
  put(kPages / 4, 1h);
  EXPECT_EQ(round(), 0u);
  std::this_thread::sleep_for(80ms);
  EXPECT_EQ(round(), kPages / 4);
  EXPECT_EQ(round(), 0u);
  EXPECT_EQ(cache_figures(directory_.path(), "cache").entries, kPages / 2);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(SweepTest, ALimitedRoundGoesOnWhereItStopped) {
  put(kPages / 2, 20ms);
  std::this_thread::sleep_for(50ms);
  uint64_t expired = 0;
  for (uint64_t i = 0; i < kPages / 2 / Sweep::kBlock + 1; ++i) expired += round(Sweep::kBlock);
  EXPECT_EQ(expired, kPages / 2);
}

TEST_F(SweepTest, ATimeThatIsShortenedAfterTheLookIsMetWhenItsTurnComes) {
  put(kPages / 2, 1h);
  round();
  ASSERT_TRUE(cache_.touch(key_name("key", 10), 1ms));
  std::this_thread::sleep_for(30ms);
  uint64_t rounds = 0;
  while (cache_figures(directory_.path(), "cache").entries == kPages / 2 && ++rounds <= Sweep::kTurns) round();
  EXPECT_LE(rounds, Sweep::kTurns);
}

TEST_F(SweepTest, RecycledTicketsAreSweptAnew) {
  for (int lap = 0; lap < 4; ++lap) {
    put(2 * kPages, 1h);
    round();
  }
  put(kPages / 4, 20ms);
  std::this_thread::sleep_for(50ms);
  EXPECT_GT(round(), 0u);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

}  // namespace
}  // namespace larder::test
