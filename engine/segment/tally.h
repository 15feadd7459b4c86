// tally.h – counting without storing to shared memory on every operation.
//
// What it is    a thread's private counts for one cache, added to its worker's row in the segment now and then: often
//               enough that figures are about 50 ms old, rarely enough that a busy thread stores once in kMaxBatch
//               operations. The batch doubles while flushes come closer together than that and halves otherwise.
// Concurrency   a Tally belongs to one thread; the row is shared by the threads of one worker (relaxed adds).
// Crash         counts not yet added are lost with the thread: at most kMaxBatch operations or about 50 ms of them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"
#include "segment/layout.h"

namespace larder::segment {

struct Tally {
  static constexpr uint32_t kMaxBatch = 4096;
  static constexpr int64_t kFlushMs = 50;

  uint64_t counts[kCounters];
  int32_t left;    ///< operations until the next flush, less one; 0 at first: the first operation flushes
  uint32_t batch;  ///< operations between the last flush and the next
  int64_t flushed_ms;

  uint64_t& operator[](Counter counter) { return counts[static_cast<size_t>(counter)]; }

  /// Ends one operation; true when it is time to flush.
  bool due() { return --left < 0; }

  void flush(base::Atomic64* row) {
    for (size_t i = 0; i < kCounters; ++i)
      if (counts[i] != 0) {
        row[i].add_relaxed(counts[i]);
        counts[i] = 0;
      }
    const int64_t now = base::now_ms();
    batch = now - flushed_ms < kFlushMs ? std::min(kMaxBatch, std::max(1u, batch) * 2) : std::max(1u, batch / 2);
    flushed_ms = now;
    left = static_cast<int32_t>(batch) - 1;
  }
};

}  // namespace larder::segment
