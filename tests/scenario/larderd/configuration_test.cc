// configuration_test.cc – an administrator edits the file under a running larderd, well and badly.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "daemon.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;

TEST(LarderdConfiguration, MistakesAreAllNamedAndEndItWithCodeTwo) {
  const Home home;
  const std::string config = home.config("[cache.other]\nsice = 1\n[sidecar]\ninterval = \"1w\"\n");
  Daemon daemon(home, config);
  const Ending ending = daemon.process().wait();
  EXPECT_EQ(ending.code, 2) << ending.text();
  EXPECT_TRUE(daemon.says(config + ":6:1: unknown key \"sice\"")) << daemon.log();
  EXPECT_TRUE(daemon.says(config + ":8:12: sidecar.interval")) << daemon.log();
  EXPECT_TRUE(home.segments.files().empty());
}

TEST(LarderdConfiguration, AMissingFileEndsItWithCodeThree) {
  const Home home;
  Daemon daemon(home, home.files / "absent.toml");
  EXPECT_EQ(daemon.process().wait().code, 3);
  EXPECT_TRUE(daemon.says("absent.toml")) << daemon.log();
}

TEST(LarderdConfiguration, ABadCommandLineEndsItWithCodeTwo) {
  const Home home;
  Daemon daemon(home, home.config(), {"--nonsense"});
  EXPECT_EQ(daemon.process().wait().code, 2);
  EXPECT_TRUE(daemon.says("--nonsense")) << daemon.log();
}

TEST(LarderdConfiguration, ABadSegmentNameEndsItWithCodeTwo) {
  const Home home;
  Daemon daemon(home, home.config(), {"--segment", "a/b"});
  EXPECT_EQ(daemon.process().wait().code, 2) << daemon.log();
  EXPECT_TRUE(daemon.says("a/b")) << daemon.log();
}

TEST(LarderdConfiguration, AnAbsentDirectoryEndsItWithCodeThree) {
  const Home home;
  Daemon daemon(home, home.config(), {"--directory", home.files / "absent"});
  EXPECT_EQ(daemon.process().wait().code, 3) << daemon.log();
  EXPECT_TRUE(daemon.says("absent")) << daemon.log();
}

TEST(LarderdConfiguration, ASighupAppliesWhatCanChangeAndNamesWhatCannot) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Cache cache = open_cache(home.attach(), "session");
  ASSERT_EQ(cache.put("before", "v"), PutResult::stored);
  home.write(home.files / "larder.toml",
             "[segment]\nmode = \"0660\"\nworkers = 9\n[cache.session]\nsize = \"512kb\"\nttl = \"100ms\"\n");
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say("SIGHUP: read")) << daemon.log();
  EXPECT_TRUE(daemon.will_say("applied")) << daemon.log();
  EXPECT_TRUE(eventually([&] {
    const std::string log = daemon.log();
    return log.find("ttl") != std::string::npos && log.find("size") != std::string::npos &&
           log.find("not applied") != std::string::npos && log.find("workers") != std::string::npos &&
           log.find("segment.mode: \"0600\" -> \"0660\": not applied") != std::string::npos;
  })) << daemon.log();
  // The new time to live counts for new entries, the old ones keep theirs.
  ASSERT_EQ(cache.put("after", "v"), PutResult::stored);
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(cache.contains("after"));
  EXPECT_TRUE(cache.contains("before"));
}

TEST(LarderdConfiguration, ABrokenFileAtSighupChangesNothing) {
  const Home home;
  const std::string config = home.config();
  Daemon daemon(home, config);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Cache cache = open_cache(home.attach(), "session");
  home.write(config, "[cache.session]\nsize = \"256kb\"\nttl = \"50ms\"\nmode = \"sometimes\"\n");
  daemon.process().signal(SIGHUP);
  ASSERT_TRUE(daemon.will_say(config + ":4:8: cache.session.mode")) << daemon.log();
  ASSERT_EQ(cache.put("key", "v"), PutResult::stored);
  std::this_thread::sleep_for(150ms);
  EXPECT_TRUE(cache.contains("key"));
  EXPECT_TRUE(daemon.process().running());
}

TEST(LarderdConfiguration, WhatTheFileWantsOtherwiseIsNamedWhenASegmentIsAdopted) {
  const Home home;
  {
    Daemon first(home, home.config());
    ASSERT_TRUE(first.ready()) << first.log();
    first.process().kill();
  }
  Daemon second(home, home.config("ttl = \"1h\"\n[cache.fresh]\n"));
  ASSERT_TRUE(second.ready()) << second.log();
  EXPECT_TRUE(second.says("ttl")) << second.log();
  EXPECT_TRUE(second.says("fresh")) << second.log();
  EXPECT_TRUE(second.says("not applied")) << second.log();
}

}  // namespace
}  // namespace larder::test
