// feeder.h – free pages ahead of the writers, at the pace at which they take them.
//
// What it is    a Feeder looks at the free pages of every cache that is due and empties pages until as many are free as
//               the writers take in the time until the next two looks. The faster they take them, the more are kept
//               free and the sooner it looks again; a cache that nobody writes to is looked at once in kLongest, and
//               has only a few pages free. FeederThread is the thread of larderd that does so.
// Its limit     a page that one CPU empties and another fills costs both more than if a single one did both: its bytes
//               and the buckets of its entries travel. That is a good price for a short tail while there is CPU time to
//               spare, and a bad one when writers are limited by it. So a cache whose writers are so fast that keeping
//               up would take more than `share` of a CPU is left to their own hands (docs/performance.md).
// Why a thread  a round of upkeep may look at thousands of pages or bury somebody; a writer at full speed uses up what
//               may be free in half a millisecond.
// Why no bell   writers could wake it, by a futex. That costs a writer a system call in the middle of a put, which is
//               longer than emptying a page; the pace finds the same moment without one.
// Invariants    F1 beyond the hands' reserve at most Plane::most_ahead() pages are kept free. F2 a look at a cache
//               frees at most kPagesALook pages. F3 nothing depends on it: a writer that finds no free page empties one
//               itself.
// Concurrency   one thread a Feeder; hands of any others turn at the same time (policy/hand.h). The thread takes a line
//               of the segment for itself; where none is left it frees nothing, and the rounds of upkeep still do.
// Crash         as of a hand.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "cache/region.h"
#include "larder/segment.h"

namespace larder::sidecar {

/// Empties pages of a cache until `ahead` are free beyond the hands' reserve, at most `limit`. Returns how many it
/// freed. Nothing for a cache that does not evict.
uint64_t free_ahead(const cache::Region& region, segment::ThreadState& thread, uint64_t ahead, uint64_t limit);
/// Free pages to keep of a cache that nobody writes to, beyond the hands' reserve. They hold nothing, so it is few.
uint64_t least_ahead(const cache::Region& region);

class Feeder {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds kShortest{100};    ///< between two looks at a cache
  static constexpr std::chrono::microseconds kLongest{20'000};  ///< so long a burst may last unnoticed
  static constexpr uint64_t kPagesALook = 512;

  /// `share` of a CPU, 0..1, that a cache may take; 1 = whatever it takes.
  Feeder(std::vector<Cache> caches, double share) : caches_(std::move(caches)), seats_(caches_.size()), share_(share) {}

  /// Looks at the caches that are due. Returns when the next one is. `now` never goes back.
  Clock::time_point round(Clock::time_point now);
  uint64_t pages_freed() const { return freed_; }

 private:
  struct Seat {
    Clock::time_point seen{}, due{};  ///< last and next look
    uint64_t taken = 0;               ///< free pages taken until the last look, ever
    double rate = 0;                  ///< free pages taken a second; falls by half a look at most
    double page_seconds = 0;          ///< CPU time to empty one page, the average of the last looks
  };
  void look(const cache::Region& region, Seat& seat, Clock::time_point now);
  void free(const cache::Region& region, Seat& seat, uint64_t ahead);
  bool too_fast(const Seat& seat) const { return share_ < 1 && seat.rate * seat.page_seconds > share_; }

  std::vector<Cache> caches_;
  std::vector<Seat> seats_;
  double share_;
  uint64_t freed_ = 0;
};

class FeederThread {
 public:
  FeederThread(std::vector<Cache> caches, double share);
  /// Ends the thread. It holds nothing that anybody waits for.
  ~FeederThread();
  FeederThread(const FeederThread&) = delete;
  FeederThread& operator=(const FeederThread&) = delete;

 private:
  void run(const std::stop_token& stop, Feeder feeder);

  std::mutex mutex_;
  std::condition_variable_any wake_;  ///< only stopping notifies it
  std::jthread thread_;
};

}  // namespace larder::sidecar
