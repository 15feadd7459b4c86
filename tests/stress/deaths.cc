#include "stress/deaths.h"

#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "observe/observe.h"
#include "sidecar/keeper.h"
#include "stress/busy.h"
#include "stress/counting.h"
#include "stress/kept.h"
#include "support/process.h"
#include "support/segments.h"
#include "support/shared.h"

namespace larder::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr uint64_t kLongestLifeUs = 6000;
constexpr std::chrono::seconds kPatience{20};  ///< until all are at work

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

/// The life of a worker. It ends by a kill, or with something wrong.
int work(const TempDirectory& directory, Board& board, Shelf& shelf, uint32_t seat, uint64_t life, uint64_t seed) {
  const Segment segment = attach_segment(directory.path(), "mortal");
  Busy busy(segment, seed ^ life << 20);
  Counting counting(segment, board, seat, life, seed);
  Keeping keeping(segment, shelf, seat);
  for (;;) {
    std::string complaint = busy.step() ? "" : busy.complaint();
    if (complaint.empty() && !counting.step()) complaint = counting.complaint();
    if (complaint.empty()) complaint = keeping.step();
    if (complaint.empty()) continue;
    fmt::print(stderr, "life {} at seat {}: {} {}\n", life, seat, complaint, segment.last_error());
    return 1;
  }
}

int keep(const TempDirectory& directory) {
  auto keeper = sidecar::Keeper::take(attach_segment(directory.path(), "keeper"));
  while (keeper) keeper->run_cycle();
  fmt::print(stderr, "no keeper: {}\n", keeper.error().message);
  return 1;
}

class Campaign {
 public:
  Campaign(const TempDirectory& directory, const Deaths& deaths)
      : directory_(directory),
        deaths_(deaths),
        random_(deaths.seed),
        board_(shared_with_children<Board>()),
        shelf_(shared_with_children<Shelf>()) {}

  Survival run() {
    while (survival_.rounds < deaths_.rounds && survival_.violations.empty()) {
      raise();
      kill_at_one_moment();
      come_after();
      ++survival_.rounds;
      if (survival_.rounds % deaths_.rounds_a_look == 0) look();
    }
    for (const Seat& seat : board_.seats) survival_.operations += 3 * seat.steps;
    return survival_;
  }

 private:
  void note(const std::string& violation) {
    if (!violation.empty()) survival_.violations.push_back(fmt::format("round {}: {}", survival_.rounds, violation));
  }

  /// In a process group of their own, which one signal reaches.
  void start(const std::function<int()>& body) {
    fleet_.emplace_back(body);
    setpgid(fleet_.back().pid(), fleet_.front().pid());
  }
  void raise() {
    for (uint32_t seat = 0; seat < deaths_.workers; ++seat) {
      const uint64_t life = ++life_;
      board_.doomed[life % kLives] = true;  // whoever finds its lease later finds the lease of a dead one
      start([this, seat, life] { return work(directory_, board_, shelf_, seat, life, deaths_.seed); });
    }
    if (survival_.rounds % 2 == 1) start([this] { return keep(directory_); });
  }

  /// Some die while they attach, the others at work.
  void kill_at_one_moment() {
    uint64_t steps[kSeats];
    for (uint32_t seat = 0; seat < deaths_.workers; ++seat) steps[seat] = board_.seats[seat].steps;
    const auto at_work = [&] {
      for (uint32_t seat = 0; seat < deaths_.workers; ++seat)
        if (board_.seats[seat].steps == steps[seat]) return false;
      return true;
    };
    const auto start = Clock::now();
    if (random_.below(8) != 0)
      while (!at_work() && Clock::now() - start < kPatience) std::this_thread::sleep_for(microseconds(100));
    std::this_thread::sleep_for(microseconds(random_.below(kLongestLifeUs)));
    kill(-fleet_.front().pid(), SIGKILL);
    for (Process& one : fleet_) {
      const Ending ending = one.wait();
      if (ending.signal != SIGKILL) note(fmt::format("one of them {}", ending.text()));
    }
    survival_.killed += fleet_.size();
    fleet_.clear();
    for (uint32_t seat = 0; seat < deaths_.workers; ++seat) board_.settle(seat);
  }

  /// The newcomer attaches, which buries whom it follows, and buries the others: what was answered is there.
  void come_after() {
    const auto start = Clock::now();
    const double cpu = cpu_ms();
    const auto segment = Segment::attach("test", {.directory = directory_.path(), .kind = "newcomer"});
    survival_.attach_cpu_ms.push_back(cpu_ms() - cpu);
    survival_.attach_ms.push_back(ms_since(start));
    if (!segment) return note("attach: " + segment.error().message);
    const auto burial = Clock::now();
    survival_.buried += segment->bury_dead();
    survival_.bury_ms.push_back(ms_since(burial));
    const auto store = open_store(*segment);
    const Reckoning reckoning = reckon(*store, board_);
    note(reckoning.wrong);
    survival_.uncertain += reckoning.uncertain;
    accept(*store, board_);
    survival_.increments = reckon(*store, board_).answered;
    note(missing(open_cache(*segment, kShelf), shelf_, survival_.stayed));
    if (board_.held_twice != 0) note("a lease was held twice");
    if (segment->bury_dead() != 0) note("somebody was left after the burial");
    survival_.bytes = segment->bytes();
  }

  /// Nobody is attached: nothing may be half-done.
  void look() {
    const auto start = Clock::now();
    const auto clean = is_clean(audit_of(directory_.path()), true);
    survival_.audit_ms.push_back(ms_since(start));
    if (!clean) note(clean.message());
    for (const CacheFigures& figures : figures_of(directory_.path()).caches)
      if (const auto conserved = pages_are_conserved(figures); !conserved) note(conserved.message());
  }

  const TempDirectory& directory_;
  const Deaths deaths_;
  Random random_;
  Board& board_;
  Shelf& shelf_;
  uint64_t life_ = 0;
  std::vector<Process> fleet_;
  Survival survival_;
};

}  // namespace

SegmentOptions deaths_options(const TempDirectory& directory) {
  SegmentOptions options = segment_options(directory, busy_caches());
  options.caches.push_back(shelf_options());
  options.stores.push_back(counted_store());
  return options;
}

Survival survive(const TempDirectory& directory, const Deaths& deaths) { return Campaign(directory, deaths).run(); }

}  // namespace larder::test
