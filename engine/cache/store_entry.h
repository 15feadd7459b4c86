// store_entry.h – writing one entry: the common path of put, add, replace and of a touch that needs new bytes.
//
// What it is    reserve bytes at the end of a ring's newest page (under the work hazard), write, publish in the index.
// When a
//               page is needed and none is free, the writer turns a hand itself, a bounded number of times.
// Concurrency   from any thread; lock-free.
// Crash         before publication: unreferenced bytes, stepped over by the hand; the claim, if any, is in the thread's
//               line.
#pragma once

#include <string_view>

#include "cache/region.h"

namespace larder::cache {

/// The terms an entry gets from the caller's options and the cache's defaults. False if a ttl is out of range.
bool make_terms(const Region& region, const PutOptions& options, ring::EntryTerms& terms);

/// Whether this attachment can write this key now: stored, or why not. Then `terms` and `thread` are set.
PutResult admit(const Region& region, std::string_view key, const PutOptions& options, ring::EntryTerms& terms,
                segment::ThreadState*& thread);

/// Stores a value of any size: in its entry if that fits a page, else in a run (large.h).
PutResult store_entry(const Region& region, segment::ThreadState& thread, std::string_view key, std::string_view value,
                      const ring::EntryTerms& terms, index::Presence presence);

/// An entry that fits a page, before it has a place.
struct Draft {
  std::string_view value;  ///< its bytes in the entry: the value, or the reference to its run
  const ring::EntryTerms& terms;
  const ring::Run* run = nullptr;  ///< begun; opened if the entry is stored, else still the caller's
  uint64_t bytes = 0;              ///< of the value
};
/// Stores it. Counts, but does not end the operation.
PutResult store_draft(const Region& region, segment::ThreadState& thread, Sought& sought, const Draft& draft,
                      index::Presence presence);
/// Answers a value that no cache of this size holds: counted, and an older value of the key goes.
PutResult refuse_too_large(const Region& region, segment::ThreadState& thread, Sought& sought,
                           index::Presence presence);

enum class Again : uint8_t { stored, changed, no_room };
/// Stores a found entry's key and value again under other terms, in place of exactly that entry: whatever was put since
/// stays. Leaves `reserve` pages free.
Again store_again(const Region& region, segment::ThreadState& thread, const Sought& sought, const index::Found& found,
                  std::string_view value, const ring::EntryTerms& terms, uint64_t reserve);

}  // namespace larder::cache
