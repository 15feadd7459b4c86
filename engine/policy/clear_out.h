// clear_out.h – emptying the pages that lie beyond a cache's limit, after it was lowered.
//
// What it is    runs that reach beyond the limit are dropped, free pages there are put out by turning the free queue
//               once, and entries of ring pages are moved into pages below the limit, within their ring: what has to go
//               for that is the policy's choice, as for any page that is needed. What somebody owns or holds is left
//               for the next call.
// Invariants    C1 a page beyond the limit that is out stays out while the limit does not rise (ring/rings.h, G3): so
//               calls end. C2 with Mercy::all nothing live is dropped: runs stay, and pages whose entries find no room.
// Concurrency   from any thread; one at a time is enough (cache/resizer.h).
// Crash         as a hand's: a page is emptied, moved from and put out step by step; bury finishes.
#pragma once

#include <cstdint>

#include "policy/hand.h"

namespace larder::policy {

class ClearOut {
 public:
  /// `end`: pages from it on are out already.
  ClearOut(const Plane& plane, Hand& hand, segment::Tally& tally, uint32_t owner, uint32_t end)
      : plane_(plane), hand_(hand), tally_(tally), owner_(owner), end_(end) {}

  /// Goes once through the pages beyond the limit. Returns how many of them are still in use.
  uint32_t run(Mercy mercy);
  /// Pages beyond the limit that are in use.
  uint32_t left() const;

 private:
  void drop_runs();
  void put_free_out();
  void empty_ring(ring::RingId ring, Mercy mercy);
  bool beyond(uint32_t page) const { return page >= plane_.rings.limit() && page < end_; }

  const Plane& plane_;
  Hand& hand_;
  segment::Tally& tally_;
  uint32_t owner_;
  uint32_t end_;
};

}  // namespace larder::policy
