// durable.h – which removals of durable keys still have to reach the disk.
//
// What it is    a removed durable record stays as a tombstone until the sidecar has written its end. Where nobody
//               writes, or writes too slowly for a full store, tombstones are given up: `reconcile` then tells the
//               sidecar that its next pass must compare what is on disk with what is here, instead of trusting
//               tombstones alone.
//               An expired record whose last change is not on disk counts as a tombstone: its row may live longer.
// Invariants    T1 whoever drops a tombstone that is not on disk, or removes a durable record without one, has seen
//               `reconcile` set, and sets it again if it is clear afterwards: a pass that began meanwhile is repeated.
//               T2 the sidecar clears it before it begins to compare.
// Concurrency   any thread.
// Crash         between removal and the second look: possible only where reconcile was cleared while the worker lived.
//               So the sidecar compares once after a burial if it was ever cleared (`reconciled`).
#pragma once

#include "cache/region.h"

namespace larder::store {

inline bool keeps_tombstones(const cache::Region& region) { return region.header->store.reconcile.load_acquire() == 0; }

/// After a removal without tombstone (T1).
inline void removed_without_trace(const cache::Region& region) {
  if (keeps_tombstones(region)) region.header->store.reconcile.store_release(1);
}

/// Gives tombstones up. True if this call did, and there are durable keys at all.
inline bool give_up_tombstones(const cache::Region& region) {
  bool any = false;
  for (const base::Atomic64& word : region.header->store.durable.words) any |= word.load_relaxed() != 0;
  uint64_t kept = 0;
  return any && region.header->store.reconcile.cas_acq_rel(kept, 1);
}

}  // namespace larder::store
