#include "support/clock/clock.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace larder::test {
namespace {

struct Offsets {
  std::atomic<int64_t> monotonic_ms{0};
  std::atomic<int64_t> wall_ms{0};
  std::atomic<int64_t> stopped_ns{0};  ///< where the monotonic clocks stand; 0 = they run
};

Offsets& offsets() {
  static Offsets* const shared = [] {
    void* map = mmap(nullptr, sizeof(Offsets), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) std::abort();
    return new (map) Offsets;
  }();
  return *shared;
}

int64_t machine_ns(clockid_t clock) {
  timespec time{};
  syscall(SYS_clock_gettime, clock, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

bool is_monotonic(clockid_t clock) { return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE; }
bool is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

/// Before the first fork, so that children share them.
[[maybe_unused]] const Offsets& made_early = offsets();

}  // namespace

void advance_clock(std::chrono::milliseconds by) { offsets().monotonic_ms += by.count(); }
void stop_clock() { offsets().stopped_ns = machine_ns(CLOCK_MONOTONIC); }
void shift_wall_clock(std::chrono::milliseconds by) { offsets().wall_ms = by.count(); }

}  // namespace larder::test

// In place of the C library's.
extern "C" int clock_gettime(clockid_t clock, timespec* time) {
  using namespace larder::test;
  if (!is_monotonic(clock) && !is_wall(clock)) return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const int64_t stopped = is_monotonic(clock) ? offsets().stopped_ns.load() : 0;
  const int64_t shift = is_monotonic(clock) ? offsets().monotonic_ms.load() : offsets().wall_ms.load();
  const int64_t now = (stopped != 0 ? stopped : machine_ns(clock)) + shift * 1'000'000;
  time->tv_sec = now / 1'000'000'000;
  time->tv_nsec = now % 1'000'000'000;
  return 0;
}
