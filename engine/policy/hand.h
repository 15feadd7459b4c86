// hand.h – the two hands: emptying the oldest page of a ring, keeping what earned it.
//
// What it is    rules 3 to 5 of POLICY (docs/design/policy.md) on whole pages. A hand takes the oldest page of the ring
//               that is over its share, moves the entries that earned it to the hot ring (one CAS on their slot each),
//               unlinks the rest, leaves ghosts, and frees the page.
// Invariants    D1 a page is recycled only after its entries' slots were cleared or moved, and after a scan of the
//               hazards on either side of that (page/hazard.h, H2). D2 every step is idempotent: a hand that dies is
//               finished by bury and the next hand. D3 an entry's times are frozen before they are copied
//               (ring/entry_times.h): a touch is in the copy, or meets the frozen entry and moves it itself; the hand's
//               CAS on the slot then fails.
// Concurrency   any number of hands; each owns the page it empties. Work is bounded: kTries pages looked at a call.
// Crash         the page stays emptying by the dead worker until bury puts it back into its ring.
#pragma once

#include <cstdint>

#include "policy/plane.h"
#include "segment/tally.h"

namespace larder::policy {

/// What a hand spares of a page it empties.
enum class Mercy : uint8_t {
  none,    ///< nothing: also entries that would have stayed hot are dropped
  policy,  ///< what earned it (rules 4 and 5)
  all,     ///< every live entry: only expired and removed ones make room
  place,   ///< every live entry that finds room elsewhere: it is the page's place that is wanted (policy/gather.h)
};

class Hand {
 public:
  /// `line` must have no work announced; the hand uses its work hazard.
  Hand(const Plane& plane, segment::ThreadLine& line, segment::Tally& tally, uint32_t owner)
      : plane_(plane), line_(line), tally_(tally), owner_(owner) {}

  /// Empties one page: by Mercy::policy of one with dead bytes if that is worth it (weed.cc; less than a page may be
  /// won by it), else of the ring that is over its share. False if no page could be emptied (all held, or taken by
  /// others, or no room for what must be spared).
  bool make_room(Mercy mercy = Mercy::policy);
  /// The same without looking for dead bytes: for those who need many pages at once.
  bool turn(Mercy mercy);
  /// Empties the page of one ticket. False if it is held or not there any more.
  bool empty(ring::RingId ring, const ring::Ticket& ticket, Mercy mercy = Mercy::policy);
  /// Empties the page of one ticket and leaves it to the caller, still emptying: to recycle or to keep.
  std::optional<ring::OwnedPage> empty_out(ring::RingId ring, const ring::Ticket& ticket, Mercy mercy);
  /// Rule 3: may a key found among the ghosts, whose entry takes `bytes`, enter a full hot ring? (challenge.cc)
  bool admits_ghost(uint64_t bytes);

 private:
  struct Candidate {
    uint32_t position;
    ring::EntryAt entry;
    uint64_t hash;
    index::Probe probe;
  };
  bool weed();
  bool weed_known();
  bool weed_worst();
  void close_gap();
  bool empty_oldest(ring::RingId ring, Mercy mercy);
  bool sweep(ring::RingId ring, const ring::Ticket& ticket, ring::OwnedPage owned, Mercy mercy);
  bool settle(ring::RingId ring, const ring::Ticket& ticket, const Candidate& candidate, Mercy mercy);
  void pay(uint64_t ticket, const Candidate& candidate, uint64_t bytes);
  bool unlink_leftover(const Candidate& candidate, index::Found found, uint32_t bucket);
  bool spares(ring::RingId ring, const ring::EntryAt& entry, uint32_t refs, const Price& price, Mercy mercy) const;
  bool move_to(ring::RingId ring, const ring::EntryAt& entry, index::Found found, uint32_t refs);
  void forget(const Candidate& candidate, const ring::EntryAt& entry, ring::RingId ring, const ring::Ticket& ticket);
  void note_average(uint64_t bytes, uint64_t entries);
  struct Seen {
    bool found = false;
    bool stays = false;  ///< the hot hand would spare it
    uint64_t bytes = 0;
  };
  void pay_evenly(uint64_t* cursor);
  Seen look(uint64_t* cursor);
  Seen look_at(const ring::Ticket& ticket, uint32_t offset, uint32_t* next);

  const Plane& plane_;
  segment::ThreadLine& line_;
  segment::Tally& tally_;
  uint32_t owner_;
  bool fills_ = false;  ///< the hot ring had room when the page was begun: looked at once, it is everybody's memory
};

/// Unlinks what is expired in one page without emptying it, and learns when to come again; frees the page if nothing in
/// it is live. Returns the number of entries unlinked.
uint64_t expire_page(const Plane& plane, segment::ThreadLine& line, segment::Tally& tally, uint32_t owner,
                     ring::RingId ring, const ring::Ticket& ticket);

}  // namespace larder::policy
