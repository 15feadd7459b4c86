// sampler.h – figures over time: what happened per second during the last moments.
//
// What it is    Sampler keeps the figures of the last kWindow seconds and answers differences against the oldest of
//               them; before a second sample exists, against the creation of the segment.
// Invariants    caches are compared by index (their order is fixed for a segment), workers by slot, pid and kind.
// Concurrency   one thread.
// Crash         reading changes nothing.
#pragma once

#include <chrono>
#include <deque>

#include "observe/observe.h"

namespace larder::tools {

/// One cache at the moment of a sample, with what happened during the window.
struct CacheRow {
  CacheFigures figures;
  std::array<uint64_t, kCounters> recent{};  ///< counters, only what the window added
  double seconds = 0;                        ///< length of the window

  uint64_t operations() const;         ///< since creation
  uint64_t recent_operations() const;  ///< in the window
  double per_second(uint64_t recent_count) const { return seconds > 0 ? double(recent_count) / seconds : 0; }
  uint64_t of(Counter counter) const { return recent[static_cast<size_t>(counter)]; }
  /// Hits of the lookups in the window, 0..1; below zero if there were none.
  double recent_hit_ratio() const;
  /// Nothing in it and nothing asked of it.
  bool idle() const { return figures.entries == 0 && recent_operations() == 0; }
};

struct WorkerRow {
  WorkerFigures figures;
  double operations_per_second = 0;
};

class Sampler {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kWindow{10};

  /// Reads the figures. Counting entries walks the whole index, so between two counts at least kThrift times what
  /// one takes goes by, and the samples in between repeat the last count.
  void take(const observe::Inspector& inspector);
  void reset();

  const SegmentFigures& now() const { return samples_.back().figures; }
  int64_t age_ms() const { return samples_.back().unix_ms - now().created_unix_ms; }
  /// Seconds that the differences cover.
  double seconds() const;
  std::vector<CacheRow> cache_rows() const;
  std::vector<WorkerRow> worker_rows() const;

 private:
  struct Sample {
    Clock::time_point time;
    int64_t unix_ms = 0;
    SegmentFigures figures;
  };
  static constexpr int kThrift = 100;
  std::deque<Sample> samples_;
  Clock::time_point next_census_{};
};

/// The sum of many rows, under a name.
CacheRow sum_of(const std::vector<CacheRow>& rows, std::string name);

}  // namespace larder::tools
