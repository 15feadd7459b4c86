// clock.h – the one clock that expiry goes by, the wall clock for people, and what a thread cost.
//
// What it is    now_ms(): milliseconds of CLOCK_MONOTONIC_COARSE, read from the vDSO in about 6 ns, advancing once a
//               kernel tick (1 to 10 ms). The same in all processes of a host; wall-clock jumps do not touch it. A
//               clock published by the sidecar would stop with it and serve expired entries, so there is none.
// Limits        stands still while the machine is suspended; containers with a time namespace of their own must not
//               share a segment with others.
#pragma once

#include <time.h>

#include <cstdint>

namespace larder::base {

inline int64_t now_ms() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

inline int64_t unix_ms() {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

/// CPU time of the calling thread, in nanoseconds.
inline int64_t thread_cpu_ns() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace larder::base
