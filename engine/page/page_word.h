// page_word.h – the word that decides who may do what with a page.
//
//   63      51   50    49    48 47          32 31                          0
//  +----------+------+---------+--------------+-----------------------------+
//  |    0     | ring |  state  | owner slot+1 |         generation          |
//  +----------+------+---------+--------------+-----------------------------+
//
//   state      owner    in which queue            who leaves it, with which CAS
//   free       –        free queue                take_free: → claimed by the taker
//   claimed    a worker not yet, or just pushed   the claimer after its push, or whoever meets the page in a ring
//   queue:
//                       to a ring                 → ring; give_back: → free, generation + 1
//   ring       –        its ring's queue          a hand or the expirer: → emptying by it
//   emptying   a worker none                      its owner: → free, generation + 1 (recycle), or → ring, generation +
//   1 (set
//                                                 aside), after pushing it there
//
// Invariants    P1 a generation names one stay of a page in the queues; it grows by one whenever the page goes back to
// the
//               free queue or is set aside. So a ring cell whose generation is that of an emptying page is a leftover
//               that anybody may drop. P2 only the owner writes to the bytes of a page that is claimed or emptying;
//               appenders write to reserved bytes of a ring page under their hazard. P3 the bytes of a free page are
//               zero. P4 a push linearizes a transition before the word says so: a free-queue cell of generation g + 1
//               for a claimed or emptying page of generation g means "free now", and its taker may claim it in one CAS;
//               a ring cell of generation g for a claimed page of generation g, or of g + 1 for an emptying page of
//               generation g, means "in the ring now".
// Orders        the CAS to emptying and the hazard scans after it are in the single total order with an appender's
// hazard
//               store and its load of this word: one of the two sees the other (page/hazard.h).
// Crash         claimed or emptying by a dead worker: bury looks into the queues (P4) and finishes, or gives the page
//               back to the free queue (claimed) or to its ring (emptying). No page is ever lost.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"

namespace larder::page {

enum class State : uint8_t { free = 0, claimed = 1, ring = 2, emptying = 3 };

struct PageWord {
  using Generation = base::Field<0, 32>;
  using Owner = base::Field<32, 16>;
  using StateBits = base::Field<48, 2>;
  using Ring = base::Field<50, 1>;

  static constexpr State state(uint64_t w) { return static_cast<State>(StateBits::get(w)); }
  static constexpr uint32_t generation(uint64_t w) { return static_cast<uint32_t>(Generation::get(w)); }
  static constexpr uint64_t make(State state, uint32_t generation, uint32_t owner, uint32_t ring) {
    return StateBits::make(static_cast<uint64_t>(state)) | Generation::make(generation) | Owner::make(owner) |
           Ring::make(ring);
  }
};

/// What the engine keeps about a page.
struct PageRecord {
  base::Atomic64 word;  ///< PageWord
  base::Atomic64 tail;  ///< bytes reserved so far; may exceed the page's size by failed reservations
  base::Atomic64
      earliest;          ///< no entry of the page expires before this (ms since the segment was made); 0 = none expires
  base::Atomic64 dead;   ///< stores: bytes of records that are gone, about; a hint for the compactor
  base::Atomic64 dirty;  ///< stores: not 0 = the page may hold records that are not on disk yet
};

}  // namespace larder::page
