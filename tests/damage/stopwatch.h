// stopwatch.h – processor time of a thousand short operations, at the price of looking at a clock that needs no call.
//
// What it is    time that passed is never less than processor time that was spent. So passing time is what is looked at
//               each time; processor time is asked for twice a millisecond, and bounds what a thread was said to take
//               while it did not run.
// Invariants    a lap is never shorter than its processor time, and at most kAnchor longer.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>

namespace larder::test {

class Stopwatch {
 public:
  Stopwatch() { restart(); }

  void restart() {
    last_ = anchor_ = now(CLOCK_MONOTONIC);
    spent_ = now(CLOCK_THREAD_CPUTIME_ID);
  }
  /// Microseconds of processor time since the last lap or restart, at most.
  uint64_t lap() {
    const int64_t time = now(CLOCK_MONOTONIC), passed = time - last_;
    last_ = time;
    if (time - anchor_ < kAnchor) return static_cast<uint64_t>(passed) / 1000;
    const int64_t spent = now(CLOCK_THREAD_CPUTIME_ID), since = spent - spent_;
    anchor_ = time;
    spent_ = spent;
    return static_cast<uint64_t>(std::min(passed, since)) / 1000;
  }

 private:
  static constexpr int64_t kAnchor = 500'000;  ///< ns

  static int64_t now(clockid_t clock) {
    timespec at{};
    clock_gettime(clock, &at);
    return at.tv_sec * 1'000'000'000 + at.tv_nsec;
  }

  int64_t last_ = 0;    ///< when the last lap ended
  int64_t anchor_ = 0;  ///< when processor time was asked for
  int64_t spent_ = 0;   ///< what it was then
};

}  // namespace larder::test
