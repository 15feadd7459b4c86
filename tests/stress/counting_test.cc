// counting_test.cc – eight processes count, lock, insert and delete in one store, and are killed and stopped at random.
//
// The story: workers increment hot and cold counters, volatile and durable, in a store so small that records move all
// the time; they take leases that end with their process. Each writes down, outside of the segment, what it is about to
// add and what was answered. A tormentor kills, stops, continues and replaces them and audits the running segment. At
// the end every counter has exactly the increments that were answered, plus at most those that a killed worker was just
// making. No two held a lease at once. In the second story, prefixes are deleted by processes that are killed at it,
// beside inserters that are killed too: what was there before a deletion began that was finished is gone.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "larder/mail/lease.h"
#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kSeats = 8, kCounters = 48, kHot = 3, kLocks = 4, kLives = 1 << 16;

std::chrono::milliseconds duration() {
  const char* wanted = std::getenv("LARDER_STRESS_SECONDS");
  return std::chrono::seconds(wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 9);
}

uint64_t seed() {
  const char* wanted = std::getenv("LARDER_STRESS_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
}

/// What one place among the workers has done, over all the lives of it.
struct Seat {
  std::atomic<uint64_t> answered[kCounters];
  std::atomic<uint64_t> pending;   ///< counter + 1 << 48 | answered[counter] before; 0 = at nothing
  std::atomic<uint64_t> inserted;  ///< keys 1..inserted were acknowledged
};

/// Shared by all, outside of the segment.
struct Board {
  std::atomic<bool> stop;
  std::atomic<uint32_t> held_twice;
  std::atomic<uint64_t> leases;
  std::atomic<uint64_t> checked;  ///< inserters keep close to it
  std::atomic<uint64_t> holder[kLocks];
  std::atomic<bool> doomed[kLives];  ///< is or will soon be killed
  Seat seats[kSeats];

  static Board* make() {
    void* map = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::runtime_error("cannot map a board");
    return new (map) Board{};
  }
};

std::unique_ptr<Store> open_store(const Segment& segment) {
  auto store = segment.store("memory");
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
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

std::string counter_name(uint64_t number) { return fmt::format("{}counter-{}", number % 3 == 0 ? "d" : "", number); }

/// One life of a worker.
class Counting {
 public:
  Counting(const TempDirectory& directory, Board& board, uint32_t seat, uint64_t life)
      : segment_(attach_segment(directory.path(), "counter")),
        store_(open_store(segment_)),
        leases_(*store_),
        board_(board),
        seat_(board.seats[seat]),
        life_(life),
        random_(seed() << 32 | life) {}

  int run() {
    while (!board_.stop) {
      const uint64_t choice = random_.below(100);
      const std::string wrong = choice < 84 ? count() : choice < 95 ? churn() : lock();
      if (wrong.empty()) continue;
      fmt::print(stderr, "life {}: {} {}\n", life_, wrong, segment_.last_error());
      return 1;
    }
    return 0;
  }

 private:
  std::string count() {
    const uint64_t counter = random_.below(2) == 0 ? random_.below(kHot) : random_.below(kCounters);
    const uint64_t before = seat_.answered[counter];
    seat_.pending = (counter + 1) << 48 | before;
    const CounterAnswer answer = store_->counter_incr(counter_name(counter), 1);
    if (!answer) return fmt::format("an increment is answered {}", to_string(answer.status));
    seat_.answered[counter] = before + 1;
    seat_.pending = 0;
    if (answer.value <= last_[counter])
      return fmt::format("a counter went from {} to {}", last_[counter], answer.value);
    last_[counter] = answer.value;
    return {};
  }

  /// Garbage, so that pages are compacted.
  std::string churn() {
    const std::string key = key_name(random_.below(4) == 0 ? "dchurn" : "churn", random_.below(12));
    if (random_.below(4) == 0) {
      (void)store_->key_delete(key);
      return {};
    }
    const StoreStatus status = store_->key_set(key, value_of(key, life_, 100 + random_.below(300))).status;
    if (status == StoreStatus::ok || status == StoreStatus::full) return {};  // the stopped hold pages
    return fmt::format("a set is answered {}", to_string(status));
  }

  std::string lock() {
    const uint64_t number = random_.below(kLocks);
    const mail::LeaseAnswer taken = leases_.acquire(key_name("lock", number), {.ends_with_process = true});
    if (!taken)
      return taken.status == StoreStatus::exists || taken.status == StoreStatus::full
                 ? std::string()
                 : fmt::format("a lease is answered {}", to_string(taken.status));
    const uint64_t former = board_.holder[number].exchange(life_);
    if (former != 0 && !board_.doomed[former]) ++board_.held_twice;
    ++board_.leases;
    std::string wrong = count();
    uint64_t me = life_;
    if (!board_.holder[number].compare_exchange_strong(me, 0)) ++board_.held_twice;
    if (const StoreStatus status = leases_.release(taken.lease); status != StoreStatus::ok)
      return fmt::format("a release is answered {}", to_string(status));
    return wrong;
  }

  const Segment segment_;
  const std::unique_ptr<Store> store_;
  mail::Leases leases_;
  Board& board_;
  Seat& seat_;
  const uint64_t life_;
  Random random_;
  int64_t last_[kCounters] = {};
};

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
  std::vector<uint64_t> uncertain(kCounters, 0);
  Fleet fleet(
      board, kSeats,
      [&](uint32_t seat, uint64_t life) {
        return Process([&, seat, life] { return Counting(directory, board, seat, life).run(); });
      },
      [&](uint32_t seat) {
        const uint64_t pending = board.seats[seat].pending.exchange(0);
        if (pending == 0) return;
        const uint64_t counter = (pending >> 48) - 1, before = pending & ((uint64_t{1} << 48) - 1);
        if (board.seats[seat].answered[counter] == before) ++uncertain[counter];
      });
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
  uint64_t answered = 0, unsure = 0;
  const Segment segment = attach_segment(directory.path());
  const auto store = open_store(segment);
  for (uint32_t counter = 0; counter < kCounters; ++counter) {
    uint64_t sum = 0;
    for (const Seat& seat : board.seats) sum += seat.answered[counter];
    const auto value = static_cast<uint64_t>(store->counter_get(counter_name(counter)).value);
    EXPECT_GE(value, sum) << counter_name(counter) << " lost an increment";
    EXPECT_LE(value, sum + uncertain[counter]) << counter_name(counter) << " was incremented twice";
    answered += sum;
    unsure += uncertain[counter];
  }
  const CacheFigures figures = cache_figures(directory.path(), "memory");
  EXPECT_GT(figures[Counter::pages_emptied], 100u);
  EXPECT_GT(fleet.kills, 0u);
  fmt::print(
      "[  STRESS  ] {} increments answered, {} in flight at a kill, {} kills, {} stops, {} leases, {} pages compacted, "
      "{} "
      "audits under load\n",
      answered, unsure, fleet.kills, fleet.stops, board.leases.load(), figures[Counter::pages_emptied], audits);
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
