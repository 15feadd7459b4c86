// sweep.h – which pages of a ring may hold something expired, without looking at all of them.
//
// What it is    a Sweep looks through the pages of one ring, kBlock tickets at a time, and remembers of every block
// when
//               the first of its entries expires. A round looks at the blocks that are new, or due by then, and passes
//               over the rest at the cost of one compare each: an idle cache of 16 GiB takes 4096 compares a round
//               instead of 262,144 page records.
// Invariants    W1 what is remembered is a hint: entries that are noted in a page after its block was looked at (a slow
//               writer's, a touch with a shorter time) are met when the block's turn comes, which is every kTurns
//               rounds. Until then they take room; no read returns them (promise of exact expiry). W2 a block is
//               remembered only if all its tickets were pushed and none is the newest: a page that is still appended to
//               is looked at in every round. W3 a ticket names one stay of a page in the ring, so a block needs no
//               other name.
// Concurrency   one thread; the pages are everybody's (policy/hand.h, expire_page).
// Crash         process-private: the next sidecar looks at everything once.
#pragma once

#include <cstdint>
#include <vector>

#include "cache/region.h"

namespace larder::sidecar {

class Sweep {
 public:
  static constexpr uint64_t kBlock = 64;   ///< tickets
  static constexpr uint64_t kTurns = 512;  ///< rounds after which a block is looked at, due or not

  Sweep(const cache::Region& region, ring::RingId ring);

  /// Unlinks what is expired in blocks that are due; looks at no more tickets than `limit`, and goes on there in the
  /// next round. Returns how many entries it unlinked.
  uint64_t round(const cache::Region& region, segment::ThreadState& thread, uint64_t limit);
  /// Page records read so far.
  uint64_t records_read() const { return records_read_; }

 private:
  struct Memory {
    uint64_t block_plus_1 = 0;  ///< 0 = nothing is known
    uint64_t due = 0;           ///< on the clock of the segment's expiries; 0 = nothing in it expires
  };
  bool is_due(uint64_t block, uint64_t now) const;
  uint64_t look(const cache::Region& region, segment::ThreadState& thread, uint64_t block);

  ring::RingId ring_;
  std::vector<Memory> memory_;
  uint64_t cursor_ = 0;  ///< block
  uint64_t turn_ = 0;
  uint64_t records_read_ = 0;
};

/// Unlinks what is expired in the pages of these tickets. Returns how many entries it unlinked.
uint64_t expire_tickets(const cache::Region& region, segment::ThreadState& thread, ring::RingId ring, uint64_t from,
                        uint64_t to);

}  // namespace larder::sidecar
