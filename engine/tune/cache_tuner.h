// cache_tuner.h – choosing the setting of one cache, and its miss-ratio curve, from a sampled share of its accesses.
//
// What it is    CacheTuner holds a Panel with one miniature cache for each setting compared (arms.h) and one for each
//               size of the curve, and a Judge that looks at the misses of every window of lookups.
// Invariants    U1 keys are sampled by their hash, so all accesses of a key are seen or none. U2 miniature caches hold
//               about kEntries entries, or as many as the cache itself if that holds fewer.
// Concurrency   plain memory of one thread.
// Crash         process-private.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "policy/tune_words.h"
#include "tune/judge.h"
#include "tune/panel.h"

namespace larder::tune {

/// A verdict: use `to` from now on.
struct Verdict {
  PolicySetting from, to;
  double from_misses = 0, to_misses = 0;  ///< of recent lookups, 0..1
};

class CacheTuner {
 public:
  static constexpr double kEntries = 2000;   ///< wanted in a miniature cache
  static constexpr uint32_t kMostBits = 12;  ///< at least one key in 4096 is sampled
  static constexpr double kWindow = 0.1;     ///< lookups between two judgements, in entries
  static constexpr uint64_t kLeastWindow = 200;

  struct Scale {
    double usable_bytes = 0;  ///< of the cache's pages
    double entry_bytes = 1;   ///< that an entry takes on average
    uint32_t bits = 0;        ///< of the hash that are zero in sampled keys
  };
  CacheTuner(const PolicySetting& configured, const PolicySetting& in_use, const Scale& scale);

  /// Low bits of the hash that are zero in sampled keys, as a mask.
  uint64_t mask() const { return (uint64_t{1} << bits_) - 1; }
  uint32_t bits() const { return bits_; }
  /// Share of the keys that are sampled.
  double rate() const { return 1.0 / double(uint64_t{1} << bits_); }
  /// The bits that a cache of this shape should have.
  static uint32_t bits_for(double usable_bytes, double entry_bytes);

  /// Takes one sample; answers when another setting should be used.
  std::optional<Verdict> take(const segment::Sample& sample, uint32_t now);

  size_t arms() const { return settings_.size(); }
  const PolicySetting& setting(size_t arm) const { return settings_[arm]; }
  size_t in_use() const { return judge_.in_use(); }
  /// Share of recent sampled lookups that the arm missed, 0..1. Comparable between arms; a very popular key, sampled or
  /// not, moves all of them.
  double misses(size_t arm) const;
  uint64_t lookups() const { return panel_.lookups(); }
  /// Share of the lookups that a cache of kCurveSizes[point] budgets would have missed, 0..1. `lookups` are all that
  /// the cache answered meanwhile: misses are spread evenly over the sampled keys and the others, lookups are not,
  /// because of a few very popular keys (SHARDS' adjustment).
  double curve(size_t point, uint64_t lookups) const;
  /// Sampled lookups that a cache of kCurveSizes[point] budgets would have missed.
  uint64_t curve_misses(size_t point) const { return panel_[first_of_curve_ + point].misses; }

 private:
  std::vector<PolicySetting> settings_;
  uint32_t bits_;
  Panel panel_;
  size_t first_of_curve_;
  uint64_t window_;
  Judge judge_;
  std::vector<uint64_t> before_;  ///< misses at the end of the last window
  double weight_ = 0;             ///< lookups behind the judge's scores
};

}  // namespace larder::tune
