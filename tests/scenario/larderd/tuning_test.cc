// tuning_test.cc – larderd listens to the workers and gives a cache the setting that misses least; what it found stays.
#include <gtest/gtest.h>

#include <thread>

#include "daemon.h"
#include "observe/policy.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLoop = "\n[cache.loop]\nsize = \"128kb\"\nexpected = \"100b\"\n";
constexpr uint64_t kKeys = 1500;  // a few more than fit: under the default setting most of the ring goes round in vain

observe::PolicyFigures policy_of_loop(const Home& home) {
  const auto inspector = observe::Inspector::open("test", home.segments.path());
  if (!inspector) return {};
  for (const observe::PolicyFigures& figures : observe::read_policies(*inspector))
    if (figures.cache == "loop") return figures;
  return {};
}

/// Asks for the keys one after the other, again and again, slowly enough for all samples to be taken.
void go_round(const Cache& cache, uint64_t requests) {
  for (uint64_t i = 0; i < requests; ++i) {
    const std::string key = key_name("key", i % kKeys);
    if (!value_in(cache, key)) {
      ASSERT_EQ(cache.put(key, std::string(90, 'v')), PutResult::stored);
    }
    if (i % 32 == 0) std::this_thread::sleep_for(2ms);
  }
}

TEST(LarderdTuning, ACacheGetsTheSettingThatMissesLeastAndKeepsIt) {
  const Home home;
  const std::string config = home.config(std::string(kLoop) + "[sidecar]\ninterval = \"1ms\"\n");
  std::optional<Daemon> daemon(std::in_place, home, config);
  ASSERT_TRUE(daemon->ready()) << daemon->log();
  const Cache cache = open_cache(home.attach(), "loop");
  for (int round = 0; round < 40 && policy_of_loop(home).switches == 0; ++round) go_round(cache, kKeys);
  EXPECT_TRUE(daemon->will_say("cache loop: ")) << daemon->log();
  const observe::PolicyFigures found = policy_of_loop(home);
  ASSERT_GE(found.switches, 1u);
  ASSERT_FALSE(found.decisions.empty());
  EXPECT_LT(found.decisions.back().to_misses, found.decisions.back().from_misses);
  EXPECT_GT(found.samples, 1000u);
  ASSERT_EQ(found.curve.size(), 7u);
  EXPECT_LT(found.curve.back().misses, found.curve.front().misses);

  daemon->process().kill();
  daemon.reset();
  const auto without = policy_of_loop(home);
  daemon.emplace(home, config);
  ASSERT_TRUE(daemon->ready()) << daemon->log();
  EXPECT_TRUE(daemon->says("adopted")) << daemon->log();
  EXPECT_FALSE(daemon->says("policy:")) << daemon->log();
  EXPECT_EQ(policy_of_loop(home).in_use.cold, without.in_use.cold);
  EXPECT_EQ(policy_of_loop(home).in_use.promote, without.in_use.promote);
}

TEST(LarderdTuning, ACacheThatIsNotToBeTunedIsOnlyWatched) {
  const Home home;
  Daemon daemon(home,
                home.config(std::string(kLoop) + "[cache.loop.policy]\ntune = false\n[sidecar]\ninterval = \"1ms\"\n"));
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Cache cache = open_cache(home.attach(), "loop");
  for (int round = 0; round < 40 && policy_of_loop(home).samples < 12 * kKeys; ++round) go_round(cache, kKeys);
  const observe::PolicyFigures figures = policy_of_loop(home);
  EXPECT_GE(figures.samples, 12 * kKeys);
  EXPECT_EQ(figures.switches, 0u);
  EXPECT_TRUE(figures.in_use.adapt);
}

}  // namespace
}  // namespace larder::test
