// advice_test.cc – memory goes where it saves most; nothing is lost on the way.
#include "observe/advice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace larder::observe {
namespace {

Demand demand(const char* name, double lookups, double cost, std::vector<SizePoint> curve) {
  return {name, 100, lookups, cost, std::move(curve)};
}

TEST(Advice, GivesMemoryToTheCacheThatNeedsIt) {
  const std::vector<Demand> demands{demand("needs", 1000, 1, {{50, 0.9}, {100, 0.6}, {200, 0.1}}),
                                    demand("has enough", 1000, 1, {{50, 0.11}, {100, 0.10}, {200, 0.10}})};
  const Split split = best_split(demands, 200);
  EXPECT_NEAR(split.bytes[0], 150, 1e-6);
  EXPECT_NEAR(split.bytes[1], 50, 1e-6);
  EXPECT_LT(split.cost_then, split.cost_now);
}

TEST(Advice, WeighsMissesByTheirCost) {
  const std::vector<SizePoint> curve{{50, 0.8}, {100, 0.5}, {200, 0.2}};
  const Split split = best_split({demand("cheap", 1000, 1, curve), demand("dear", 1000, 20, curve)}, 200);
  EXPECT_LT(split.bytes[0], split.bytes[1]);
}

TEST(Advice, LeavesACacheWithoutACurveAlone) {
  const Split split =
      best_split({demand("unknown", 0, 1, {}), demand("known", 10, 1, {{50, 1}, {100, 0.5}, {800, 0}})}, 200);
  EXPECT_NEAR(split.bytes[0], 100, 1e-6);
  EXPECT_NEAR(split.bytes[1], 100, 1e-6);
}

TEST(Advice, SpendsExactlyWhatThereIsAndNeverMakesItWorse) {
  uint64_t random = 1;
  const auto next = [&random] {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return double(random >> 40) / double(1u << 24);
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<Demand> demands;
    double total = 0;
    for (int i = 0; i < 6; ++i) {
      Demand d{"c", 10 + 1000 * next(), 1000 * next(), 1 + 10 * next(), {}};
      double misses = 1;
      for (const double size : {0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0})
        d.curve.push_back({size * d.bytes, misses *= 0.5 + next() / 2});
      total += d.bytes;
      demands.push_back(d);
    }
    const Split split = best_split(demands, total);
    EXPECT_NEAR(std::accumulate(split.bytes.begin(), split.bytes.end(), 0.0), total, 1e-6 * total);
    EXPECT_LE(split.cost_then, split.cost_now * (1 + 1e-9));
  }
}

}  // namespace
}  // namespace larder::observe
