#include "stress/torture.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <stdexcept>
#include <thread>

#include "observe/observe.h"
#include "sidecar/keeper.h"
#include "stress/busy.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using Clock = std::chrono::steady_clock;

/// What the fleet and its tormentor share besides the segment.
struct Board {
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> operations = 0;
};

class Tormentor {
 public:
  Tormentor(const TempDirectory& directory, const Torture& torture)
      : directory_(directory), torture_(torture), random_(torture.seed), worker_seed_(torture.seed << 20) {
    void* map = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::runtime_error("cannot map a page for the board");
    board_ = new (map) Board;
  }
  ~Tormentor() { munmap(board_, sizeof(Board)); }
  Tormentor(const Tormentor&) = delete;
  Tormentor& operator=(const Tormentor&) = delete;

  Toll run() {
    for (uint32_t i = 0; i < torture_.workers; ++i) fleet_.push_back(start_worker());
    if (torture_.keeper) keeper_.emplace(start_keeper());
    const auto end = Clock::now() + torture_.duration;
    auto next_audit = Clock::now() + std::chrono::seconds(1);
    while (Clock::now() < end && toll_.failures == 0 && toll_.live_violation.empty()) {
      torment();
      if (Clock::now() < next_audit) continue;
      audit_live();
      next_audit = Clock::now() + std::chrono::seconds(1);
    }
    finish();
    return toll_;
  }

 private:
  Process start_worker() {
    const uint64_t seed = ++worker_seed_;
    return Process([this, seed] {
      const Segment segment = attach_segment(directory_.path(), "busy");
      Busy busy(segment, seed);
      for (uint64_t done = 1; !board_->stop; ++done) {
        if (!busy.step()) {
          fmt::print(stderr, "worker of seed {}: {} {}\n", seed, busy.complaint(), segment.last_error());
          return 1;
        }
        if (done % 64 == 0) board_->operations += 64;
      }
      return 0;
    });
  }

  Process start_keeper() {
    return Process([this] {
      const Segment segment = attach_segment(directory_.path(), "keeper");
      auto keeper = sidecar::Keeper::take(segment);
      if (!keeper) throw std::runtime_error(keeper.error().message);
      while (!board_->stop) {
        keeper->run_cycle();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      return 0;
    });
  }

  void torment() {
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random_.below(15'000)));
    const size_t victim = random_.below(fleet_.size());
    const uint64_t choice = random_.below(100);
    if (choice < 45) {
      kill_worker(victim);
    } else if (choice < 70) {
      fleet_[victim].signal(SIGSTOP);
      ++toll_.stops;
    } else if (choice < 97 || !keeper_) {
      for (const Process& worker : fleet_) worker.signal(SIGCONT);
    } else {
      count(keeper_->kill());
      ++toll_.keeper_kills;
      keeper_.emplace(start_keeper());
    }
  }

  /// Kills one and, with a keeper, waits until its slot is empty. The successor's attach would bury it too, so that
  /// comes after.
  void kill_worker(size_t victim) {
    const pid_t pid = fleet_[victim].pid();
    const bool attached = has_slot(pid);
    const auto death = Clock::now();
    count(fleet_[victim].kill());
    ++toll_.kills;
    if (keeper_ && attached) {
      while (has_slot(pid) && Clock::now() - death < std::chrono::seconds(10)) {
        std::this_thread::sleep_for(std::chrono::microseconds(500));
      }
      toll_.bury_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - death).count());
    }
    fleet_[victim] = start_worker();
  }

  bool has_slot(pid_t pid) const {
    const auto inspector = observe::Inspector::open("test", directory_.path());
    if (!inspector) throw std::runtime_error(inspector.error().message);
    const SegmentFigures figures = observe::read_figures(*inspector, {.census = false});
    return std::any_of(figures.workers.begin(), figures.workers.end(),
                       [pid](const WorkerFigures& worker) { return worker.pid == pid; });
  }

  void audit_live() {
    const auto clean = is_clean(audit_of(directory_.path()));
    ++toll_.live_audits;
    if (!clean) toll_.live_violation = clean.message();
  }

  void count(const Ending& ending) { toll_.failures += ending.signal == SIGKILL && ending.in_time ? 0 : 1; }

  void finish() {
    for (const Process& worker : fleet_) worker.signal(SIGCONT);
    board_->stop = true;
    for (Process& worker : fleet_) judge_last(worker);
    if (keeper_) judge_last(*keeper_);
    toll_.operations = board_->operations;
  }

  void judge_last(Process& process) {
    const Ending ending = process.wait(std::chrono::seconds(20));
    if (ending.ok()) return;
    fmt::print(stderr, "a process {}\n", ending.text());
    ++toll_.failures;
  }

  const TempDirectory& directory_;
  const Torture torture_;
  Random random_;
  uint64_t worker_seed_;
  Board* board_;
  std::vector<Process> fleet_;
  std::optional<Process> keeper_;
  Toll toll_;
};

}  // namespace

Toll torture(const TempDirectory& directory, const Torture& torture) { return Tormentor(directory, torture).run(); }

}  // namespace larder::test
