// judge_test.cc – takes over what is clearly better, soon; does not go back and forth.
#include "tune/judge.h"

#include <gtest/gtest.h>

#include <random>

namespace larder::tune {
namespace {

using Misses = std::vector<uint64_t>;

TEST(Judge, KeepsWhatIsAsGood) {
  Judge judge(3, 1);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(judge.window(Misses{500, 500, 501}));
  EXPECT_EQ(judge.in_use(), 1u);
}

TEST(Judge, TakesOverWhatIsBetterWithinAFewWindows) {
  Judge judge(2, 0);
  int windows = 0;
  while (judge.in_use() == 0 && windows < 100) {
    judge.window(Misses{400, 360});
    ++windows;
  }
  EXPECT_EQ(judge.in_use(), 1u);
  EXPECT_LE(windows, 5);
}

TEST(Judge, FollowsAWorkloadThatShifts) {
  Judge judge(2, 0);
  for (int i = 0; i < 100; ++i) judge.window(Misses{400, 300});
  EXPECT_EQ(judge.in_use(), 1u);
  int windows = 0;
  while (judge.in_use() == 1 && windows < 200) {
    judge.window(Misses{300, 400});
    ++windows;
  }
  EXPECT_EQ(judge.in_use(), 0u);
  EXPECT_LE(windows, 130);
}

TEST(Judge, DoesNotFlapBetweenEquals) {
  std::mt19937_64 random(5);
  std::binomial_distribution<uint64_t> misses(1000, 0.4);
  Judge judge(4, 0);
  int switches = 0;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t common = misses(random);
    Misses window(4, common);
    for (uint64_t& count : window) count += random() % 20;
    switches += judge.window(window) ? 1 : 0;
  }
  EXPECT_LE(switches, 50);
}

TEST(Judge, DoesNotFlapWhenTwoTakeTurns) {
  Judge judge(2, 0);
  int switches = 0;
  for (int i = 0; i < 10'000; ++i) switches += judge.window(i % 8 < 4 ? Misses{400, 380} : Misses{380, 400}) ? 1 : 0;
  EXPECT_LE(switches, 2);
}

}  // namespace
}  // namespace larder::tune
