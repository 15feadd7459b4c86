// layout.h – the bytes at the start of a segment: superblock, worker slots, thread lines, directory of caches.
//
//   offset 0                                                                                     size
//   | Superblock | WorkerSlot[] | ThreadLine[] | DirectoryEntry[] | counter rows | SampleRing[] | region | … |
//
// What it is    the layout of everything that is not part of one cache. Offsets are from the start of the file.
// Invariants    S1 magic, layout, abi, size and checksum are checked before anything else is read. S2 everything
//               between `checksum` and `state` never changes after publication; `checksum` covers it. S3 a worker slot
//               belongs to whoever holds the OFD lock of its byte (kWorkerLock + slot): only the holder changes it. S4
//               a thread line belongs to the worker its owner word names; only that worker's threads, or its burier,
//               write to it.
// Versions      changing any struct here, counters.def, or a struct of a region means kLayoutVersion + 1: older builds
//               then refuse the segment and the other way round.
// Crash         see roster.h (slots, lines) and ../../docs/design/recovery.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"
#include "base/hash.h"
#include "larder/options.h"
#include "larder/stats.h"
#include "larder/view.h"
#include "segment/samples.h"

namespace larder::segment {

constexpr uint64_t kMagic = 0x31726564'72616c2f;  // "/larder1", little endian
constexpr uint32_t kLayoutVersion = 9;

/// Bytes of the segment file whose OFD locks mean something. Locks need no bytes behind them.
constexpr uint64_t kSidecarLock = uint64_t{1} << 40;
constexpr uint64_t kWorkerLock = uint64_t{1} << 41;
constexpr uint64_t kResizeLock = uint64_t{1} << 42;  ///< + number of the region: who changes its budget

enum class SegmentState : uint64_t { building = 0, ready = 1, retired = 2 };

struct Superblock {
  uint64_t magic;
  uint32_t layout;
  uint32_t abi;
  uint64_t size;
  uint64_t checksum;

  char name[48];
  uint8_t uuid[16];
  base::HashSecret secret;
  int64_t created_ms;  ///< on the clock of base/clock.h; expiries are relative to it
  int64_t created_unix_ms;
  uint32_t cache_count;
  uint32_t worker_slots;
  uint32_t thread_lines;
  uint32_t counter_row_words;
  uint64_t workers_at;
  uint64_t threads_at;
  uint64_t directory_at;
  uint64_t counters_at;
  uint64_t samples_at;
  uint8_t boot[16];  ///< os::boot_id() of its creator; zeros: not known (builds before this member wrote zeros, too)

  alignas(64) base::Atomic64 state;
  base::Atomic64 lines_used;  ///< thread lines below this index may be in use; only grows
  alignas(64) base::Atomic64 sidecar_pid;
  base::Atomic64 sidecar_cycles;
  base::Atomic64 buried;
};
#ifndef LARDER_MODEL
static_assert(offsetof(Superblock, state) % 64 == 0 && sizeof(Superblock) <= 4096);
#endif

/// incarnation | active
struct WorkerWord {
  using Active = base::Field<0, 1>;
  using Incarnation = base::Field<1, 47>;
};

struct WorkerSlot {
  base::Atomic64 word;  ///< WorkerWord
  int64_t pid;
  uint64_t start_ticks;
  uint64_t pid_namespace;
  int64_t attached_unix_ms;
  uint64_t operations_before;  ///< sum of the slot's operation counters when this worker attached
  char kind[16];
};
#ifndef LARDER_MODEL
static_assert(sizeof(WorkerSlot) == 64);
#endif

/// Which page a thread holds: region + 1 | page. Zero holds nothing.
struct HazardWord {
  using Page = base::Field<0, 32>;
  using Region = base::Field<32, 16>;
  static constexpr uint64_t make(uint32_t region, uint32_t page) {
    return Region::make(region + 1u) | Page::make(page);
  }
};

/// Which worker a line or page belongs to: worker slot + 1 | incarnation (low bits). Zero belongs to nobody.
struct OwnerWord {
  using Slot = base::Field<0, 16>;
  using Incarnation = base::Field<16, 48>;
};

/// One thread's announcements. A line of its own, so that announcing is an uncontended store.
struct alignas(64) ThreadLine {
  base::Atomic64 owner;                 ///< OwnerWord
  base::Atomic64 work;                  ///< HazardWord of the page being appended to or changed in place
  base::Atomic64 pins[View::kMaxPins];  ///< HazardWords of the pages under views
  base::Atomic64 claim_at;              ///< index slot being claimed for an insert, see index/slot.h; 0 = none
  base::Atomic64 claim_word;            ///< the pending word put there
};
#ifndef LARDER_MODEL
static_assert(sizeof(ThreadLine) == 64);
#endif

struct DirectoryEntry {
  char name[48];
  char group[48];
  uint64_t region_at;
  uint64_t region_size;
};

/// Sizes that both sides of an attachment must agree on, folded into one number.
constexpr uint32_t abi_fingerprint() {
  constexpr uint64_t facts[] = {sizeof(Superblock), sizeof(WorkerSlot), sizeof(ThreadLine), sizeof(DirectoryEntry),
                                sizeof(SampleRing), sizeof(void*),      kCounters,          View::kMaxPins,
                                0x0102030405060708};
  uint64_t mixed = 14695981039346656037u;
  for (const uint64_t fact : facts) mixed = (mixed ^ fact) * 1099511628211u;
  return static_cast<uint32_t>(mixed >> 32);
}

/// Words of one counter row: the counters, padded to whole cache lines so that rows do not share any.
constexpr uint32_t kCounterRowWords = (static_cast<uint32_t>(kCounters) + 7) / 8 * 8;

}  // namespace larder::segment
