// atomic.h – the engine's base/atomic.h, with page memory that a model can trust.
//
// What it is    page memory is plain memory to relacy: a thread would see that a page was zeroed
//               but not that its slot had been changed before that, which no machine does that keeps stores and loads
//               in order. Models that read page memory have this folder before the engine's: every read of it acquires
//               and every write releases one word that all share. A model says where that is (page_order).
// Concurrency   reads do not release and writes do not acquire, so nothing else is ordered by it.
// Crash         a doomed thread may die before any of these accesses.
#pragma once

#define load_word_acquire unordered_load_word_acquire
#define store_word_release unordered_store_word_release
#include_next "base/atomic.h"
#undef load_word_acquire
#undef store_word_release

namespace larder::base {

inline Cell* page_order = nullptr;

inline void before_page_read() {
  if (page_order != nullptr) page_order->fetch_add(0, kAcquire LARDER_AT);
}
inline void before_page_write() {
  if (page_order != nullptr) page_order->fetch_add(0, kRelease LARDER_AT);
}

inline uint64_t load_word_acquire(const uint64_t* at) {
  before_page_read();
  return unordered_load_word_acquire(at);
}
inline void store_word_release(uint64_t* at, uint64_t value) {
  before_page_write();
  unordered_store_word_release(at, value);
}

}  // namespace larder::base
