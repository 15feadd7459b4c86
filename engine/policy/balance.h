// balance.h – how much of a cache the cold ring gets: it follows what returns.
//
// What it is    one word a cache, a share in units of 2^-40. A key that returns shortly after the cold ring dropped it
//               would still be there had the cold ring been a little larger: the share grows. One that returns shortly
//               after the hot ring dropped it says the contrary: the share shrinks. Both count the weight of the
//               returning entry, and only ghosts of the last kRecent budgets that each ring dropped, so the share comes
//               to rest where a byte more would gain as much in either ring.
// Invariants    B1 a share in use lies within [kLeast, kMost], whatever the word holds. B2 one returning entry moves it
//               by at most half its own weight, so it never moves faster than the cache turns over.
// Concurrency   relaxed load, relaxed store: two threads at once may lose one of two steps. Changed only by puts of
//               returning keys.
// Crash         a word changes whole; any value is safe.
#pragma once

#include <algorithm>
#include <cstdint>

namespace larder::policy {

constexpr double kRecent = 0.2;  ///< budgets of dropped weight whose return counts, for each ring

struct ColdShare {
  static constexpr double kLeast = 0.01;
  static constexpr double kMost = 0.90;
  static constexpr double kGain = 0.5;  ///< of the returning entry's weight
  static constexpr double kUnit = double(uint64_t{1} << 40);

  /// The share that a word stands for; `set` is the setting's, where it begins.
  static double value(uint64_t word, double set) {
    return std::clamp(word == 0 ? set : double(word & (2 * uint64_t(kUnit) - 1)) / kUnit, kLeast, kMost);
  }
  /// The word after an entry of `weight` (in budgets) returned: from the cold ring's ghosts, or the hot ring's.
  static uint64_t moved(uint64_t word, double set, double weight, bool cold_would_have_kept_it) {
    const double step = std::clamp(weight, 0.0, 1.0) * kGain;
    const double wanted = value(word, set) + (cold_would_have_kept_it ? step : -step);
    return uint64_t(std::clamp(wanted, kLeast, kMost) * kUnit);
  }
};

}  // namespace larder::policy
