// budget_test.cc – an administrator changes sizes under a running larderd, and larderd finishes what others began.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "cache/resizer.h"
#include "daemon.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr uint64_t kBegin = 256 << 10, kMore = 3 << 20, kLess = 512 << 10;

std::string sized(const char* size) {
  return std::string("[segment]\nworkers = 8\n[cache.session]\nsize = \"") + size + "\"\nmax = \"4mb\"\n";
}

uint64_t memory_of(const Home& home) {
  struct stat facts {};
  EXPECT_EQ(stat((home.segments / kSegmentFile).c_str(), &facts), 0);
  return static_cast<uint64_t>(facts.st_blocks) * 512;
}

TEST(LarderdBudgets, ASighupGivesMoreMemoryAndTakesSomeBack) {
  const Home home;
  const std::string config = home.config("max = \"4mb\"\n");
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment segment = home.attach();
  const Cache cache = open_cache(segment, "session");
  const uint64_t before = memory_of(home);

  home.write(config, sized("3mb"));
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say("cache session: size 262144 -> 3145728: applied")) << daemon.log();
  EXPECT_EQ(cache.budget().bytes, kMore);
  EXPECT_GE(memory_of(home), before + kMore - kBegin - (128 << 10));
  for (uint64_t i = 0; i < 20'000; ++i)
    ASSERT_EQ(cache.put(key_name("key", i), std::string(100, 'v')), PutResult::stored);

  home.write(config, sized("512kb"));
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say("cache session: size 3145728 -> 524288: applied")) << daemon.log();
  EXPECT_TRUE(eventually([&] { return cache.budget().bytes == kLess && cache.budget().settled; })) << daemon.log();
  EXPECT_LE(memory_of(home), before + kLess - kBegin + (128 << 10));
  EXPECT_TRUE(is_clean(audit_of(home.segments.path())));
}

TEST(LarderdBudgets, WhatIsBeyondTheBoundsIsNamed) {
  const Home home;
  const std::string config = home.config("max = \"4mb\"\n");
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  home.write(config, "[segment]\nworkers = 8\n[cache.session]\nsize = \"8mb\"\nmax = \"16mb\"\n");
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say("cache session: size 262144 -> 8388608: not applied")) << daemon.log();
  EXPECT_TRUE(daemon.will_say("to 4194304 bytes are possible")) << daemon.log();
  EXPECT_TRUE(daemon.will_say("cache session: max 4194304")) << daemon.log();
}

TEST(LarderdBudgets, AChangeThatItsBeginnerLeftIsFinished) {
  const Home home;
  Daemon daemon(home, home.config("max = \"4mb\"\n"));
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment segment = home.attach();
  const Cache cache = open_cache(segment, "session");
  ASSERT_TRUE(cache.resize(kMore));
  for (uint64_t i = 0; i < 20'000; ++i)
    ASSERT_EQ(cache.put(key_name("key", i), std::string(100, 'v')), PutResult::stored);
  Process beginner([&]() -> int {
    const Cache own = open_cache(home.attach("beginner"), "session");
    auto resizer = cache::Resizer::take(own.region());
    const uint32_t page = own.region().plane.rings.table().page_bytes();
    if (!resizer || !resizer->aim(kLess / page, policy::BudgetCause::hand)) return 1;
    for (;;) pause();
  });
  EXPECT_TRUE(eventually([&] { return cache.budget().wanted == kLess; }));
  beginner.kill();
  EXPECT_TRUE(eventually([&] { return cache.budget().bytes == kLess && cache.budget().settled; })) << daemon.log();
}

}  // namespace
}  // namespace larder::test
