// clock.h – the two clocks of the benches, in nanoseconds.
//
// CPU time of the calling thread is what an operation costs however busy the machine is; wall time is what contestants
// that sleep on a lock cost.
#pragma once

#include <cstdint>
#include <ctime>

namespace larder::bench {

inline int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
inline int64_t cpu_nanoseconds() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
inline int64_t wall_nanoseconds() { return read_clock(CLOCK_MONOTONIC); }

}  // namespace larder::bench
