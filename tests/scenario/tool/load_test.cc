// load_test.cc – the workload runs, checks what it reads, survives kills, and leaves a clean segment.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "run_tool.h"
#include "support/process.h"

namespace larder::test {
namespace {

using Load = ToolTest;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The number after "name": in JSON text; -1 if it is not there.
double number_in(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":");
  return at == std::string::npos ? -1 : std::stod(json.substr(at + name.size() + 3));
}

TEST_F(Load, TwoSecondsWithoutAWrongValue) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  const Outcome run = on_test({"load", "--seconds", "2", "--rate", "0", "--users", "5000", "--json"});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_TRUE(is_json(run.out));
  EXPECT_EQ(number_in(run.out, "wrong_values"), 0) << run.out;
  EXPECT_EQ(number_in(run.out, "died"), 0);
  EXPECT_GT(number_in(run.out, "hits"), 10'000) << run.out;
  EXPECT_GT(number_in(run.out, "misses"), 1000);
  EXPECT_GT(number_in(run.out, "puts"), 1000);
  const SegmentFigures figures = figures_of(directory_.path());
  EXPECT_TRUE(figures.workers.empty()) << "workers were left behind";
  for (const CacheFigures& cache : figures.caches) {
    EXPECT_LE(cache.used_bytes, cache.budget) << cache.name;
  }
  EXPECT_TRUE(is_clean(audit_of(directory_.path()), true));
}

TEST_F(Load, EveryCacheOfTheWorkloadIsUsed) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  ASSERT_EQ(on_test({"load", "--operations", "60000", "--seconds", "60", "--rate", "0"}).code, 0);
  for (const CacheFigures& cache : figures_of(directory_.path()).caches) {
    if (cache.name == "roles" || cache.group == "store") continue;  // no worker of the workload uses them
    EXPECT_GT(cache[Counter::puts], 0u) << cache.name;
    EXPECT_GT(cache[Counter::hits], 0u) << cache.name;
  }
}

TEST_F(Load, OneWorkerWithOneSeedAsksTheSameTwice) {
  std::string outputs[2];
  for (std::string& output : outputs) {
    ASSERT_EQ(tool({"create", "test"}).code, 0);
    const Outcome run = on_test({"load", "--imap", "0", "--jmap", "0", "--operations", "20000", "--seconds", "60",
                                 "--rate", "0", "--seed", "5", "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    output = run.out.substr(run.out.find("\"hits\""));
    output = output.substr(0, output.find("\"kinds\""));
    ASSERT_EQ(tool({"retire", "test"}).code, 0);
  }
  EXPECT_EQ(outputs[0], outputs[1]);
}

TEST_F(Load, KeepsToTheRate) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  const Outcome run = on_test({"load", "--seconds", "2", "--rate", "2000", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_GT(number_in(run.out, "operations"), 1000);
  EXPECT_LT(number_in(run.out, "operations"), 14'000);
}

/// Kills workers that the segment lists, one every 100 ms, until the load ends.
uint64_t kill_some(const std::string& directory, int how_many) {
  uint64_t killed = 0;
  for (int i = 0; i < how_many; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    for (const WorkerFigures& worker : figures_of(directory).workers) {
      if (worker.state != WorkerState::running || worker.kind == "killer") continue;
      ::kill(static_cast<pid_t>(worker.pid), SIGKILL);
      ++killed;
      break;
    }
  }
  return killed;
}

TEST_F(Load, KilledWorkersAreReportedAndReplaced) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  Outcome run;
  std::thread load([&] { run = on_test({"load", "--seconds", "3", "--rate", "0", "--respawn", "--json"}); });
  const uint64_t killed = kill_some(directory_.path(), 8);
  load.join();
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_GT(killed, 3u);
  EXPECT_EQ(number_in(run.out, "died"), double(killed)) << run.out;
  EXPECT_EQ(number_in(run.out, "wrong_values"), 0) << run.out;
  EXPECT_TRUE(has(run.err, "signal 9")) << run.err;
  attach_segment(directory_.path(), "killer").bury_dead();
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
  EXPECT_TRUE(figures_of(directory_.path()).workers.empty());
}

TEST_F(Load, AKilledWorkerWithoutRespawnIsANegativeAnswer) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  Outcome run;
  std::thread load([&] { run = on_test({"load", "--seconds", "1.5", "--rate", "5000"}); });
  const uint64_t killed = kill_some(directory_.path(), 1);
  load.join();
  EXPECT_EQ(killed, 1u);
  EXPECT_EQ(run.code, 1) << run.out << run.err;
}

TEST_F(Load, WorkersFollowTheSuccessorOfARetiredSegment) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  Outcome run;
  std::thread load([&] { run = on_test({"load", "--seconds", "2.5", "--rate", "5000"}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  EXPECT_EQ(tool({"retire", "test"}).code, 0);
  EXPECT_EQ(tool({"create", "test"}).code, 0);
  load.join();
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  uint64_t puts = 0;
  for (const CacheFigures& cache : figures_of(directory_.path()).caches) puts += cache[Counter::puts];
  EXPECT_GT(puts, 100u) << "nobody works on the successor";
}

TEST_F(Load, AValueThatIsNotTheWorkloadsIsFound) {
  ASSERT_EQ(tool({"create", "test"}).code, 0);
  // Poison the most popular account's record: the next hit on it must be reported as wrong.
  ASSERT_EQ(
      on_test({"put", "\\x00\\x00\\x00\\x00", "this is not what a worker stored", "--cache", "accounts", "--escaped"})
          .code,
      0);
  const Outcome run = on_test({"load", "--operations", "5000", "--seconds", "60", "--rate", "0", "--json"});
  EXPECT_EQ(run.code, 1) << run.out << run.err;
  EXPECT_GT(number_in(run.out, "wrong_values"), 0);
  EXPECT_TRUE(has(run.err, "wrong value")) << run.err;
}

}  // namespace
}  // namespace larder::test
