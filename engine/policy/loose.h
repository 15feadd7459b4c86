// loose.h – runs and their entries: which belong together, and what becomes of a run that lost its entry.
//
// What it is    whoever unlinks an entry frees its run (release_run). If somebody reads it in place, or if whoever
//               unlinked it could not know of it (an index that drops an entry) or died, the run stays, loose. Loose
//               runs are found by a look at all heads (collect_runs): a head knows the hash of its key, and the index
//               whether an entry of that hash refers to it.
// Invariants    O1 a run without an entry never gets one again (ring/runs.h, U2): what is found loose stays loose. O2
//               if there are loose runs that bury does not find, `loose` is not 0: it counts down the pages that hands
//               may empty before they look again, so that a run that somebody reads for long costs little.
// Concurrency   from any thread; what is found is freed by one CAS.
// Crash         ring/runs.h; bury collects.
#pragma once

#include <cstdint>

#include "policy/plane.h"
#include "segment/tally.h"

namespace larder::policy {

/// The slot whose entry refers to this run; none = it is loose. `entry`: what stands there. `bucket`: of the slot.
index::Found entry_of_run(const Plane& plane, uint32_t head, uint32_t generation, ring::EntryAt* entry);

/// After its entry was unlinked: frees the run, or leaves it loose.
void release_run(const Plane& plane, uint32_t head, uint32_t generation, uint32_t owner);
/// After its entry was published in that ring: opens the run, and frees it if the entry is gone already.
void open_run(const Plane& plane, const ring::Run& run, ring::RingId ring, uint32_t owner);
/// After its entry was moved to that ring.
void note_run_ring(const Plane& plane, const ring::RunRef& run, ring::RingId ring);

/// Notes that there may be loose runs.
void note_loose(const Plane& plane, uint64_t turns = 1);
/// collect_runs, if there may be loose runs and it is time to look. True if it freed any.
bool collect_if_due(const Plane& plane, uint32_t owner, segment::Tally& tally);
/// Frees loose runs, and runs of entries that are expired or whose tag was removed; counts the others' pages anew.
/// Returns how many it freed.
uint64_t collect_runs(const Plane& plane, uint32_t owner, segment::Tally* tally = nullptr);

}  // namespace larder::policy
