// roster.h – worker slots and thread lines: who takes part in a segment, and who is certainly dead.
//
// What it is    operations on WorkerSlot and ThreadLine. A slot is owned by holding the OFD lock of its byte; the word
//               in the slot says whether its last owner left it in order (inactive) or not (active: bury first).
//
//   slot word    lock held?   meaning                         who may act
//   inactive     no           free                            anyone takes the lock, then activates
//   inactive     yes          being taken or being left       the holder
//   active       yes          a worker, running or stopped    the holder; others read
//   active       no           dead                            whoever takes the lock buries, then deactivates
//
// Invariants    R1 a lock can be taken only if its holder is dead or left: death is certain, never a time-out.
//               R2 an incarnation is used once: owner words of former workers never match a later one.
//               R3 lines_used never shrinks and covers every line that was ever owned.
// Concurrency   slots: serialised by the kernel's lock. Lines: one CAS on the owner word.
// Crash         taking: dies between lock and activation → inactive, free again. Burying: dies half-way → still active,
//               unlocked, buried again by the next one; every step of it is idempotent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "larder/result.h"
#include "os/shm_file.h"
#include "segment/layout.h"

namespace larder::segment {

/// Bounds-checked views of the segment's tables.
struct Tables {
  Superblock* super = nullptr;
  std::span<WorkerSlot> workers;
  std::span<ThreadLine> lines;
  std::span<DirectoryEntry> directory;
  std::span<SampleRing> samples;       ///< one for each line
  base::Atomic64* counters = nullptr;  ///< rows of kCounterRowWords, [worker][cache]

  base::Atomic64* counter_row(uint32_t worker, uint32_t cache) const {
    return counters + (uint64_t{worker} * directory.size() + cache) * kCounterRowWords;
  }
  /// The stream of a thread's samples.
  SampleRing& samples_of(const ThreadLine& line) const { return samples[static_cast<size_t>(&line - lines.data())]; }
  /// Lines that may be owned.
  std::span<ThreadLine> lines_in_use() const;
  /// Sum of the operations (hits, misses, puts, removes, touches) of a worker slot since the segment was made.
  uint64_t operations_of(uint32_t worker) const;
};

/// A place in the roster, held while the descriptor's lock is.
struct Place {
  uint32_t slot = 0;
  uint64_t owner = 0;  ///< OwnerWord of this incarnation
};

/// Empties what a dead worker left behind; given the OwnerWord. Provided by the room that knows regions.
using Undertaker = std::function<void(uint64_t owner)>;

/// Takes a free slot (burying its dead predecessor if there is one) and activates it. Code::no_slot if all are taken.
Result<Place> take_place(const Tables& tables, const os::ShmFile& locks, std::string_view kind,
                         const Undertaker& undertaker);
/// Gives the slot back in order: releases its lines, deactivates, unlocks.
void leave_place(const Tables& tables, const os::ShmFile& locks, const Place& place);
/// Buries every slot whose worker is dead. Returns how many. `self` is skipped.
uint32_t bury_dead(const Tables& tables, const os::ShmFile& locks, uint32_t self, const Undertaker& undertaker);

/// False if the worker of this OwnerWord is certainly gone. `file` may be read-only, but not hold the worker's lock.
bool is_alive(const Tables& tables, const os::ShmFile& file, uint64_t owner);

/// Claims a free thread line; null if there is none.
ThreadLine* claim_line(const Tables& tables, uint64_t owner);
/// Clears the line's announcements and frees it.
void release_line(ThreadLine& line);

}  // namespace larder::segment
