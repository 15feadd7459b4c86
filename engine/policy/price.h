// price.h – what an entry's weight asks of it (rule 6): a byte kept should be worth as much whoever fills it.
//
// What it is    references count hits; a heavy entry takes the room of several light ones, so it must earn more of
//               them. In the hot ring one more round costs as many references as the entry has average weights: 2 for
//               one of twice the average; half a reference for one of half, that is one in every second round, by a
//               throw of dice that depends on the key and the round only.
// Invariants    R1 an entry of average weight pays one reference, as without this rule; so do all entries of a cache
//               whose entries are alike. R2 a round is free in at most seven of eight throws, so hands end.
// Concurrency   pure functions.
// Crash         nothing to repair.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace larder::policy {

struct Price {
  int promotion = 0;  ///< references beyond the setting's `promote` to leave the cold ring upwards
  uint32_t stay = 1;  ///< references that one more round of the hot ring takes

  static constexpr double kAlike = 0.1;         ///< so near to the average counts as average
  static constexpr double kLeastRound = 0.125;  ///< references
  static constexpr double kMostRound = 3;       ///< references; the largest count

  /// `weight` in averages; `dice` 0..1.
  static Price of(double weight, double dice) {
    Price price;
    price.promotion = int{weight > 2} + int{weight > 4} - int{weight < 0.25};
    if (std::abs(weight - 1) <= kAlike) return price;
    const double round = std::clamp(weight, kLeastRound, kMostRound);
    price.stay = static_cast<uint32_t>(round);
    price.stay += dice < round - price.stay ? 1 : 0;
    return price;
  }
  /// The same for everybody who looks at a key in the page of one ticket.
  static double dice(uint64_t hash, uint64_t ticket) {
    const uint64_t mixed = (hash ^ ticket * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
    return double(mixed >> 40) / double(1u << 24);
  }
};

}  // namespace larder::policy
