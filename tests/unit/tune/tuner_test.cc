// tuner_test.cc – a cache tuner on workloads that shift: it converges, it does not flap, it costs no more than a bound;
// its curve is that of exact simulations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_map>
#include <vector>

#include "tune/cache_tuner.h"

namespace larder::tune {
namespace {

constexpr uint64_t kPayload = 92;  // 100 bytes in a page
constexpr uint64_t kWeight = entry_weight(kPayload);

uint64_t mixed(uint64_t n) {
  n *= 0x9e3779b97f4a7c15u;
  n ^= n >> 32;
  n *= 0xd6e8feb86659fd93u;
  return n ^ n >> 32;
}

/// A live cache of `entries`, its tuner, and the same cache without one.
struct Bench {
  Bench(uint64_t entries, uint32_t bits)
      : budget(entries * kWeight),
        tuner({}, {}, {double(budget), double(kWeight), bits}),
        live({}, budget),
        fixed({}, budget) {}

  void request(uint32_t key) {
    const uint64_t hash = mixed(key);
    const bool hit = live.access(key, kWeight);
    if ((hash & tuner.mask()) == 0) {
      sample(hash, hit ? segment::SampleKind::hit : segment::SampleKind::miss);
      if (!hit) sample(hash, segment::SampleKind::put);
    }
    ++requests;
    misses += hit ? 0 : 1;
    fixed_misses += fixed.access(key, kWeight) ? 0 : 1;
  }
  void sample(uint64_t hash, segment::SampleKind kind) {
    if (const auto verdict = tuner.take({hash, segment::SampleWord::make(kind, 0, kPayload, 0)}, 0)) {
      live.use(verdict->to);
      ++switches;
    }
  }

  uint64_t budget;
  CacheTuner tuner;
  MiniCache live, fixed;
  uint64_t requests = 0, misses = 0, fixed_misses = 0;
  int switches = 0;
};

/// Keys of a Zipf-like popularity.
uint32_t popular(std::mt19937_64& random, uint32_t keys) {
  const double u = double(random() >> 11) * 0x1p-53;
  return static_cast<uint32_t>(std::pow(double(keys), u)) - 1;
}

TEST(Tuner, FindsWhatALoopNeeds) {
  Bench bench(1000, 0);
  for (uint32_t i = 0; i < 200'000; ++i) bench.request(i % 1300);
  EXPECT_LT(double(bench.misses), double(bench.fixed_misses) * 0.97);
  EXPECT_LE(bench.switches, 3);
}

TEST(Tuner, LosesLittleWhereNothingIsToBeWon) {
  Bench bench(1000, 0);
  std::mt19937_64 random(1);
  for (int i = 0; i < 300'000; ++i) bench.request(popular(random, 20'000));
  EXPECT_LT(double(bench.misses), double(bench.fixed_misses) * 1.01);
  EXPECT_LE(bench.switches, 8);
}

TEST(Tuner, FollowsAWorkloadThatShiftsAndNeverLosesMuch) {
  Bench bench(1000, 0);
  std::mt19937_64 random(2);
  for (uint32_t phase = 0; phase < 6; ++phase)
    for (uint32_t i = 0; i < 60'000; ++i) bench.request(phase % 2 == 0 ? i % 1300 : 10'000 + popular(random, 8000));
  EXPECT_LT(double(bench.misses), double(bench.fixed_misses) * 1.01);
  EXPECT_LE(bench.switches, 24);
}

TEST(Tuner, GoesOnWithTheSettingThatIsInUse) {
  PolicySetting in_use{.cold = 0.01, .adapt = false};
  const CacheTuner tuner({}, in_use, {1e6, 100, 0});
  EXPECT_DOUBLE_EQ(tuner.setting(tuner.in_use()).cold, 0.01);
}

TEST(Tuner, SamplesEnoughForItsMiniatures) {
  EXPECT_EQ(CacheTuner::bits_for(100'000, 100), 0u);
  EXPECT_EQ(CacheTuner::bits_for(100e6, 100), 8u);  // a million entries, 3906 of them simulated
  EXPECT_EQ(CacheTuner::bits_for(1e18, 100), CacheTuner::kMostBits);
}

TEST(Curve, OfASampleIsNearTheExactOne) {
  constexpr uint64_t kEntries = 16'000;
  constexpr uint32_t kBits = 3;
  CacheTuner tuner({.tune = false}, {.tune = false}, {double(kEntries * kWeight), double(kWeight), kBits});
  std::vector<MiniCache> exact;
  std::vector<uint64_t> misses(policy::kCurvePoints, 0);
  for (const double size : policy::kCurveSizes)
    exact.emplace_back(PolicySetting{}, uint64_t(size * double(kEntries * kWeight)));
  std::mt19937_64 random(3);
  constexpr int kRequests = 400'000;
  for (int i = 0; i < kRequests; ++i) {
    const uint32_t key = popular(random, 1'000'000);
    const uint64_t hash = mixed(key);
    if ((hash & tuner.mask()) == 0)
      tuner.take({hash, segment::SampleWord::make(segment::SampleKind::hit, 0, kPayload, 0)}, 0);
    for (size_t point = 0; point < exact.size(); ++point) misses[point] += exact[point].access(key, kWeight) ? 0 : 1;
  }
  double error = 0;
  for (size_t point = 0; point < exact.size(); ++point)
    error += std::abs(tuner.curve(point, kRequests) - double(misses[point]) / kRequests) / double(exact.size());
  EXPECT_LT(error, 0.01);
}

TEST(Panel, LearnsNothingWrongFromHitsMissesAndPutsOfTheLiveCache) {
  Panel panel;
  const size_t small = panel.add({}, 10 * kWeight), large = panel.add({}, 1000 * kWeight);
  const auto tell = [&](uint64_t hash, segment::SampleKind kind, uint32_t now, uint64_t ttl = 0) {
    panel.take({hash, segment::SampleWord::make(kind, 0, kPayload, ttl)}, now);
  };
  for (uint64_t hash = 1; hash <= 20; ++hash) {
    tell(hash, segment::SampleKind::miss, 0);
    tell(hash, segment::SampleKind::put, 0, 60);
  }
  EXPECT_EQ(panel[large].misses, 20u);
  tell(15, segment::SampleKind::miss, 10);  // dropped by the live cache, kept by a larger one
  EXPECT_EQ(panel[large].misses, 20u);
  EXPECT_EQ(panel[small].misses, 21u);
  tell(15, segment::SampleKind::put, 10, 60);
  tell(15, segment::SampleKind::hit, 69);
  EXPECT_EQ(panel[large].misses, 20u);
  tell(15, segment::SampleKind::miss, 70);  // expired everywhere
  EXPECT_EQ(panel[large].misses, 21u);
  tell(2, segment::SampleKind::remove, 11);
  tell(2, segment::SampleKind::miss, 12);
  EXPECT_EQ(panel[large].misses, 22u);
  EXPECT_EQ(panel.lookups(), 24u);
}

TEST(Panel, GivesNumbersAgainAndStaysSmall) {
  Panel panel;
  panel.add({}, 100 * kWeight);
  for (uint64_t hash = 1; hash < 200'000; ++hash)
    panel.take({hash, segment::SampleWord::make(segment::SampleKind::hit, 0, kPayload, 0)}, 0);
  EXPECT_LT(panel.keys_known(), 5000u);
}

}  // namespace
}  // namespace larder::tune
