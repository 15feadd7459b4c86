// advice.h – what each cache would gain or lose at other sizes, and which split of the memory costs least.
//
// What it is    miss-ratio curves, how often each cache is asked and what a miss costs, turned into advice. Between the
//               measured sizes a curve is drawn as its lower convex hull, straight from point to point.
// Invariants    A1 the split sums up to the memory given. A2 no cache goes beyond the sizes its curve covers. A3 a
//               cache whose curve is not known keeps its size. A4 the advised split never costs more, by the curves,
//               than the present one.
// Concurrency   plain values.
// Crash         nothing is shared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace larder::observe {

struct SizePoint {
  double bytes = 0;
  double misses = 0;  ///< share of the lookups, 0..1
};

/// One cache, as far as advice goes.
struct Demand {
  std::string cache;
  double bytes = 0;              ///< its size now
  double lookups = 0;            ///< of a period that is the same for all caches
  double cost = 1;               ///< of one miss, in any unit
  std::vector<SizePoint> curve;  ///< sizes ascending; empty = not known

  /// Misses per lookup at a size, 0..1; the hull of the curve, flat beyond its ends. 0 without a curve.
  double misses_at(double size) const;
  double cost_at(double size) const { return lookups * cost * misses_at(size); }
};

struct Split {
  std::vector<double> bytes;  ///< for each demand, in order
  double cost_now = 0, cost_then = 0;
};

/// The split of `total` bytes with the lowest cost of misses.
Split best_split(const std::vector<Demand>& demands, double total);

}  // namespace larder::observe
