// bus_guard.cc – see bus_guard.h.
#include "os/bus_guard.h"

#include <signal.h>
#include <sys/mman.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "base/atomic.h"

namespace larder::os {

namespace {

struct Range {
  base::Atomic64 begin;  ///< 0 = free, 1 = being filled
  base::Atomic64 size;
  base::Atomic64 writable;
  base::Atomic64 lost;
};

Range ranges[BusGuard::kMostGuards];
struct sigaction before;  ///< what SIGBUS did before
bool no_guards = false;

/// Hands the signal on; without a handler the instruction faults again and ends the process.
void hand_on(int number, siginfo_t* info, void* context) {
  if ((before.sa_flags & SA_SIGINFO) != 0)
    before.sa_sigaction(number, info, context);
  else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN)
    signal(number, SIG_DFL);
  else
    before.sa_handler(number);
}

void on_bus_error(int number, siginfo_t* info, void* context) {
  const auto at = reinterpret_cast<uint64_t>(info->si_addr);
  for (Range& range : ranges) {
    const uint64_t begin = range.begin.load_acquire();
    if (begin <= 1 || at < begin || at - begin >= range.size.load_relaxed()) continue;
    const int error = errno;
    range.lost.store_release(1);  // first: who meets zeros finds it said
    const int access = PROT_READ | (range.writable.load_relaxed() != 0 ? PROT_WRITE : 0);
    const void* zeros = mmap(reinterpret_cast<void*>(begin), range.size.load_relaxed(), access,
                             MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    errno = error;
    if (zeros == MAP_FAILED) break;
    return;
  }
  hand_on(number, info, context);
}

void install() {
  struct sigaction ours {};
  ours.sa_sigaction = on_bus_error;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&ours.sa_mask);
  sigaction(SIGBUS, &ours, &before);
}

}  // namespace

BusGuard::BusGuard(std::byte* at, uint64_t size, bool writable) {
  static std::once_flag installed;
  if (no_guards) return;
  std::call_once(installed, install);
  for (int number = 0; number < kMostGuards; ++number) {
    Range& range = ranges[number];
    uint64_t nothing = 0;
    if (!range.begin.cas_acq_rel(nothing, 1)) continue;
    range.size.store_relaxed(size);
    range.writable.store_relaxed(writable ? 1 : 0);
    range.lost.store_relaxed(0);
    range.begin.store_release(reinterpret_cast<uint64_t>(at));
    number_ = number;
    return;
  }
}

BusGuard::~BusGuard() {
  if (number_ >= 0) ranges[number_].begin.store_release(0);
}

BusGuard::BusGuard(BusGuard&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

BusGuard& BusGuard::operator=(BusGuard&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

bool BusGuard::lost() const { return number_ >= 0 && ranges[number_].lost.load_acquire() != 0; }

void make_no_bus_guards() { no_guards = true; }

}  // namespace larder::os
