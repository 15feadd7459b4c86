// samples.h – a thread's stream of sampled accesses to the sidecar: one producer, one consumer, never waits.
//
//   tail (producer)   cells written, ever          head (consumer)   cells taken, ever          cell = hash, SampleWord
//
//   SampleWord  63                    35 34    33 32        24 23                 0
//              +------------------------+--------+------------+--------------------+
//              |     ttl in seconds     |  kind  |   cache    |  key, value bytes  |
//              +------------------------+--------+------------+--------------------+
//
// What it is    a ring of kCells samples beside each thread line. The thread that owns the line pushes, the holder of
//               the sidecar lock pulls. A full ring drops the sample and counts it.
// Why not boost::lockfree::spsc_queue   it uses its indices as they are; a damaged one would lead outside of the ring.
//               Here an index is masked at each use and a distance that cannot be is discarded with what it spans.
// Invariants    Q1 head <= tail <= head + kCells, unless the segment was damaged. Q2 a cell below tail is written
// whole. Concurrency   publishes: sample (tail, release) / sees: sample (tail, acquire); publishes: sample-taken (head,
//               release) / sees: sample-taken (head, acquire). A line's next owner, and the next sidecar, sees what the
//               former left, because line and lock change hands by stronger synchronisation.
// Crash         a producer that dies in push() loses that sample; its ring stays valid for the line's next owner. A
//               consumer that dies in pull() has taken all of a batch or nothing: the next one may see it again.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"

namespace larder::segment {

enum class SampleKind : uint8_t { hit = 0, miss = 1, put = 2, remove = 3 };

struct SampleWord {
  using Bytes = base::Field<0, 24>;
  using Cache = base::Field<24, 9>;
  using Kind = base::Field<33, 2>;
  using Ttl = base::Field<35, 29>;

  static uint64_t make(SampleKind kind, uint32_t cache, uint64_t bytes, uint64_t ttl_seconds) {
    return Bytes::make(std::min(bytes, Bytes::kMax)) | Cache::make(cache) | Kind::make(static_cast<uint64_t>(kind)) |
           Ttl::make(std::min(ttl_seconds, Ttl::kMax));
  }
};

struct Sample {
  uint64_t hash = 0;
  uint64_t word = 0;  ///< SampleWord

  SampleKind kind() const { return static_cast<SampleKind>(SampleWord::Kind::get(word)); }
};

struct SampleRing {
#ifdef LARDER_MODEL
  static constexpr uint64_t kCells = 4;
#else
  static constexpr uint64_t kCells = 128;
#endif

  alignas(64) base::Atomic64 tail;
  base::Atomic64 dropped;  ///< samples that found the ring full
  alignas(64) base::Atomic64 head;
  alignas(64) base::Atomic64 cells[2 * kCells];

  /// By the owner of the thread line.
  void push(const Sample& sample) {
    const uint64_t at = tail.load_relaxed();
    if (at - head.load_acquire() >= kCells) {  // sees: sample-taken
      dropped.add_relaxed(1);
      return;
    }
    const uint64_t cell = at % kCells * 2;
    cells[cell].store_relaxed(sample.hash);
    cells[cell + 1].store_relaxed(sample.word);
    tail.store_release(at + 1);  // publishes: sample
  }
  /// By the holder of the sidecar lock: hands each waiting sample to `take` and empties the ring.
  template <class Take>
  void pull(const Take& take) {
    const uint64_t to = tail.load_acquire();  // sees: sample
    uint64_t at = head.load_relaxed();
    if (to - at > kCells) at = to;
    for (; at != to; ++at)
      take(Sample{cells[at % kCells * 2].load_relaxed(), cells[at % kCells * 2 + 1].load_relaxed()});
    head.store_release(to);  // publishes: sample-taken
  }
};
#ifndef LARDER_MODEL
static_assert(sizeof(SampleRing) == 128 + SampleRing::kCells * 16);
#endif

}  // namespace larder::segment
