// tuning_test.cc – larderd listens to the workers and gives a cache the setting that misses least; what it found stays.
#include <gtest/gtest.h>

#include <functional>
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

/// Asks for the keys one after the other, slowly enough for samples to be taken.
void go_round(const Cache& cache) {
  for (uint64_t i = 0; i < kKeys; ++i) {
    const std::string key = key_name("key", i);
    if (!value_in(cache, key)) {
      ASSERT_EQ(cache.put(key, std::string(90, 'v')), PutResult::stored);
    }
    if (i % 32 == 0) std::this_thread::sleep_for(2ms);
  }
}

/// Again and again, until it is enough: on a busy machine larderd gets fewer of the samples.
void go_round_until(const Cache& cache, const std::function<bool()>& enough) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; !enough() && std::chrono::steady_clock::now() < end;)
    go_round(cache);
}

TEST(LarderdTuning, ACacheGetsTheSettingThatMissesLeastAndKeepsIt) {
  const Home home;
  const std::string config = home.config(std::string(kLoop) + "[sidecar]\ninterval = \"1ms\"\n");
  std::optional<Daemon> daemon(std::in_place, home, config);
  ASSERT_TRUE(daemon->ready()) << daemon->log();
  const Cache cache = open_cache(home.attach(), "loop");
  go_round_until(cache, [&] { return policy_of_loop(home).switches > 0; });
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
  go_round_until(cache, [&] { return policy_of_loop(home).samples >= 12 * kKeys; });
  const observe::PolicyFigures figures = policy_of_loop(home);
  EXPECT_GE(figures.samples, 12 * kKeys);
  EXPECT_EQ(figures.switches, 0u);
  EXPECT_TRUE(figures.in_use.adapt);
}

}  // namespace
}  // namespace larder::test
