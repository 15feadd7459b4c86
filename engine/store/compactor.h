// compactor.h – emptying one page of a store: what is live moves, the page is freed.
//
// Invariants, crash: room.h. Uses the thread's work hazard, which must be clear.
#pragma once

#include "cache/region.h"

namespace larder::store {

class Compactor {
 public:
  Compactor(const cache::Region& region, segment::ThreadState& thread)
      : region_(region),
        plane_(region.plane),
        thread_(thread),
        owner_(static_cast<uint32_t>(segment::OwnerWord::Slot::get(thread.owner))) {}

  /// Moves every live record of the page elsewhere and frees it. False if it is held, or taken by somebody else, or
  /// something in it could not be moved.
  bool empty(ring::RingId ring, const ring::Ticket& ticket);
  /// Unlinks expired records of the page, without moving anything. Returns how many.
  uint64_t expire(ring::RingId ring, const ring::Ticket& ticket);
  /// Unlinks what does not stay from the buckets of a key that found all of them full. True if a slot became free.
  bool free_slot(index::Probe probe);
  /// Unlinks an expired record that was met, unless it or its slot changed.
  void retire(const index::Found& found, const ring::EntryAt& entry);
  /// Counts the bytes of the page's live records and sets its garbage accordingly.
  void recount(uint32_t page);

 private:
  struct Record {
    ring::EntryAt entry;
    uint32_t position = 0;
    index::Found found;  ///< live or pending slot that leads to it, if any
    uint32_t bucket = 0;
  };
  /// Of the records of a page that stay.
  struct Census {
    uint64_t live = 0;      ///< bytes
    uint64_t earliest = 0;  ///< expiry, 0 = none
  };
  Census census(uint32_t page);
  template <class Visit>
  void each_record(uint32_t page, const Visit& visit);
  bool stays(uint64_t meta) const;
  bool settle(Record& record);
  bool drop(const Record& record);
  bool move(const Record& record);

  const cache::Region& region_;
  const policy::Plane& plane_;
  segment::ThreadState& thread_;
  uint32_t owner_;
};

}  // namespace larder::store
