// time_test.cc – times to live: absolute, sliding, renewed, refused.
#include <thread>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr milliseconds kTick{10};  // the coarse clock's

void pass(milliseconds time) { std::this_thread::sleep_for(time); }

using Time = ApiTest;

TEST_F(Time, AnEntryDiesAfterItsTtl) {
  ASSERT_EQ(cache_.put("short", "v", {.ttl = milliseconds(400)}), PutResult::stored);
  ASSERT_EQ(cache_.put("long", "v", {.ttl = hours(1)}), PutResult::stored);
  ASSERT_EQ(cache_.put("ever", "v"), PutResult::stored);
  EXPECT_TRUE(cache_.contains("short"));
  pass(milliseconds(400) + 2 * kTick);
  EXPECT_EQ(value_in(cache_, "short"), std::nullopt);
  EXPECT_FALSE(cache_.contains("short"));
  EXPECT_FALSE(cache_.view("short"));
  EXPECT_FALSE(cache_.remove("short"));
  EXPECT_FALSE(cache_.touch("short", hours(1)));
  EXPECT_TRUE(cache_.contains("long"));
  EXPECT_TRUE(cache_.contains("ever"));
}

TEST_F(Time, AnEntryDoesNotDieBeforeItsTtl) {
  for (uint64_t i = 0; i < 20; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_EQ(cache_.put("k", "v", {.ttl = milliseconds(50)}), PutResult::stored);
    while (cache_.contains("k")) std::this_thread::yield();
    const auto lived = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(lived, milliseconds(50) - kTick);
  }
}

TEST_F(Time, AddOverAnExpiredEntryStoresAndReplaceDoesNot) {
  ASSERT_EQ(cache_.put("a", "old", {.ttl = milliseconds(1)}), PutResult::stored);
  ASSERT_EQ(cache_.put("r", "old", {.ttl = milliseconds(1)}), PutResult::stored);
  pass(3 * kTick);
  EXPECT_EQ(cache_.add("a", "new"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, "a"), "new");
  EXPECT_EQ(cache_.replace("r", "new"), PutResult::absent);
  EXPECT_FALSE(cache_.contains("r"));
}

TEST_F(Time, AnIdleEntryLivesAsLongAsItIsRead) {
  constexpr milliseconds kIdle(600);
  ASSERT_EQ(cache_.put("read", "v", {.idle = kIdle}), PutResult::stored);
  ASSERT_EQ(cache_.put("viewed", "v", {.idle = kIdle}), PutResult::stored);
  ASSERT_EQ(cache_.put("left", "v", {.idle = kIdle}), PutResult::stored);
  for (int i = 0; i < 8; ++i) {
    pass(milliseconds(100));
    EXPECT_EQ(value_in(cache_, "read"), "v") << i;
    EXPECT_TRUE(cache_.view("viewed")) << i;
  }
  EXPECT_FALSE(cache_.contains("left"));
  pass(kIdle + 2 * kTick);
  EXPECT_FALSE(cache_.contains("read"));
  EXPECT_FALSE(cache_.contains("viewed"));
}

TEST_F(Time, AnAbsoluteTtlEndsAnIdleEntryThatIsReadAllTheTime) {
  const auto end = std::chrono::steady_clock::now() + milliseconds(1200) + 2 * kTick;
  ASSERT_EQ(cache_.put("k", "v", {.ttl = milliseconds(1200), .idle = milliseconds(600)}), PutResult::stored);
  for (int i = 0; i < 4; ++i) {
    pass(milliseconds(50));
    EXPECT_TRUE(cache_.contains("k") && value_in(cache_, "k")) << i;
  }
  while (std::chrono::steady_clock::now() < end) value_in(cache_, "k");
  pass(2 * kTick);
  EXPECT_FALSE(cache_.contains("k"));
}

TEST_F(Time, TouchRenewsFromNow) {
  ASSERT_EQ(cache_.put("k", "value", {.ttl = milliseconds(500)}), PutResult::stored);
  EXPECT_TRUE(cache_.touch("k", hours(1)));
  pass(milliseconds(500) + 2 * kTick);
  EXPECT_EQ(value_in(cache_, "k"), "value");
  EXPECT_TRUE(cache_.touch("k", milliseconds(1)));
  pass(3 * kTick);
  EXPECT_FALSE(cache_.contains("k"));
}

TEST_F(Time, TouchGivesATtlToAnEntryWithoutOne) {
  ASSERT_EQ(cache_.put("k", "value"), PutResult::stored);
  EXPECT_TRUE(cache_.touch("k", milliseconds(400)));
  EXPECT_EQ(value_in(cache_, "k"), "value");
  pass(milliseconds(400) + 2 * kTick);
  EXPECT_FALSE(cache_.contains("k"));
}

TEST_F(Time, ZeroNegativeAndOverflowingTtlsAreRefused) {
  ASSERT_EQ(cache_.put("k", "old"), PutResult::stored);
  const auto max = milliseconds::max();
  for (const milliseconds bad :
       {milliseconds(0), milliseconds(-1), milliseconds::min(), kMaxTtl + milliseconds(1), max}) {
    EXPECT_EQ(cache_.put("k", "new", {.ttl = bad}), PutResult::invalid_ttl) << bad.count();
    EXPECT_EQ(cache_.put("k", "new", {.idle = bad}), PutResult::invalid_ttl) << bad.count();
    EXPECT_EQ(cache_.add("n", "new", {.ttl = bad}), PutResult::invalid_ttl) << bad.count();
    EXPECT_EQ(cache_.replace("k", "new", {.ttl = bad}), PutResult::invalid_ttl) << bad.count();
    EXPECT_FALSE(cache_.touch("k", bad)) << bad.count();
  }
  EXPECT_EQ(value_in(cache_, "k"), "old") << "a refused put changed something";
  EXPECT_FALSE(cache_.contains("n"));
}

TEST_F(Time, TheLongestTtlIsAccepted) {
  EXPECT_EQ(cache_.put("k", "v", {.ttl = kMaxTtl, .idle = kMaxTtl}), PutResult::stored);
  EXPECT_TRUE(cache_.touch("k", kMaxTtl));
  EXPECT_EQ(value_in(cache_, "k"), "v");
}

TEST(CacheTime, DefaultsOfTheCacheApplyUnlessThePutSaysOtherwise) {
  const TempDirectory directory;
  CacheOptions timed = cache_options("timed", 64 << 10);
  timed.ttl = milliseconds(400);
  CacheOptions idle = cache_options("idle", 64 << 10);
  idle.idle = milliseconds(400);
  const Segment segment = create_segment(segment_options(directory, {timed, idle}));
  const Cache first = open_cache(segment, "timed");
  const Cache second = open_cache(segment, "idle");
  ASSERT_EQ(first.put("default", "v"), PutResult::stored);
  ASSERT_EQ(first.put("own", "v", {.ttl = hours(1)}), PutResult::stored);
  ASSERT_EQ(second.put("default", "v"), PutResult::stored);
  ASSERT_EQ(second.put("own", "v", {.idle = hours(1)}), PutResult::stored);
  pass(milliseconds(400) + 2 * kTick);
  EXPECT_FALSE(first.contains("default"));
  EXPECT_TRUE(first.contains("own"));
  EXPECT_FALSE(second.contains("default"));
  EXPECT_TRUE(second.contains("own"));
}

TEST_F(Time, ExpiredLookupsAreCounted) {
  ASSERT_EQ(cache_.put("k", "v", {.ttl = milliseconds(1)}), PutResult::stored);
  pass(3 * kTick);
  EXPECT_FALSE(value_in(cache_, "k"));
  const CacheFigures figures = final_figures();
  EXPECT_EQ(figures[Counter::expired], 1u);
  EXPECT_EQ(figures[Counter::misses], 1u);
}

}  // namespace
}  // namespace larder::test
