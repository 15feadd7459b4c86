// budgets.h – the sidecar's work on the budgets of caches: finishing changes, and moving memory where it saves most.
//
// What it is    go_on() does what is left of changes that are under way, whoever began them. move() is one interval of
//               the mover (tune/mover.h) on live caches: it shrinks one cache, and what the caches then have less than
//               the configured sizes goes to the one that gains most, in a later interval, once its memory was given
//               back.
// Invariants    M1 the budgets together never go beyond the configured sizes together by a move. M2 while a change is
//               under way none is begun, so no memory is counted twice. M3 moves keep nothing in mind but statistics: a
//               sidecar that dies between the two halves of a move leaves memory that its successor gives out.
// Concurrency   one thread, the holder of the sidecar lock. Caches that others resize are left alone.
// Crash         cache/resizer.h.
#pragma once

#include <string>
#include <vector>

#include "larder/cache.h"
#include "tune/mover.h"

namespace larder::sidecar {

class Budgets {
 public:
  /// The caches of one segment; they outlive it.
  explicit Budgets(const std::vector<Cache>& caches) : caches_(caches), complained_(caches.size()) {}

  /// Goes on with changes that are under way, some steps each. Returns what went wrong, each complaint once.
  std::vector<std::string> go_on();
  /// One interval. `counts` in the order of the caches. Returns what was decided, in words.
  std::vector<std::string> move(const std::vector<tune::CurveCount>& counts);

 private:
  const std::vector<Cache>& caches_;
  std::vector<std::string> complained_;  ///< the last complaint about each cache
  tune::Mover mover_;
};

}  // namespace larder::sidecar
