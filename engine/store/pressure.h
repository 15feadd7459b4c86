// pressure.h – a full store gives up what the configuration calls droppable, soonest expiry first.
//
// What it is    rate windows and greylist entries, say, may be worth less than the next lock. Off unless first bytes of
//               such keys were named (StoreOptions::droppable).
// Concurrency   any thread; two at once drop a little more than one.
// Crash         each record is dropped whole or stays.
#pragma once

#include "cache/region.h"

namespace larder::store {

/// Drops droppable records that expire soonest, about a sixteenth of the store's bytes. Returns how many went.
uint64_t drop_soonest(const cache::Region& region, segment::ThreadState& thread);

/// Drops the droppable record that expires soonest of those in the buckets of a key. True if a slot may be free now.
bool drop_in_buckets(const cache::Region& region, segment::ThreadState& thread, index::Probe probe);

}  // namespace larder::store
