// histogram.h – log-linear histogram of durations: fixed memory, at most 1.6 % error.
//
// What it is    values below 64 have a bin each; every power of two above has 64 bins of equal width. Plain numbers,
//               so it can be written to a crew's board and summed.
// Invariants    count() is the number of add() calls of all merged histograms; quantiles are upper ends of bins.
// Concurrency   one thread; merge copies.
// Crash         a histogram is only read after its writer wrote it as a whole.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace larder::tools {

class Histogram {
 public:
  void add(uint64_t value) { ++bins_[bin(value)]; }
  void merge(const Histogram& other) {
    for (size_t i = 0; i < kBins; ++i) bins_[i] += other.bins_[i];
  }
  uint64_t count() const {
    uint64_t sum = 0;
    for (const uint64_t bin : bins_) sum += bin;
    return sum;
  }
  /// Smallest bin end that at least `share` (0..1) of the values do not exceed; 0 if empty.
  uint64_t quantile(double share) const {
    const uint64_t all = count();
    if (all == 0) return 0;
    const auto wanted = static_cast<uint64_t>(std::llround(share * double(all)));
    uint64_t seen = 0;
    for (size_t i = 0; i < kBins; ++i) {
      seen += bins_[i];
      if (seen >= wanted && seen > 0) return upper_end(i);
    }
    return upper_end(kBins - 1);
  }

 private:
  static constexpr uint32_t kSubBits = 6;   ///< 64 bins a power of two
  static constexpr uint32_t kOctaves = 34;  ///< up to 2^40
  static constexpr size_t kBins = (size_t{kOctaves} + 1) << kSubBits;

  static size_t bin(uint64_t value) {
    if (value < (1u << kSubBits)) return value;
    const uint32_t shift = static_cast<uint32_t>(std::bit_width(value)) - kSubBits - 1;
    if (shift >= kOctaves) return kBins - 1;
    return (size_t{shift} << kSubBits) + (value >> shift);
  }
  static uint64_t upper_end(size_t bin) {
    if (bin < (2u << kSubBits)) return bin;
    const uint64_t shift = (bin >> kSubBits) - 1;
    return (((bin & ((1u << kSubBits) - 1)) + (1u << kSubBits) + 1) << shift) - 1;
  }

  std::array<uint64_t, kBins> bins_{};
};

}  // namespace larder::tools
