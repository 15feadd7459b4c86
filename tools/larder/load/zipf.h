// zipf.h – ranks with Zipf's popularity, in constant memory.
//
// What it is    rank k (from 0) has probability proportional to 1/(k+1)^exponent. Sampled by rejection-inversion: the
//               area below the smooth curve x^-exponent is inverted, and the few points between curve and staircase
//               are rejected (on average fewer than one in ten), so no table is needed however many ranks there are.
// Invariants    0 <= sample() < count; exponent > 0, 1 included.
// Concurrency   sample() is const; the random source is the caller's.
// Crash         nothing is shared.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "load/random.h"

namespace larder::tools {

class Zipf {
 public:
  Zipf(uint32_t count, double exponent) : count_(std::max(count, 1u)), exponent_(exponent) {
    lowest_ = area(1.5) - 1;
    highest_ = area(double(count_) + 0.5);
    sure_ = 2 - place(area(2.5) - height(2));
  }

  uint32_t sample(Random& random) const {
    for (;;) {
      const double chosen = highest_ + random.unit() * (lowest_ - highest_);
      const double x = place(chosen);
      const double rank = std::clamp(std::floor(x + 0.5), 1.0, double(count_));
      if (rank - x <= sure_ || chosen >= area(rank + 0.5) - height(rank)) return static_cast<uint32_t>(rank) - 1;
    }
  }

 private:
  double height(double x) const { return std::exp(-exponent_ * std::log(x)); }
  /// Integral of the curve from 1 to x, exact also near exponent 1.
  double area(double x) const {
    const double log_x = std::log(x), power = (1 - exponent_) * log_x;
    return std::abs(power) > 1e-8 ? log_x * std::expm1(power) / power : log_x * (1 + power / 2);
  }
  /// The x where area(x) is `wanted`.
  double place(double wanted) const {
    const double power = std::max(wanted * (1 - exponent_), -1.0);
    return std::exp(std::abs(power) > 1e-8 ? wanted * std::log1p(power) / power : wanted * (1 - power / 2));
  }

  uint32_t count_;
  double exponent_;
  double lowest_ = 0, highest_ = 0, sure_ = 0;
};

}  // namespace larder::tools
