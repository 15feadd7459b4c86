// life_test.cc – a mail server's night: larderd is started, stopped, killed, doubled, and its segment taken away.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "daemon.h"
#include "support/segments.h"

namespace larder::test {
namespace {

TEST(Larderd, CreatesTheSegmentWithItsCaches) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  EXPECT_TRUE(daemon.says("created segment test")) << daemon.log();
  const Segment segment = home.attach();
  EXPECT_TRUE(segment.cache("session"));
  EXPECT_TRUE(segment.cache("dnsTxt"));
  EXPECT_FALSE(segment.cache("absent"));
}

TEST(Larderd, StoppedItLeavesTheSegment) {
  for (const int number : {SIGTERM, SIGINT}) {
    const Home home;
    Daemon daemon(home, home.config());
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    daemon.process().signal(number);
    EXPECT_TRUE(daemon.process().wait().ok()) << daemon.log();
    EXPECT_EQ(value_in(open_cache(home.attach(), "session"), "k"), std::nullopt);
  }
}

TEST(Larderd, AskedToRetireItLeavesNothing) {
  for (const bool by_option : {true, false}) {
    const Home home;
    const std::string config = home.config(by_option ? "" : "[sidecar]\nretire = true\n");
    Daemon daemon(home, config, by_option ? std::vector<std::string>{"--retire-on-exit"} : std::vector<std::string>{});
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    const Segment worker = home.attach();
    EXPECT_FALSE(worker.retired());
    daemon.process().signal(SIGTERM);
    EXPECT_TRUE(daemon.process().wait().ok()) << daemon.log();
    EXPECT_TRUE(worker.retired());
    EXPECT_TRUE(home.segments.files().empty());
  }
}

TEST(Larderd, KilledItLeavesAWorkingSegmentThatTheNextOneAdopts) {
  const Home home;
  Daemon first(home, home.config());
  ASSERT_TRUE(first.ready()) << first.log();
  const Cache cache = open_cache(home.attach(), "session");
  ASSERT_EQ(cache.put("key", "before"), PutResult::stored);
  first.process().kill();
  EXPECT_EQ(value_in(cache, "key"), "before");
  ASSERT_EQ(cache.put("other", "between"), PutResult::stored);

  Daemon second(home, home.config());
  ASSERT_TRUE(second.ready()) << second.log();
  EXPECT_TRUE(second.says("adopted segment test")) << second.log();
  EXPECT_EQ(value_in(cache, "key"), "before");
  EXPECT_EQ(value_in(open_cache(home.attach(), "session"), "other"), "between");
  EXPECT_TRUE(is_clean(audit_of(home.segments.path())));
}

TEST(Larderd, ASecondOneSaysSoAndEndsWithCodeSix) {
  const Home home;
  Daemon first(home, home.config());
  ASSERT_TRUE(first.ready()) << first.log();
  Daemon second(home, home.config());
  const Ending ending = second.process().wait();
  EXPECT_EQ(ending.code, 6) << ending.text() << second.log();
  EXPECT_TRUE(second.says(std::to_string(first.process().pid()))) << second.log();
  EXPECT_FALSE(second.ready());
  EXPECT_TRUE(first.process().running());
}

TEST(Larderd, ASecondOneThatWaitsTakesOver) {
  const Home home;
  Daemon first(home, home.config());
  ASSERT_TRUE(first.ready()) << first.log();
  Daemon second(home, home.config(), {"--wait"});
  ASSERT_TRUE(second.will_say("waiting for it to end")) << second.log();
  first.process().kill();
  EXPECT_TRUE(second.ready()) << second.log();
  EXPECT_TRUE(second.says("adopted segment test")) << second.log();
}

TEST(Larderd, OneThatWaitsCanBeStopped) {
  const Home home;
  Daemon first(home, home.config());
  ASSERT_TRUE(first.ready()) << first.log();
  Daemon second(home, home.config(), {"--wait"});
  ASSERT_TRUE(second.will_say("waiting for it to end")) << second.log();
  second.process().signal(SIGTERM);
  EXPECT_TRUE(second.process().wait().ok()) << second.log();
}

TEST(Larderd, ManyStartedAtOnceLeaveOne) {
  const Home home;
  const std::string config = home.config();
  std::vector<std::unique_ptr<Daemon>> daemons;
  for (int i = 0; i < 4; ++i) daemons.push_back(std::make_unique<Daemon>(home, config));
  int ready = 0;
  for (const auto& daemon : daemons) ready += daemon->ready() ? 1 : 0;
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(home.segments.files().size(), 1u);
}

TEST(Larderd, ADeletedSegmentIsReplacedAndItsWorkersAreTold) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment worker = home.attach();
  ASSERT_TRUE(std::filesystem::remove(worker.path()));
  EXPECT_TRUE(eventually([&] { return worker.retired(); })) << daemon.log();
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(worker.path()); })) << daemon.log();
  EXPECT_TRUE(daemon.will_say("was deleted")) << daemon.log();
  EXPECT_FALSE(home.attach().retired());
}

// The story: somebody truncates the file under larderd and a worker. Nobody dies; larderd makes a new segment, and what
// is kept on disk is in it: zeros in a lost segment are not taken for removals.
TEST(Larderd, AShortenedSegmentIsReplacedAndWhatIsOnDiskComesBack) {
  const Home home;
  const std::string kept =
      "[store.memory.persistence]\ndirectory = \"" + home.files.path() + "\"\ninterval = \"100ms\"\n";
  Daemon daemon(home, home.config(kept));
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment worker = home.attach();
  const auto store = std::move(*worker.store("memory"));
  const std::string key = "\x11word";  // of the Bayes model, which is durable by default
  ASSERT_TRUE(store->counter_incr(key, 5));
  ASSERT_TRUE(eventually([&] { return figures_of(home.segments.path()).caches.back().disk.rows == 1; }))
      << daemon.log();
  std::filesystem::resize_file(worker.path(), 4096);
  EXPECT_EQ(store->counter_get(key).status, StoreStatus::retired);
  EXPECT_TRUE(daemon.will_say("was shortened")) << daemon.log();
  Result<Segment> fresh = Segment::attach("test", {.directory = home.segments.path()});
  EXPECT_TRUE(eventually([&] {
    fresh = Segment::attach("test", {.directory = home.segments.path()});
    return bool(fresh);
  })) << daemon.log();
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_EQ(std::move(*fresh->store("memory"))->counter_get(key).value, 5) << daemon.log();
}

TEST(Larderd, ARetiredSegmentGetsASuccessor) {
  const Home home;
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment worker = home.attach();
  ASSERT_TRUE(worker.retire());
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(worker.path()); })) << daemon.log();
  EXPECT_TRUE(daemon.will_say("was retired")) << daemon.log();
  EXPECT_FALSE(home.attach().retired());
  EXPECT_TRUE(worker.retired());
}

TEST(Larderd, ANameLeftByARetirerThatDiedIsReplaced) {
  const Home home;
  std::string path;
  {
    // What a process leaves that is killed after it marked the segment and before it removed the name.
    const Segment segment = create_segment(segment_options(home.segments, {cache_options("session", 65'536)}));
    path = segment.path();
    std::filesystem::create_hard_link(path, home.files / "kept");
    ASSERT_TRUE(segment.retire());
    std::filesystem::rename(home.files / "kept", path);
  }
  Daemon daemon(home, home.config());
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  EXPECT_TRUE(daemon.says("created segment test")) << daemon.log();
  EXPECT_FALSE(home.attach().retired());
}

TEST(Larderd, WhatIsNoSegmentIsRefusedAndKept) {
  const Home home;
  std::string path;
  {
    Daemon daemon(home, home.config());
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    path = home.attach().path();
    daemon.process().signal(SIGTERM);
    ASSERT_TRUE(daemon.process().wait().ok());
  }
  const std::string text(8192, 'x');
  std::ofstream(path, std::ios::trunc) << text;
  Daemon daemon(home, home.config());
  const Ending ending = daemon.process().wait();
  EXPECT_EQ(ending.code, 4) << ending.text() << daemon.log();
  EXPECT_TRUE(daemon.says(path)) << daemon.log();
  EXPECT_EQ(std::filesystem::file_size(path), text.size());
}

}  // namespace
}  // namespace larder::test
