// stores_test.cc – larderd and the stores of its configuration: made, kept, purged on schedule, changed under its
// hands.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "daemon.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Store> open(const Segment& segment, const std::string& name = {}) {
  auto store = segment.store(name);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

TEST(LarderdStores, AreMadeAsTheConfigurationSays) {
  const Home home;
  Daemon daemon(home, home.config("[storage]\nlookup = \"main\"\n[store.other]\nsize = \"64kb\"\n[store.main]\n"
                                  "size = \"1mb\"\npage = \"4kb\"\n[lookup.relays]\na = 1\n"));
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment segment = home.attach();
  EXPECT_EQ(segment.store_names(), (std::vector<std::string>{"main", "other"}));
  EXPECT_EQ(open(segment)->name(), "main");
  EXPECT_EQ(cache_figures(home.segments.path(), "main").budget, 1u << 20);
}

TEST(LarderdStores, WithoutAWordThereIsOneAndExpiredRecordsLeaveIt) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment segment = home.attach();
  const auto store = open(segment);
  EXPECT_EQ(store->name(), "memory");
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(store->key_set(key_name("short", i), "value", 50ms));
    ASSERT_TRUE(store->key_set(key_name("long", i), "value", 1h));
  }
  const auto records = [&] { return cache_figures(home.segments.path(), "memory").entries; };
  EXPECT_TRUE(eventually([&] { return records() == 100; })) << records();
  EXPECT_EQ(store->key_exists(key_name("long", 42)), StoreStatus::ok);
}

/// A daemon whose wall clock is `before` ahead of the next full minute; its number is in `minute`.
std::vector<std::pair<std::string, std::string>> just_before_a_minute(time_t before, int& minute) {
  const time_t now = std::time(nullptr);
  const time_t shift = 120 - now % 60 - before;
  minute = static_cast<int>((now + shift + before) / 60 % 60);
  return {{"LD_PRELOAD", SHIFTED_TIME}, {"LARDER_TEST_SHIFT", std::to_string(shift)}, {"TZ", "UTC"}};
}

TEST(LarderdStores, ArePurgedOnScheduleAndTheLogSaysHowManyRecordsWent) {
#ifdef LARDER_SANITIZED
  GTEST_SKIP() << "a sanitizer must be the first library of its process";
#endif
  Home home;
  int minute = 0;
  home.environment = just_before_a_minute(2, minute);
  // Rounds of upkeep are so far apart that only the purge can have found the record.
  const std::string config = home.config("[sidecar]\ninterval = \"1m\"\n[store.memory.purge]\nfrequency = \"" +
                                         std::to_string(minute) + " * *\"\n[store.other]\n");
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment segment = home.attach();
  const auto store = open(segment);
  ASSERT_TRUE(store->key_set("gone", "value", 1ms));
  ASSERT_TRUE(store->key_set("stays", "value"));
  EXPECT_TRUE(
      daemon.will_say("schedule \"" + std::to_string(minute) + " * *\" of store memory: 1 expired record removed"))
      << daemon.log();
  EXPECT_FALSE(daemon.says("of store other")) << "its own time has not come";
  EXPECT_EQ(store->key_exists("stays"), StoreStatus::ok);
}

TEST(LarderdStores, ASighupGivesAStoreAnotherSchedule) {
#ifdef LARDER_SANITIZED
  GTEST_SKIP() << "a sanitizer must be the first library of its process";
#endif
  Home home;
  int minute = 0;
  home.environment = just_before_a_minute(3, minute);
  const std::string config = home.config("[store.memory.purge]\nfrequency = \"never\"\n");
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  home.config("[store.memory.purge]\nfrequency = \"" + std::to_string(minute) + " * *\"\n");
  daemon.process().signal(SIGHUP);
  EXPECT_TRUE(daemon.will_say("of store memory: 0 expired records removed")) << daemon.log();
}

TEST(LarderdStores, ASighupAppliesWhatCanChangeAndNamesWhatCannot) {
  const Home home;
  const std::string config = home.config("[store.memory]\nsize = \"64kb\"\n");
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment segment = home.attach();
  const auto store = open(segment);
  uint64_t count = 0;
  while (store->key_set("\x10" + key_name("grey", count), "v", 1h).status == StoreStatus::ok) ++count;
  home.config(
      "[storage]\nlookup = \"more\"\n[store.memory]\nsize = \"128kb\"\ndroppable = [\"greylist\"]\n[store.more]\n");
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say("default store: memory -> more: not applied")) << daemon.log();
  EXPECT_TRUE(daemon.says("store memory: droppable [] -> [\"greylist\"]: applied")) << daemon.log();
  EXPECT_TRUE(daemon.says("store memory: size 65536 in pages of")) << daemon.log();
  EXPECT_TRUE(daemon.says("store more: added: not applied: fixed when the segment is made")) << daemon.log();
  EXPECT_TRUE(
      store->key_set("\x10"
                     "another",
                     "v", 1h))
      << "greylist entries make room for each other now";
}

TEST(LarderdStores, AMistakeInAStoreAtSighupChangesNothing) {
  const Home home;
  const std::string config = home.config();
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  home.config("[store.memory]\ndroppable = [\"greylist\"]\ntype = \"redis\"\n");
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say(config + ":7:8: store.memory.type: \"redis\" is a type of other servers"))
      << daemon.log();
  EXPECT_FALSE(daemon.says("droppable")) << daemon.log();
  EXPECT_TRUE(daemon.process().running());
}

TEST(LarderdStores, AnAdoptedSegmentKeepsItsRecordsAndIsToldWhatTheFileWantsOtherwise) {
  const Home home;
  {
    Daemon first(home, home.config("[store.memory]\nsize = \"64kb\"\n"));
    ASSERT_TRUE(first.ready()) << first.log();
    ASSERT_TRUE(open(home.attach())->key_set("key", "value"));
    first.process().kill();
  }
  Daemon second(home, home.config("[store.fresh]\ndroppable = [\"rate\"]\n"));
  ASSERT_TRUE(second.ready()) << second.log();
  EXPECT_TRUE(second.will_say("store memory: removed: not applied")) << second.log();
  EXPECT_TRUE(second.will_say("store fresh: added: not applied")) << second.log();
  std::string out;
  EXPECT_EQ(open(home.attach())->key_get("key", out), StoreStatus::ok);
  EXPECT_EQ(out, "value");
}

}  // namespace
}  // namespace larder::test
