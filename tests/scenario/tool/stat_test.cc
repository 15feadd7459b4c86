// stat_test.cc – `larder stat` and `larder workers` where output is not a terminal.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "run_tool.h"
#include "support/process.h"

namespace larder::test {
namespace {

using Stat = ToolTest;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Stat, OneLinePerCacheOnceWhenRedirected) {
  make_segment();
  const Outcome run = on_test({"stat"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 3) << run.out;
  EXPECT_FALSE(has(run.out, "\x1b")) << "control sequences in redirected output";
  for (const char* word :
       {"small", "dnsTxt", "HIT% ALL", "OPS/S", "USED", "BUDGET", "ENTRIES", "EVICTED", "EXPIRED", "OVERHEAD"}) {
    EXPECT_TRUE(has(run.out, word)) << word << "\n" << run.out;
  }
  EXPECT_FALSE(has(on_test({"stat", "--cache", "dns*"}).out, "small"));
}

TEST_F(Stat, CountsWhatHappened) {
  make_segment();
  {
    const Cache cache = open_cache(attach_segment(directory_.path()), "small");
    std::string value;
    for (int i = 0; i < 10; ++i) ASSERT_EQ(cache.put(key_name("k", unsigned(i)), "v"), PutResult::stored);
    for (int i = 0; i < 40; ++i) ASSERT_EQ(bool(cache.get(key_name("k", unsigned(i)), value)), i < 10);
  }
  const Outcome run = on_test({"stat", "--json", "--cache", "small"});
  EXPECT_TRUE(is_json(run.out));
  for (const char* field : {"\"hits\":10,", "\"misses\":30,", "\"puts\":10,", "\"entries\":10,", "\"hit_ratio\":0.25,",
                            "\"budget_bytes\":", "\"overhead_bytes_per_entry\":", "\"operations\":50,"}) {
    EXPECT_TRUE(has(run.out, field)) << field << "\n" << run.out;
  }
}

TEST_F(Stat, SortsByAColumn) {
  make_segment();
  ASSERT_EQ(on_test({"put", "k", "v", "--cache", "dnsTxt"}).code, 0);
  const Outcome by_entries = on_test({"stat", "--sort", "entries"});
  EXPECT_LT(by_entries.out.find("dnsTxt"), by_entries.out.find("small")) << by_entries.out;
  ASSERT_EQ(on_test({"put", "k1", "v", "--cache", "small"}).code, 0);
  ASSERT_EQ(on_test({"put", "k2", "v", "--cache", "small"}).code, 0);
  const Outcome again = on_test({"stat", "--sort", "entries"});
  EXPECT_GT(again.out.find("dnsTxt"), again.out.find("small")) << again.out;
}

TEST_F(Stat, WatchesForAWhile) {
  make_segment();
  const Outcome run = on_test({"stat", "--watch", "0.1", "--seconds", "0.35", "--json"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(is_json(run.out));
  const auto samples = std::count(run.out.begin(), run.out.end(), '\n');
  EXPECT_GE(samples, 2);  // more than once, and it ended by itself; how often depends on how busy the machine is
}

TEST_F(Stat, WaitsForASegmentThatComesLater) {
  Process maker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    make_segment();
    return 0;
  });
  const Outcome run = on_test({"stat", "--wait", "20"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(maker.wait().ok());
}

TEST_F(Stat, WorkersAreListedWithKindAndState) {
  make_segment();
  const Segment attached = attach_segment(directory_.path(), "imap");
  Process stopped([&] {
    const Segment own = attach_segment(directory_.path(), "smtp");
    ::raise(SIGSTOP);
    return 0;
  });
  for (int i = 0; i < 100 && !has(on_test({"workers"}).out, "stopped"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const Outcome run = on_test({"workers"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "imap") && has(run.out, std::to_string(::getpid())) && has(run.out, "running")) << run.out;
  EXPECT_TRUE(has(run.out, "smtp") && has(run.out, "stopped")) << run.out;
  const Outcome json = on_test({"workers", "--json"});
  EXPECT_TRUE(is_json(json.out));
  EXPECT_TRUE(has(json.out, "\"state\":\"stopped\"")) << json.out;
  stopped.signal(SIGCONT);
  EXPECT_TRUE(stopped.wait().ok());
}

}  // namespace
}  // namespace larder::test
