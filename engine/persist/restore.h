// restore.h – rows from disk into a store.
//
// What it is    restore() fills the store of a segment that nobody else can see yet; add_to_store() adds one record to
//               any store.
// Invariants    what is there is never replaced. What comes from disk is not dirty. A row that expired meanwhile does
//               not come back. A store that cannot hold everything is an error: what was left out would be erased.
// Concurrency   one thread.
// Crash         the unnamed segment is gone; the database is as it was.
#pragma once

#include "persist/disk.h"
#include "store/operation.h"

namespace larder::persist {

Identity identity_of(const store::Region& region);

/// Adds the row unless a record of its key is there or it is expired. True if it did. Code::no_space if it does not
/// fit.
Result<bool> add_to_store(const store::Region& region, segment::ThreadState& thread, const Row& row);

/// Fills a new store, and makes the database its segment's. `say` tells how many records came and what was left out.
Status restore(const store::Region& region, Disk& disk, const Say& say);

}  // namespace larder::persist
