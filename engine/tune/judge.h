// judge.h – which of several settings to use, from how often each would have missed.
//
// What it is    takes the misses of every candidate, window by window, and says which one to use. Recent windows count
//               most. A candidate takes over only if it misses clearly less than the one in use: by kMargin of the
//               latter's misses, and by more than the differences between the two vary from window to window. Each
//               switch widens the margin for a while, so that two candidates that are about equal, or take turns, do
//               not make the cache go back and forth.
// Invariants    J1 the candidate in use changes only to one whose score is lower by both margins. J2 a stream that goes
//               on alike causes a bounded number of switches.
// Concurrency   plain memory of one thread.
// Crash         process-private; a successor begins anew with the setting that is in use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace larder::tune {

class Judge {
 public:
  static constexpr double kMemory = 0.995;  ///< what a window's misses count in the next one
  static constexpr double kMargin = 0.005;  ///< of the misses of the candidate in use
  static constexpr double kDoubt = 2;       ///< standard deviations of the summed differences
  static constexpr double kCaution = 2;     ///< a switch multiplies the margin by this...
  static constexpr double kCalm = 0.98;     ///< ...and each window shrinks it again
  static constexpr double kMostMargin = 0.04;

  Judge(size_t candidates, size_t in_use)
      : scores_(candidates, 0), spread_(candidates * candidates, 0), in_use_(in_use) {}

  /// One window's misses of each candidate. True if another candidate is in use from now on.
  bool window(std::span<const uint64_t> misses);
  size_t in_use() const { return in_use_; }
  /// Misses, recent windows counting most; comparable between candidates.
  double score(size_t candidate) const { return scores_[candidate]; }
  double margin() const { return margin_; }

 private:
  std::vector<double> scores_;
  std::vector<double> spread_;  ///< summed squares of the differences between two candidates, [one][other]
  size_t in_use_;
  double margin_ = kMargin;
};

}  // namespace larder::tune
