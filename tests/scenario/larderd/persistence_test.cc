// persistence_test.cc – everything dies at once and the segment is gone: what was answered an interval before is there.
//
// The story: larderd keeps a store on disk; three workers count, create and remove durable keys. A watcher remembers
// what had been answered when. At a random moment everybody is killed and the segment's file removed, as a machine does
// that loses its power. The next larderd has every counter at least as far as it had been answered one interval before,
// no further than it was ever asked to count, and nothing that was removed one interval before.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <thread>

#include "daemon.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;
using Moment = std::chrono::steady_clock::time_point;

constexpr uint64_t kWorkers = 3, kCounters = 24;
constexpr auto kInterval = 1000ms;

int rounds(int usual) {
  const char* wanted = std::getenv("LARDER_PERSIST_ROUNDS");
  return wanted != nullptr ? std::atoi(wanted) : usual;
}

/// What the workers say; in memory that survives them.
struct Board {
  std::atomic<int64_t> asked[kCounters];     ///< increments begun
  std::atomic<int64_t> answered[kCounters];  ///< increments answered
  std::atomic<uint64_t> removed[kWorkers];   ///< every key of the worker with a smaller number was removed
  std::atomic<uint64_t> refused;             ///< answers that should not have come
};

struct Shared {
  Board* board =
      static_cast<Board*>(mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ~Shared() { munmap(board, sizeof(Board)); }
};

std::string counter_key(uint64_t number) { return "\x11" + key_name("count", number); }
std::string brief_key(uint64_t worker, uint64_t number) {
  return "\x12" + key_name("brief" + std::to_string(worker), number);
}

std::unique_ptr<Store> store_of(const Segment& segment) {
  auto store = segment.store("memory");
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

/// Counts, and creates and removes keys of its own, until it is killed.
int work(const Home& home, Board& board, uint64_t worker, uint64_t seed) {
  const Segment segment = home.attach("worker");
  const auto store = store_of(segment);
  Random random(seed);
  for (uint64_t i = board.removed[worker].load();; ++i) {
    for (int n = 0; n < 20; ++n) {
      const uint64_t counter = random.below(kCounters);
      board.asked[counter].fetch_add(1);
      if (store->counter_incr(counter_key(counter), 1))
        board.answered[counter].fetch_add(1);
      else
        ++board.refused;
    }
    const std::string key = brief_key(worker, i);
    if (!store->key_set(key, value_of(key, i, 64))) ++board.refused;
    std::this_thread::sleep_for(1ms);
    if (store->key_delete(key) != StoreStatus::ok) ++board.refused;
    board.removed[worker].store(i + 1);
  }
}

/// What had been answered at a moment.
struct Sample {
  Moment when;
  int64_t answered[kCounters];
  uint64_t removed[kWorkers];
};

Sample sample(const Board& board) {
  Sample now{std::chrono::steady_clock::now(), {}, {}};
  for (uint64_t i = 0; i < kCounters; ++i) now.answered[i] = board.answered[i].load();
  for (uint64_t i = 0; i < kWorkers; ++i) now.removed[i] = board.removed[i].load();
  return now;
}

struct PersistentHome : Home {
  std::string config_path =
      config("[store.\"memory\"]\nsize = \"4mb\"\n[store.\"memory\".persistence]\ndirectory = \"" + (files / "disk") +
             "\"\ninterval = \"" + std::to_string(kInterval.count()) + "ms\"\n");
};

std::vector<Process> start_workers(const Home& home, Board& board, uint64_t seed) {
  std::vector<Process> workers;
  for (uint64_t worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([&home, &board, worker, seed] { return work(home, board, worker, seed * 10 + worker); });
  return workers;
}

void expect_kept(const Home& home, const Sample& then, const Board& board) {
  const Segment segment = home.attach();
  const auto store = store_of(segment);
  for (uint64_t i = 0; i < kCounters; ++i) {
    const int64_t value = store->counter_get(counter_key(i)).value;
    EXPECT_GE(value, then.answered[i]) << "counter " << i << " lost more than an interval";
    EXPECT_LE(value, board.asked[i].load()) << "counter " << i << " counts what nobody asked for";
  }
  for (uint64_t worker = 0; worker < kWorkers; ++worker)
    for (uint64_t i = 0; i < then.removed[worker]; ++i)
      ASSERT_EQ(store->key_exists(brief_key(worker, i)), StoreStatus::absent)
          << "worker " << worker << " removed key " << i << " of " << then.removed[worker];
}

TEST(Persistence, KillingEverybodyAndRemovingTheSegmentLosesAnIntervalAtMost) {
  const PersistentHome home;
  const Shared shared;
  Board& board = *shared.board;
  Random random(17);
  const int all = rounds(4);
  for (int round = 0; round < all; ++round) {
    std::deque<Sample> samples;
    {
      Daemon daemon(home, home.config_path);
      ASSERT_TRUE(daemon.ready()) << daemon.log();
      std::vector<Process> workers = start_workers(home, board, static_cast<uint64_t>(round));
      const auto end = std::chrono::steady_clock::now() + kInterval + milliseconds(200 + random.below(700));
      samples.push_back(sample(board));
      while (std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(5ms);
        samples.push_back(sample(board));
      }
      for (Process& worker : workers) worker.signal(SIGKILL);
      daemon.process().signal(SIGKILL);
    }
    const Moment death = samples.back().when;
    while (samples.size() > 1 && samples[1].when <= death - kInterval) samples.pop_front();
    std::filesystem::remove(home.segments / "test.larder");

    Daemon next(home, home.config_path);
    ASSERT_TRUE(next.ready()) << next.log();
    EXPECT_TRUE(next.says("restored")) << next.log();
    EXPECT_FALSE(next.says("damaged")) << next.log();
    expect_kept(home, samples.front(), board);
    ASSERT_FALSE(HasFailure()) << "round " << round << '\n' << next.log();
    // What was lost is lost: from here on the counters go on from what there is.
    const auto store = store_of(home.attach());
    for (uint64_t i = 0; i < kCounters; ++i) {
      const int64_t value = store->counter_get(counter_key(i)).value;
      board.asked[i].store(value);
      board.answered[i].store(value);
    }
    for (uint64_t worker = 0; worker < kWorkers; ++worker)  // the last interval's removals are to be made again
      for (uint64_t i = 0; i < board.removed[worker].load(); ++i)
        ASSERT_NE(store->key_delete(brief_key(worker, i)), StoreStatus::full);
    next.process().signal(SIGTERM);
    ASSERT_TRUE(next.process().wait().ok()) << next.log();
    std::filesystem::remove(home.segments / "test.larder");
  }
  EXPECT_EQ(board.refused.load(), 0u);
}

TEST(Persistence, LarderdKilledAgainAndAgainKeepsUpInTheEnd) {
  const PersistentHome home;
  const Shared shared;
  Board& board = *shared.board;
  Random random(18);
  {
    Daemon first(home, home.config_path);
    ASSERT_TRUE(first.ready()) << first.log();
    std::vector<Process> workers = start_workers(home, board, 99);
    for (int kill = 0, kills = rounds(8); kill < kills; ++kill) {
      std::optional<Daemon> daemon;
      if (kill == 0) first.process().kill();
      daemon.emplace(home, home.config_path);
      ASSERT_TRUE(daemon->ready()) << daemon->log();
      std::this_thread::sleep_for(milliseconds(random.below(400)));
      EXPECT_FALSE(daemon->says("damaged")) << daemon->log();
    }
    Daemon last(home, home.config_path);
    ASSERT_TRUE(last.ready()) << last.log();
    for (Process& worker : workers) worker.kill();
    last.process().signal(SIGTERM);
    ASSERT_TRUE(last.process().wait().ok()) << last.log();
  }
  const Sample end = sample(board);
  std::filesystem::remove(home.segments / "test.larder");
  Daemon daemon(home, home.config_path);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  expect_kept(home, end, board);
}

TEST(Persistence, AStopAndARetirementWriteEverything) {
  const PersistentHome home;
  for (int64_t life = 1; life <= 3; ++life) {
    Daemon daemon(home, home.config_path,
                  life == 2 ? std::vector<std::string>{"--retire-on-exit"} : std::vector<std::string>{});
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    const Segment segment = home.attach();
    EXPECT_EQ(store_of(segment)->counter_incr(counter_key(0), 1).value, life);
    daemon.process().signal(SIGTERM);
    ASSERT_TRUE(daemon.process().wait().ok()) << daemon.log();
    std::filesystem::remove(home.segments / "test.larder");
  }
}

TEST(Persistence, ADeletedSegmentsSuccessorHasWhatWasKept) {
  const PersistentHome home;
  Daemon daemon(home, home.config_path);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  const Segment worker = home.attach();
  ASSERT_TRUE(store_of(worker)->counter_incr(counter_key(0), 7));
  ASSERT_TRUE(std::filesystem::remove(worker.path()));
  ASSERT_TRUE(eventually([&] { return worker.retired(); })) << daemon.log();
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(worker.path()); })) << daemon.log();
  EXPECT_EQ(store_of(home.attach())->counter_get(counter_key(0)).value, 7);
}

TEST(Persistence, ADatabaseInUseNamesItsWriter) {
  const PersistentHome home;
  Daemon first(home, home.config_path);
  ASSERT_TRUE(first.ready()) << first.log();
  Daemon second(home, home.config_path);
  EXPECT_EQ(second.process().wait().code, 6) << second.log();
  EXPECT_TRUE(second.says("written by another larderd (pid " + std::to_string(first.process().pid()))) << second.log();
}

TEST(Persistence, ADirectoryThatCannotBeUsedIsAnErrorAtTheStart) {
  const PersistentHome home;
  home.write(home.files / "disk", "a file");
  Daemon daemon(home, home.config_path);
  EXPECT_NE(daemon.process().wait().code, 0) << daemon.log();
  EXPECT_TRUE(daemon.says(home.files / "disk")) << daemon.log();
  EXPECT_TRUE(daemon.says("hint: ")) << daemon.log();
  EXPECT_TRUE(home.segments.files().empty());
}

TEST(Persistence, ADamagedDatabaseIsSalvagedAndSaid) {
  const PersistentHome home;
  const std::string database = home.files / "disk/test.memory.db";
  {
    Daemon daemon(home, home.config_path);
    ASSERT_TRUE(daemon.ready()) << daemon.log();
    const auto store = store_of(home.attach());
    for (uint64_t i = 0; i < 2000; ++i) ASSERT_TRUE(store->counter_incr(counter_key(i), 1));
    daemon.process().signal(SIGTERM);
    ASSERT_TRUE(daemon.process().wait().ok()) << daemon.log();
  }
  std::filesystem::remove(home.segments / "test.larder");
  std::filesystem::resize_file(database, std::filesystem::file_size(database) * 3 / 4);
  Daemon daemon(home, home.config_path);
  ASSERT_TRUE(daemon.ready()) << daemon.log();
  EXPECT_TRUE(daemon.says("rows were recovered")) << daemon.log();
  EXPECT_TRUE(daemon.says("is kept as " + database + ".damaged-")) << daemon.log();
  EXPECT_GT(cache_figures(home.segments.path(), "memory").entries, 500u);
}

}  // namespace
}  // namespace larder::test
