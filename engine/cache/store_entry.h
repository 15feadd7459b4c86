// store_entry.h – writing one entry: the common path of put, add, replace and of a touch that needs new bytes.
//
// What it is    reserve bytes at the end of a ring's newest page (under the work hazard), write, publish in the index.
// When a
//               page is needed and none is free, the writer turns a hand itself, a bounded number of times.
// Concurrency   from any thread; lock-free.
// Crash         before publication: unreferenced bytes, stepped over by the hand; the claim, if any, is in the thread's
// line.
#pragma once

#include <string_view>

#include "cache/region.h"

namespace larder::cache {

/// The terms an entry gets from the caller's options and the cache's defaults. False if a ttl is out of range.
bool make_terms(const Region& region, const PutOptions& options, ring::EntryTerms& terms);

PutResult store_entry(const Region& region, segment::ThreadState& thread, std::string_view key, std::string_view value,
                      const ring::EntryTerms& terms, index::Presence presence);

enum class Again : uint8_t { stored, changed, no_room };
/// Stores a found entry's key and value again under other terms, in place of exactly that entry: whatever was put since
/// stays. Leaves `reserve` pages free.
Again store_again(const Region& region, segment::ThreadState& thread, const Sought& sought, const index::Found& found,
                  std::string_view value, const ring::EntryTerms& terms, uint64_t reserve);

}  // namespace larder::cache
