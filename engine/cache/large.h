// large.h – values that take pages of their own.
//
// What it is    such a value fills a run of neighbouring pages (ring/runs.h); its entry, a usual one, holds a reference
//               to it. The run is gathered, filled, begun; then the entry is stored as any other and the run opened.
// Concurrency   from any thread; nothing waits. The run belongs to the worker until its entry is published.
// Crash         before the run is begun: claimed pages, which bury frees. Later: ring/runs.h.
#pragma once

#include "cache/store_entry.h"

namespace larder::cache {

/// True if an entry with such a key, value and terms fits a page.
inline bool fits_page(const Region& region, size_t key_bytes, uint64_t value_bytes, const ring::EntryTerms& terms) {
  const uint32_t page = region.plane.rings.table().page_bytes();
  if (value_bytes >= page) return false;
  const uint64_t header =
      ring::make_header(static_cast<uint32_t>(key_bytes), static_cast<uint32_t>(value_bytes), terms);
  return ring::shape_of(header).total <= page;
}

/// Longest value of a run in this cache, in bytes; 0 = the cache is too small for runs.
uint64_t longest_run(const Region& region);
/// True if a run can hold such a value, and a page the entry that refers to it.
bool fits_run(const Region& region, size_t key_bytes, uint64_t value_bytes, const ring::EntryTerms& terms);

/// Stores a value that does not fit a page.
PutResult store_large(const Region& region, segment::ThreadState& thread, Sought& sought, std::string_view value,
                      const ring::EntryTerms& terms, index::Presence presence);

/// Neighbouring pages for a value of this key; the caller fills them. Drops the key's older run if both would be too
/// much for the cache and `presence` allows it.
std::optional<ring::Run> gather_run(const Region& region, segment::ThreadState& thread, Sought& sought, uint64_t bytes,
                                    index::Presence presence);
/// Publishes a filled run as the key's value; frees it if the answer is not stored.
PutResult store_run(const Region& region, segment::ThreadState& thread, Sought& sought, const ring::Run& run,
                    uint64_t bytes, const ring::EntryTerms& terms, index::Presence presence);
/// Frees a gathered run that was not begun.
void drop_gathered(const Region& region, uint32_t owner, const ring::Run& run);

}  // namespace larder::cache
