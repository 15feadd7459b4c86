// pair_cell.h – two shared words that change together: value and expiry of a record of the store.
//
// What it is    a 16-byte cell, read as a consistent pair, changed by one cmpxchg16b. Under LARDER_MODEL the pair is
//               one checked atomic of relacy, so that the models search the code that ships.
// Invariants    16-byte aligned: cmpxchg16b faults otherwise, so whoever makes a reference from page memory checks.
//               `second` must not return to an earlier value within one load of another thread (the store keeps a
//               sequence number in it): that is what makes load() a snapshot without a 16-byte load.
// Concurrency   cas() is acquire-release; load() acquires.
// Crash         the pair is changed whole or not at all.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace larder::base {

struct Pair {
  uint64_t first = 0;
  uint64_t second = 0;
  bool operator==(const Pair&) const = default;
};

#ifdef LARDER_MODEL
inline std::ostream& operator<<(std::ostream& out, const Pair& pair) { return out << pair.first << ':' << pair.second; }

class PairCell {
 public:
  Pair load(LARDER_PLACE) const { return cell_.load(LARDER_ORDER(kAcquire, kRelaxed) LARDER_AT); }
  bool cas(Pair& expected, Pair desired LARDER_AND_PLACE) {
    return cell_.compare_exchange_strong(expected, desired, LARDER_ORDER(kAcqRel, kRelaxed) LARDER_AT,
                                         LARDER_ORDER(kAcquire, kRelaxed) LARDER_AT);
  }
  void set(Pair pair LARDER_AND_PLACE) { cell_.store(pair, LARDER_ORDER(kRelease, kRelaxed) LARDER_AT); }
  void set_first(uint64_t first LARDER_AND_PLACE) {
    Pair pair = cell_.load(kRelaxed LARDER_AT);
    pair.first = first;
    cell_.store(pair, LARDER_ORDER(kRelease, kRelaxed) LARDER_AT);
  }

 private:
  rl::atomic<Pair> cell_;
};
#else
class alignas(16) PairCell {
 public:
  Pair load() const {
    for (uint64_t second = second_.load_acquire();;) {
      const uint64_t first = first_.load_acquire();
      const uint64_t again = second_.load_acquire();
      if (again == second) return {first, second};
      second = again;
    }
  }
  /// On failure `expected` holds what was found.
  bool cas(Pair& expected, Pair desired) {
    bool swapped = false;
    asm volatile("lock cmpxchg16b %1"
                 : "=@ccz"(swapped), "+m"(*this), "+a"(expected.first), "+d"(expected.second)
                 : "b"(desired.first), "c"(desired.second)
                 : "memory");
    return swapped;
  }
  /// Before publication only: the words are stored one by one.
  void set(Pair pair) {
    first_.store_release(pair.first);
    second_.store_release(pair.second);
  }
  /// Before publication only.
  void set_first(uint64_t first) { first_.store_release(first); }

 private:
  Atomic64 first_;
  Atomic64 second_;
};
static_assert(sizeof(PairCell) == 16 && alignof(PairCell) == 16);
#endif

}  // namespace larder::base
