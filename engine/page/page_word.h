// page_word.h – the word that decides who may do what with a page.
//
//   63      53   52    51    48 47          32 31                          0
//  +----------+------+---------+--------------+-----------------------------+
//  |    0     | ring |  state  | owner slot+1 |         generation          |
//  +----------+------+---------+--------------+-----------------------------+
//
//   state      owner    in which queue            who leaves it, with which CAS
//   free       –        free queue                take_free: → claimed by the taker
//   claimed    a worker not yet, or just pushed   the claimer after its push, or whoever meets the page in a ring
//   queue:
//                       to a ring                 → ring; give_back: → free, generation + 1; begin: → building or tail
//   ring       –        its ring's queue          a hand or the expirer: → emptying by it
//   emptying   a worker none                      its owner: → free, generation + 1 (recycle), or → ring, generation +
//   1 (set
//                                                 aside), after pushing it there, or → claimed, generation + 1 (keep)
//
//   pages of runs (ring/runs.h; docs/design/runs.md): neighbours that hold one value; the first is the head
//   building   a worker none                      its owner: → run (open), → freeing (abandon)
//   run        –        none                      whoever frees it: → freeing by it
//   freeing    a worker none, or just pushed      its owner: → free, generation + 1
//   tail       –        none                      the owner of its freeing head: → claimed by it
//
//   out        –        none                      the resizer of the cache: → claimed by it (docs/design/budgets.md)
//
// What lies at or beyond the cache's limit goes out instead of being freed: take_free takes a free page out, who frees
// an owned page puts it out, both in the next step of the word.
//
// Invariants    P1 a generation names one stay of a page in the queues; it grows by one whenever the page goes back to
//               the free queue, is set aside or kept. So a ring cell whose generation is that of an emptying page is a
//               leftover that anybody may drop. P2 only the owner writes to the bytes of a page that is claimed or
//               emptying; appenders write to reserved bytes of a ring page under their hazard. P3 the bytes of a free
//               page are zero, and those of a page that is out, which may have no memory behind them. P4 a push
//               linearizes a transition before the word says so: a free-queue cell of generation g + 1 for a claimed,
//               emptying or freeing page of generation g means "free now", and its taker may claim it in one CAS; a
//               ring cell of generation g for a claimed page of generation g, or of g
//               + 1 for an emptying page of generation g, means "in the ring now".
// Orders        the CAS to emptying and the hazard scans after it are in the single total order with an appender's
//               hazard store and its load of this word: one of the two sees the other (page/hazard.h).
// Crash         claimed or emptying by a dead worker: bury looks into the queues (P4) and finishes, or gives the page
//               back to the free queue (claimed) or to its ring (emptying). Building or freeing: ring/runs.h. No page
//               is ever lost.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"

namespace larder::page {

enum class State : uint8_t {
  free = 0,
  claimed = 1,
  ring = 2,
  emptying = 3,
  building = 4,
  run = 5,
  tail = 6,
  freeing = 7,
  out = 8,
};

struct PageWord {
  using Generation = base::Field<0, 32>;
  using Owner = base::Field<32, 16>;
  using StateBits = base::Field<48, 4>;
  using Ring = base::Field<52, 1>;  ///< of a ring page; of a run's head: the ring its entry is in, a hint

  static constexpr State state(uint64_t w) { return static_cast<State>(StateBits::get(w)); }
  static constexpr uint32_t generation(uint64_t w) { return static_cast<uint32_t>(Generation::get(w)); }
  static constexpr uint64_t make(State state, uint32_t generation, uint32_t owner, uint32_t ring) {
    return StateBits::make(static_cast<uint64_t>(state)) | Generation::make(generation) | Owner::make(owner) |
           Ring::make(ring);
  }
};

/// What the engine keeps about a page.
#ifdef LARDER_MODEL
struct PageRecord {
#else
struct alignas(64) PageRecord {
#endif
  base::Atomic64 word;      ///< PageWord
  base::Atomic64 tail;      ///< bytes reserved so far; may exceed the page's size by failed reservations
  base::Atomic64 earliest;  ///< ring: no entry expires before this (ms since the segment was made), 0 = none expires;
                            ///< head: hash of the key; tail: number of its head
  base::Atomic64 dead;      ///< bytes of entries or records that are gone, about: what emptying the page would gain
  base::Atomic64 dirty;     ///< stores: not 0 = the page may hold records that are not on disk yet
  base::Atomic64 runs;      ///< ring: pages of the runs whose entries were appended here; head: pages of its run
  base::Atomic64 ticket;    ///< ring: where its ring's queue has it, unless it was set aside since: a hint
};

}  // namespace larder::page
