// counting_test.cc – eight processes count, lock, insert and delete in one store, and are killed and stopped at random.
//
// The story: workers increment hot and cold counters, volatile and durable, in a store so small that records move all
// the time; they take leases that end with their process. Each writes down, outside of the segment, what it is about to
// add and what was answered. A tormentor kills, stops, continues and replaces them and audits the running segment. At
// the end every counter has exactly the increments that were answered, plus at most those that a killed worker was just
// making. No two held a lease at once. In the second story, prefixes are deleted by processes that are killed at it,
// beside inserters that are killed too: what was there before a deletion began that was finished is gone.
#include "stress/counting.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds duration() {
  const char* wanted = std::getenv("LARDER_STRESS_SECONDS");
  return std::chrono::seconds(wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 9);
}

uint64_t seed() {
  const char* wanted = std::getenv("LARDER_STRESS_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
}

SegmentOptions options_of(const TempDirectory& directory, uint64_t size) {
  SegmentOptions options = segment_options(directory, {});
  StoreOptions store;
  store.size = size;
  store.page_size = 1024;
  store.expected_entry = 128;
  store.durable = {'d'};
  options.stores.push_back(store);
  return options;
}

/// One life of a worker.
int count(const TempDirectory& directory, Board& board, uint32_t seat, uint64_t life) {
  const Segment segment = attach_segment(directory.path(), "counter");
  Counting counting(segment, board, seat, life, seed());
  while (!board.stop) {
    if (counting.step()) continue;
    fmt::print(stderr, "life {}: {} {}\n", life, counting.complaint(), segment.last_error());
    return 1;
  }
  return 0;
}

/// One life of an inserter: keys p/<seat>/1, 2, 3, …, each twice, volatile and durable.
int insert(const TempDirectory& directory, Board& board, uint32_t seat) {
  const Segment segment = attach_segment(directory.path(), "inserter");
  const auto store = open_store(segment);
  std::atomic<uint64_t>& inserted = board.seats[seat].inserted;
  while (!board.stop) {
    const uint64_t next = inserted + 1;
    if (next > board.checked + 150) {
      std::this_thread::yield();
      continue;
    }
    for (const char* stem : {"p", "dp"}) {
      const StoreStatus status = store->key_set(fmt::format("{}/{}/{}", stem, seat, next), "v").status;
      if (status == StoreStatus::ok) continue;
      fmt::print(stderr, "an insert is answered {}: {}\n", to_string(status), store->full_text());
      return 1;
    }
    inserted = next;
  }
  return 0;
}

int delete_prefixes(const TempDirectory& directory, Board& board) {
  const Segment segment = attach_segment(directory.path(), "deleter");
  const auto store = open_store(segment);
  uint64_t removed = 0;
  while (!board.stop)
    for (const char* prefix : {"p/", "dp/"})
      if (store->key_delete_prefix(prefix, removed) != StoreStatus::ok) return 1;
  return 0;
}

/// Kills, stops, continues and replaces processes.
class Fleet {
 public:
  using Start = std::function<Process(uint32_t seat, uint64_t life)>;
  using Settle = std::function<void(uint32_t seat)>;
  Fleet(Board& board, uint32_t size, Start start, Settle settle)
      : board_(board), start_(std::move(start)), settle_(std::move(settle)), random_(seed()) {
    for (uint32_t seat = 0; seat < size; ++seat) fleet_.push_back(start_(seat, lives_.emplace_back(++life_)));
  }

  void torment() {
    std::this_thread::sleep_for(std::chrono::microseconds(300 + random_.below(8'000)));
    const auto victim = static_cast<uint32_t>(random_.below(fleet_.size()));
    const uint64_t choice = random_.below(100);
    if (choice < 45 && life_ + 1 < kLives) {
      board_.doomed[lives_[victim]] = true;
      expect_killed(fleet_[victim].kill());
      settle_(victim);
      lives_[victim] = ++life_;
      fleet_[victim] = start_(victim, life_);
      ++kills;
    } else if (choice < 70) {
      fleet_[victim].signal(SIGSTOP);
      ++stops;
    } else {
      go_on();
    }
  }
  void go_on() {
    for (const Process& worker : fleet_) worker.signal(SIGCONT);
  }
  void finish() {
    go_on();
    board_.stop = true;
    for (Process& worker : fleet_) {
      const Ending ending = worker.wait(std::chrono::seconds(20));
      EXPECT_TRUE(ending.ok()) << ending.text();
    }
  }

  uint32_t kills = 0, stops = 0;

 private:
  static void expect_killed(const Ending& ending) { EXPECT_EQ(ending.signal, SIGKILL) << ending.text(); }

  Board& board_;
  Start start_;
  Settle settle_;
  Random random_;
  uint64_t life_ = 0;
  std::vector<uint64_t> lives_;
  std::vector<Process> fleet_;
};

void expect_clean_end(const TempDirectory& directory) {
  attach_segment(directory.path(), "undertaker").bury_dead();
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  EXPECT_TRUE(pages_are_conserved(cache_figures(directory.path(), "memory")));
}

TEST(StoreUnderKills, CountsExactlyToTheLastAnswer) {
  const TempDirectory directory;
  create_segment(options_of(directory, 64 << 10));
  Board& board = *Board::make();
  Fleet fleet(
      board, kSeats,
      [&](uint32_t seat, uint64_t life) {
        return Process([&, seat, life] { return count(directory, board, seat, life); });
      },
      [&](uint32_t seat) { board.settle(seat); });
  const auto end = Clock::now() + duration();
  auto next_audit = Clock::now() + std::chrono::seconds(1);
  uint32_t audits = 0;
  while (Clock::now() < end && !::testing::Test::HasFailure()) {
    fleet.torment();
    if (Clock::now() < next_audit) continue;
    EXPECT_TRUE(is_clean(audit_of(directory.path())));
    ++audits;
    next_audit = Clock::now() + std::chrono::seconds(1);
  }
  fleet.finish();
  expect_clean_end(directory);
  EXPECT_EQ(board.held_twice, 0u);
  const Segment segment = attach_segment(directory.path());
  const Reckoning reckoning = reckon(*open_store(segment), board);
  EXPECT_EQ(reckoning.wrong, "");
  const CacheFigures figures = cache_figures(directory.path(), "memory");
  EXPECT_GT(figures[Counter::pages_emptied], 100u);
  EXPECT_GT(fleet.kills, 0u);
  fmt::print(
      "[  STRESS  ] {} increments answered, {} in flight at a kill, {} kills, {} stops, {} leases, {} pages compacted, "
      "{} "
      "audits under load\n",
      reckoning.answered, reckoning.uncertain, fleet.kills, fleet.stops, board.leases.load(),
      figures[Counter::pages_emptied], audits);
}

TEST(StoreUnderKills, PrefixDeletionTakesWhatWasThereBeforeItBegan) {
  constexpr uint32_t kInserters = 2, kDeleters = 2;
  const TempDirectory directory;
  create_segment(options_of(directory, 256 << 10));
  const Segment segment = attach_segment(directory.path());
  const auto store = open_store(segment);
  for (uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(store->key_set(key_name("stays", i), "v"));
  Board& board = *Board::make();
  Fleet fleet(
      board, kInserters + kDeleters,
      [&](uint32_t seat, uint64_t) {
        return Process([&, seat] {
          return seat < kInserters ? insert(directory, board, seat) : delete_prefixes(directory, board);
        });
      },
      [](uint32_t) {});
  uint64_t rounds = 0, checked[kInserters] = {}, all = 0;
  const auto end = Clock::now() + duration() / 3;
  while (Clock::now() < end && !::testing::Test::HasFailure()) {
    uint64_t before[kInserters];
    for (uint32_t seat = 0; seat < kInserters; ++seat) before[seat] = board.seats[seat].inserted;
    uint64_t removed = 0;
    for (const char* prefix : {"p/", "dp/"}) ASSERT_EQ(store->key_delete_prefix(prefix, removed), StoreStatus::ok);
    uint64_t least = UINT64_MAX;
    for (uint32_t seat = 0; seat < kInserters; ++seat) {
      for (; checked[seat] < before[seat]; ++checked[seat], ++all)
        for (const char* stem : {"p", "dp"})
          EXPECT_EQ(store->key_exists(fmt::format("{}/{}/{}", stem, seat, checked[seat] + 1)), StoreStatus::absent);
      least = std::min(least, checked[seat]);
    }
    board.checked = least;
    ++rounds;
    fleet.torment();
  }
  fleet.finish();
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(store->key_exists(key_name("stays", i)), StoreStatus::ok);
  EXPECT_GT(all, 0u);
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
  fmt::print("[  STRESS  ] {} prefix deletions took {} keys beside {} kills and {} stops\n", rounds, all, fleet.kills,
             fleet.stops);
}

}  // namespace
}  // namespace larder::test
