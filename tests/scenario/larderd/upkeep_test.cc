// upkeep_test.cc – what larderd does unasked: it drops what expired and buries who died.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "daemon.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;

TEST(LarderdUpkeep, ExpiredEntriesGoWithoutAnybodyReadingThem) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Cache cache = open_cache(home.attach(), "session");
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_EQ(cache.put(key_name("short", i), "value", {.ttl = 50ms}), PutResult::stored);
    ASSERT_EQ(cache.put(key_name("long", i), "value", {.ttl = 1h}), PutResult::stored);
  }
  const auto entries = [&] { return cache_figures(home.segments.path(), "session").entries; };
  EXPECT_TRUE(eventually([&] { return entries() == 100; })) << entries();
  EXPECT_TRUE(cache.contains(key_name("long", 42)));
}

TEST(LarderdUpkeep, ADeadWorkerIsBuriedSoon) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  Process worker([&]() -> int {
    const Segment segment = home.attach("victim");
    const Cache cache = open_cache(segment, "session");
    for (uint64_t i = 0;; ++i) {
      if (cache.put(key_name("key", i % 1000), "value") != PutResult::stored) return 1;
    }
  });
  const auto present = [&] {
    for (const WorkerFigures& figures : figures_of(home.segments.path()).workers) {
      if (figures.kind == "victim") return true;
    }
    return false;
  };
  ASSERT_TRUE(eventually(present));
  worker.kill();
  const auto death = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] { return !present(); })) << daemon.log();
  EXPECT_LT(std::chrono::steady_clock::now() - death, 2s);  // stress_processes_test prints how soon it really is
  EXPECT_TRUE(daemon.will_say("buried 1 dead worker")) << daemon.log();
}

TEST(LarderdUpkeep, ItHardlyUsesTheProcessorWhenIdle) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const auto cycles = [&] { return figures_of(home.segments.path()).sidecar_cycles; };
  const uint64_t before = cycles();
  std::this_thread::sleep_for(1s);
  const uint64_t in_a_second = cycles() - before;
  EXPECT_GE(in_a_second, 1u);
  EXPECT_LE(in_a_second, 60u);  // one every 20 ms, and some slack
}

}  // namespace
}  // namespace larder::test
