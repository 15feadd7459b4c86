// room.h – room for a new record: a page of its own log, or what expiry, removal and compaction give back.
//
// What it is    the store's counterpart of the hands: nothing live is ever dropped. Room comes, in this order, from the
//               open page, a free page, expired records, compaction of the page that holds most garbage, the pages of
//               dead workers, an exact recount of the garbage, and, where the configuration allows it, droppable
//               records that expire soonest.
// Invariants    M1 a page is recycled only after every live record in it was moved, and after a scan of the hazards on
//               either side of that (page/hazard.h, H2). M2 a record is frozen before its cell is copied (record.h,
//               C1). M3 the last `reserve` pages are opened only to move records: compaction never waits for room.
// Concurrency   any number of threads; each owns the page it empties.
// Crash         the page stays emptying by the dead worker until bury puts it back into its ring; what was moved was.
#pragma once

#include <optional>

#include "cache/region.h"

namespace larder::store {

/// Rings::try_reserve for a record. A page whose tail was damaged, so that a cell in it would lie across two 16-byte
/// words, is closed: nobody could change that cell, and no look would take it for a record.
std::optional<ring::Room> try_reserve(const ring::Rings& rings, ring::RingId ring, uint32_t bytes,
                                      segment::ThreadLine& line, uint64_t* ticket);

/// Reserves bytes with the thread's work hazard on their page. `spare`: may use the reserve, for changes of frozen
/// records. Nothing if the store is full.
std::optional<ring::Room> make_room(const cache::Region& region, segment::ThreadState& thread, uint32_t bytes,
                                    bool spare);

/// Unlinks what is expired in pages that may hold such records. Returns how many records went.
uint64_t expire_due(const cache::Region& region, segment::ThreadState& thread);

/// Where expire_some goes on: the next page of each ring, by its number.
struct ExpireCursor {
  uint64_t next[2] = {0, 0};
};
/// The same for at most `pages` pages of each ring, going round.
uint64_t expire_some(const cache::Region& region, segment::ThreadState& thread, ExpireCursor& cursor, uint64_t pages);

/// Frees pages until `wanted` are free beyond the reserve, or no page has at least `least` bytes of garbage, or nothing
/// more can be had without dropping; a bounded number a call. Returns how many pages it freed.
uint64_t compact(const cache::Region& region, segment::ThreadState& thread, uint64_t wanted, uint64_t least = 1);

}  // namespace larder::store
