// linear_test.cc – recorded histories of several processes on a few hot keys are linearizable, kills included.
//
// The story: processes get, put, add, replace, remove and look on keys they fight for; some are killed inside an
// operation and replaced. Each writes down when every operation began and ended and what it was told. Afterwards
// there must be, for each key, one order of all operations that explains every answer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "linear/checker.h"
#include "linear/recorder.h"
#include "sidecar/keeper.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

/// Of each history: LARDER_LINEAR_OPS, or what is enough for every build.
uint64_t operations_or(uint64_t otherwise) {
  const char* wanted = std::getenv("LARDER_LINEAR_OPS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

void report(const char* name, const Recorded& recorded, const Verdict& verdict) {
  fmt::print(
      "[ HISTORY  ] {}: {} operations checked, {} processes killed, {} operations unanswered, at most {} explanations "
      "at once\n",
      name, verdict.operations, recorded.killed, recorded.unanswered, verdict.most_configurations);
}

void expect_clean_end(const TempDirectory& directory) {
  attach_segment(directory.path(), "undertaker").bury_dead();
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  EXPECT_TRUE(pages_are_conserved(cache_figures(directory.path(), "main")));
}

TEST(History, WithRoomForEverythingIsLinearizable) {
  const TempDirectory directory;
  const uint64_t operations = operations_or(240'000);
  create_segment(segment_options(directory, {cache_options("main", std::max<uint64_t>(32 << 20, operations * 128))}));
  const Recorded recorded = record({.directory = directory.path(), .operations = operations});
  EXPECT_EQ(recorded.failed, 0u);
  EXPECT_GT(recorded.killed, 0u);
  expect_clean_end(directory);
  const CacheFigures figures = cache_figures(directory.path(), "main");
  ASSERT_EQ(figures[Counter::evictions] + figures[Counter::index_evictions], 0u) << "the strict model allows no drop";
  const Verdict verdict = check_history(recorded.events, Drops::never);
  report("roomy", recorded, verdict);
  EXPECT_TRUE(verdict.linearizable) << verdict.explanation;
}

// Mode refuse drops no live entry, so the strict model holds although pages are emptied and reused all the time.
TEST(History, OverRecycledPagesIsLinearizable) {
  const TempDirectory directory;
  CacheOptions options = cache_options("main", 32 << 10, 512);
  options.mode = CacheMode::refuse;
  create_segment(segment_options(directory, {options}));
  const Recorded recorded =
      record({.directory = directory.path(), .operations = operations_or(120'000), .removes = false, .seed = 5});
  EXPECT_EQ(recorded.failed, 0u);
  expect_clean_end(directory);
  const CacheFigures figures = cache_figures(directory.path(), "main");
  EXPECT_GT(figures[Counter::pages_emptied], 100u);
  const Verdict verdict = check_history(recorded.events, Drops::never);
  report("recycling", recorded, verdict);
  EXPECT_TRUE(verdict.linearizable) << verdict.explanation;
}

TEST(History, UnderEvictionIsLinearizableButForDrops) {
  const TempDirectory directory;
  create_segment(segment_options(directory, {cache_options("main", 8 << 10, 512)}));
  const Recorded recorded = record({.directory = directory.path(), .operations = operations_or(120'000), .seed = 2});
  EXPECT_EQ(recorded.failed, 0u);
  expect_clean_end(directory);
  const CacheFigures figures = cache_figures(directory.path(), "main");
  EXPECT_GT(figures[Counter::pages_emptied], 100u);
  const Verdict verdict = check_history(recorded.events, Drops::anytime);
  report("evicting", recorded, verdict);
  EXPECT_TRUE(verdict.linearizable) << verdict.explanation;
}

TEST(History, WithAKeeperAtWorkIsLinearizableButForDrops) {
  const TempDirectory directory;
  create_segment(segment_options(directory, {cache_options("main", 8 << 10, 512)}));
  Process keeper([&directory] {
    auto taken = sidecar::Keeper::take(attach_segment(directory.path(), "keeper"));
    while (taken) taken->run_cycle();
    return 1;
  });
  const Recorded recorded =
      record({.directory = directory.path(), .operations = operations_or(60'000), .rounds = 5, .seed = 3});
  EXPECT_EQ(keeper.kill().signal, SIGKILL) << "the keeper ended by itself";
  EXPECT_EQ(recorded.failed, 0u);
  expect_clean_end(directory);
  const Verdict verdict = check_history(recorded.events, Drops::anytime);
  report("kept", recorded, verdict);
  EXPECT_TRUE(verdict.linearizable) << verdict.explanation;
}

TEST(History, OfLargeValuesIsLinearizableButForDrops) {
  const TempDirectory directory;
  create_segment(segment_options(directory, {cache_options("main", 64 << 10, 512)}));
  const Recorded recorded =
      record({.directory = directory.path(), .operations = operations_or(60'000), .large = 3, .seed = 6});
  EXPECT_EQ(recorded.failed, 0u);
  expect_clean_end(directory);
  const Verdict verdict = check_history(recorded.events, Drops::anytime);
  report("large", recorded, verdict);
  EXPECT_TRUE(verdict.linearizable) << verdict.explanation;
}

// The checker on a real history with one wrong answer planted: a get that saw a value from its future.
TEST(History, WithOneImpossibleReadIsRejected) {
  const TempDirectory directory;
  create_segment(segment_options(directory, {cache_options("main", 32 << 20)}));
  Recorded recorded = record({.directory = directory.path(), .operations = 20'000, .rounds = 1, .kills = 0, .seed = 4});
  ASSERT_EQ(recorded.failed, 0u);
  ASSERT_TRUE(check_history(recorded.events, Drops::never).linearizable);
  const auto early = std::find_if(recorded.events.begin(), recorded.events.end(),
                                  [](const Event& event) { return event.act == Act::get && event.yes; });
  ASSERT_NE(early, recorded.events.end());
  const auto later = std::find_if(recorded.events.begin(), recorded.events.end(), [early](const Event& event) {
    return event.act == Act::put && event.key == early->key && event.begun > early->done;
  });
  ASSERT_NE(later, recorded.events.end());
  early->value = later->value;
  EXPECT_FALSE(check_history(recorded.events, Drops::never).linearizable);
  EXPECT_FALSE(check_history(recorded.events, Drops::anytime).linearizable);
}

}  // namespace
}  // namespace larder::test
