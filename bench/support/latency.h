// latency.h – how long single operations take: a histogram of processor ticks.
//
// Reading the tick counter costs 10 to 20 ns, which is in every figure of every contestant. Cells are an eighth of an
// octave wide (12 %), so a histogram is small enough to stay in the first-level cache beside what is measured.
#pragma once

#include <x86intrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace larder::bench {

/// Times below which a half, 99 % and 99.9 % of the operations stayed, in nanoseconds. Zeros: not measured.
struct Latency {
  double median = 0, p99 = 0, p999 = 0;
};

class Ticks {
 public:
  static uint64_t now() { return __rdtsc(); }

  void add(uint64_t ticks) {
    ++cells_[cell_of(ticks)];
    ++count_;
  }
  /// `nanoseconds` is what one tick lasts.
  Latency latency(double nanoseconds) const {
    return {share(0.5) * nanoseconds, share(0.99) * nanoseconds, share(0.999) * nanoseconds};
  }

 private:
  static constexpr uint32_t kPerOctave = 8;

  static size_t cell_of(uint64_t ticks) {
    if (ticks < kPerOctave) return ticks;
    const auto octave = static_cast<uint32_t>(std::bit_width(ticks)) - 4;  // 8 to 15 ticks: the first
    return kPerOctave * (octave + 1) + (ticks >> octave) - kPerOctave;
  }
  /// The upper end of a cell, in ticks.
  static double end_of(size_t cell) {
    if (cell < kPerOctave) return double(cell + 1);
    const size_t octave = cell / kPerOctave - 1;
    return double((cell % kPerOctave + kPerOctave + 1) << octave);
  }
  double share(double wanted) const {
    uint64_t seen = 0;
    for (size_t cell = 0; cell < cells_.size(); ++cell)
      if (double(seen += cells_[cell]) >= wanted * double(count_)) return end_of(cell);
    return 0;
  }

  std::array<uint32_t, 64 * kPerOctave> cells_{};
  uint64_t count_ = 0;
};

}  // namespace larder::bench
