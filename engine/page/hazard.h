// hazard.h – announcing that a thread may write into a page, or reads it in place; asking whether anybody does.
//
// What it is    a thread stores a HazardWord in its own line, then looks again whether the page is still what it was;
//               who wants to recycle a page first takes it out of circulation, then scans all lines.
// Invariants    H1 announce, then re-check; take out, then scan: all four accesses are in one total order, so either
//               the thread sees that the page is gone, or the scan sees the thread (models: hand.pml; tests/model). H2
//               both scans of a recycler are needed: before the sweep for writers that reserved bytes while the page
//               was open, after it for views that were taken before their slot was cleared.
// Concurrency   announcing writes the thread's own line only. A scan reads one line a thread that ever attached at
//               once.
// Crash         a dead thread's hazards stay until bury clears them; a stopped one's stay: it can hold as many pages as
//               it has hazard words, no more.
#pragma once

#include <cstdint>

#include "segment/roster.h"

namespace larder::page {

/// Announces that the thread works on a page. Clear with work_done.
inline void announce_work(segment::ThreadLine& line, uint32_t region, uint32_t page) {
  line.work.store_sync(segment::HazardWord::make(region, page));
}
inline void work_done(segment::ThreadLine& line) { line.work.store_release(0); }

/// Announces, in one of the thread's pins, that it reads a page in place. Clear with unpin.
inline void announce_pin(segment::ThreadLine& line, uint32_t pin, uint32_t region, uint32_t page) {
  line.pins[pin].store_sync(segment::HazardWord::make(region, page));
}
inline void unpin(segment::ThreadLine& line, uint32_t pin) { line.pins[pin].store_release(0); }

/// Calls `visit(word)` for the hazard words of all threads until it returns true; then true.
template <class Visitor>
bool any_hazard(const segment::Tables& tables, const Visitor& visit) {
  const uint64_t used = tables.super->lines_used.load_sync();
  const uint64_t count = used < tables.lines.size() ? used : tables.lines.size();
  for (uint64_t i = 0; i < count; ++i) {
    const segment::ThreadLine& line = tables.lines[i];
    if (visit(line.work.load_sync())) return true;
    for (const base::Atomic64& pin : line.pins)
      if (visit(pin.load_sync())) return true;
  }
  return false;
}

/// True if any thread holds the page.
inline bool is_held(const segment::Tables& tables, uint32_t region, uint32_t page) {
  const uint64_t wanted = segment::HazardWord::make(region, page);
  return any_hazard(tables, [wanted](uint64_t word) { return word == wanted; });
}

}  // namespace larder::page
