// gather.h – neighbouring pages for a run: first enough room, then a place.
//
// What it is    the hands free as many pages as the run needs, as for any entry, so that the policy alone decides what
//               goes. What is free then lies anywhere; the cheapest window (policy/window.h) is cleared: its free pages
//               are taken from the free queue by turning that once, entries in its other pages are moved into room
//               elsewhere, and a run that reaches into it is dropped.
// Invariants    A1 the pages of a run that is being gathered are claimed by the worker, one by one: to everybody else,
//               and to its burier, they are pages like any other. A2 the work is bounded by the pages of the cache;
//               what fails gives everything back.
// Concurrency   from any thread; others may take pages of a window first, then the next one is tried.
// Crash         bury frees each claimed page; a page whose entries were being moved is an emptied page like any other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/hand.h"

namespace larder::policy {

class Gatherer {
 public:
  Gatherer(const Plane& plane, Hand& hand, segment::Tally& tally, uint32_t owner)
      : plane_(plane), hand_(hand), tally_(tally), owner_(owner) {}

  /// Claims so many neighbouring pages, all zero and marked as used to their ends. `mercy`: policy, or all (then
  /// nothing that is live is dropped). Nothing if they cannot be had.
  std::optional<ring::Run> gather(uint32_t pages, Mercy mercy);

 private:
  struct Place {
    uint32_t first = 0;
    std::vector<std::optional<uint32_t>> generations;  ///< of the pages that are ours

    bool covers(uint32_t page) const { return page >= first && page - first < generations.size(); }
    bool lacks(uint32_t page) const { return covers(page) && !generations[page - first]; }
    void take(ring::OwnedPage owned) { generations[owned.page - first] = owned.generation; }
  };
  bool make_room(uint32_t pages, Mercy mercy);
  bool clear(Place& place, Mercy mercy);
  void drop_runs(const Place& place);
  void take_free(Place& place);
  void empty_ring(Place& place, ring::RingId ring, Mercy mercy);
  void give_back(const Place& place);

  const Plane& plane_;
  Hand& hand_;
  segment::Tally& tally_;
  uint32_t owner_;
};

/// Drops the entry of a run, live or not, and its run. False if it has none or somebody else was faster.
bool drop_run(const Plane& plane, uint32_t head, uint32_t owner, segment::Tally& tally);

}  // namespace larder::policy
