// balance_test.cc – the cold share stays within its limits and moves with what returns; prices are fair on average.
#include "policy/balance.h"

#include <gtest/gtest.h>

#include "policy/price.h"

namespace larder::policy {
namespace {

TEST(ColdShare, BeginsWhereTheSettingSays) { EXPECT_DOUBLE_EQ(ColdShare::value(0, 0.25), 0.25); }

TEST(ColdShare, GrowsAndShrinksByHalfTheWeightThatReturned) {
  const uint64_t more = ColdShare::moved(0, 0.25, 0.02, true);
  EXPECT_NEAR(ColdShare::value(more, 0.5), 0.26, 1e-9);
  EXPECT_NEAR(ColdShare::value(ColdShare::moved(more, 0.5, 0.02, false), 0.5), 0.25, 1e-9);
}

TEST(ColdShare, StaysWithinItsLimitsWhateverTheWordHolds) {
  for (const uint64_t word : {uint64_t{1}, uint64_t{1} << 40, uint64_t{1} << 41, ~uint64_t{0}}) {
    EXPECT_GE(ColdShare::value(word, 0.1), ColdShare::kLeast);
    EXPECT_LE(ColdShare::value(word, 0.1), ColdShare::kMost);
    const uint64_t next = ColdShare::moved(word, 0.1, 1e30, true);
    EXPECT_LE(ColdShare::value(next, 0.1), ColdShare::kMost);
  }
}

TEST(Price, IsOneReferenceForWhatIsAlike) {
  for (const double weight : {0.92, 1.0, 1.08}) {
    EXPECT_EQ(Price::of(weight, 0).stay, 1u);
    EXPECT_EQ(Price::of(weight, 0.999).stay, 1u);
    EXPECT_EQ(Price::of(weight, 0).promotion, 0);
  }
}

TEST(Price, OfARoundIsTheWeightOnAverage) {
  for (const double weight : {0.25, 0.5, 1.5, 2.25, 3.0}) {
    double sum = 0;
    for (uint64_t ticket = 0; ticket < 20'000; ++ticket) sum += Price::of(weight, Price::dice(77, ticket)).stay;
    EXPECT_NEAR(sum / 20'000, weight, 0.02);
  }
  EXPECT_EQ(Price::of(100, 0).stay, 3u);
}

}  // namespace
}  // namespace larder::policy
