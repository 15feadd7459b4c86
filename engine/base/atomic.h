// atomic.h – the only atomics of the engine: words whose method names carry the memory order.
//
// What it is    Atomic64 is one shared 64-bit word. The same code runs over std::atomic, under ThreadSanitizer, and
//               (LARDER_MODEL) over relacy's checked atomics, so the model tests search the very code that ships.
// Invariants    no other file names a memory order or std::atomic (tests/lint/layers.py). No stand-alone fences:
//               ThreadSanitizer cannot see them.
// Concurrency   every method is one atomic access. `_sync` is the strongest form of a read-modify-write that the
//               protocols need between two words (a single total order, as for hazards); the others pair up
//               release (publishes) with acquire (sees).
// Crash         a word is changed whole or not at all.
#pragma once

#include <cstdint>

#ifdef LARDER_MODEL
#include <cassert>
#include <cerrno>
#include <relacy/relacy.hpp>
#include <source_location>
// Its keyword macros would rewrite the standard headers that follow.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#define errno (*__errno_location())
#else
#include <atomic>
#endif

namespace larder::base {

#ifdef LARDER_MODEL
/// What a model does before each access of a thread, where that thread may be made to die; null: nothing.
inline void (*before_access)() = nullptr;
/// Whether a model makes the access at this place with the next weaker order (tests/model/orders.h); null: none.
inline bool (*weakened)(const std::source_location& place) = nullptr;
#define LARDER_AT , (before_access != nullptr ? before_access() : void(), $)
#define LARDER_PLACE std::source_location place = std::source_location::current()
#define LARDER_AND_PLACE , LARDER_PLACE
#define LARDER_ORDER(order, weaker) (weakened != nullptr && weakened(place) ? weaker : order)
using Cell = rl::atomic<uint64_t>;
constexpr auto kRelaxed = rl::mo_relaxed;
constexpr auto kAcquire = rl::mo_acquire;
constexpr auto kRelease = rl::mo_release;
constexpr auto kAcqRel = rl::mo_acq_rel;
constexpr auto kSeqCst = rl::mo_seq_cst;
#else
#define LARDER_AT
#define LARDER_PLACE
#define LARDER_AND_PLACE
#define LARDER_ORDER(order, weaker) order
using Cell = std::atomic<uint64_t>;
constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kAcqRel = std::memory_order_acq_rel;
constexpr auto kSeqCst = std::memory_order_seq_cst;
#endif

class Atomic64 {
 public:
  uint64_t load_relaxed() const { return cell_.load(kRelaxed LARDER_AT); }
  uint64_t load_acquire(LARDER_PLACE) const { return cell_.load(LARDER_ORDER(kAcquire, kRelaxed) LARDER_AT); }
  /// Takes part in the single total order of `_sync` accesses.
  uint64_t load_sync(LARDER_PLACE) const { return cell_.load(LARDER_ORDER(kSeqCst, kAcquire) LARDER_AT); }

  void store_relaxed(uint64_t value) { cell_.store(value, kRelaxed LARDER_AT); }
  void store_release(uint64_t value LARDER_AND_PLACE) {
    cell_.store(value, LARDER_ORDER(kRelease, kRelaxed) LARDER_AT);
  }
  void store_sync(uint64_t value LARDER_AND_PLACE) { cell_.store(value, LARDER_ORDER(kSeqCst, kRelease) LARDER_AT); }

  /// Compare and swap; on failure `expected` holds what was found.
  bool cas_acq_rel(uint64_t& expected, uint64_t desired LARDER_AND_PLACE) {
    return cell_.compare_exchange_strong(expected, desired, LARDER_ORDER(kAcqRel, kRelaxed) LARDER_AT,
                                         LARDER_ORDER(kAcquire, kRelaxed) LARDER_AT);
  }
  bool cas_relaxed(uint64_t& expected, uint64_t desired) {
    return cell_.compare_exchange_strong(expected, desired, kRelaxed LARDER_AT, kRelaxed LARDER_AT);
  }
  bool cas_sync(uint64_t& expected, uint64_t desired LARDER_AND_PLACE) {
    return cell_.compare_exchange_strong(expected, desired, LARDER_ORDER(kSeqCst, kAcqRel) LARDER_AT,
                                         LARDER_ORDER(kSeqCst, kAcquire) LARDER_AT);
  }

  uint64_t add_relaxed(uint64_t delta) { return cell_.fetch_add(delta, kRelaxed LARDER_AT); }
  uint64_t add_acq_rel(uint64_t delta LARDER_AND_PLACE) {
    return cell_.fetch_add(delta, LARDER_ORDER(kAcqRel, kRelaxed) LARDER_AT);
  }

 private:
  Cell cell_;
};

#ifndef LARDER_MODEL
static_assert(sizeof(Atomic64) == 8 && Cell::is_always_lock_free);
#endif

// Raw words of page memory and of tables, where no Atomic64 can stand. To a model they are plain memory.

/// A word accessed atomically; `at` is 8-byte aligned.
inline uint64_t load_word_acquire(const uint64_t* at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
inline void store_word_release(uint64_t* at, uint64_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
inline bool cas_word_acq_rel(uint64_t* at, uint64_t& expected, uint64_t desired) {
  return __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/// Smaller cells: ghosts' fingerprints and tag epochs, which are hints or counters of their own.
inline uint16_t load_half_relaxed(const uint16_t* at) { return __atomic_load_n(at, __ATOMIC_RELAXED); }
inline void store_half_relaxed(uint16_t* at, uint16_t value) { __atomic_store_n(at, value, __ATOMIC_RELAXED); }
inline uint32_t load_int_acquire(const uint32_t* at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
inline void add_int_acq_rel(uint32_t* at, uint32_t delta) { __atomic_fetch_add(at, delta, __ATOMIC_ACQ_REL); }
/// Raw bytes, for copies under ThreadSanitizer (copy.cc).
inline uint8_t load_byte_acquire(const uint8_t* at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
inline void store_byte_release(uint8_t* at, uint8_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }

}  // namespace larder::base
