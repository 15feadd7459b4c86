// policy.h – what the sidecar knows about the caches' settings, as plain values.
//
// What it is    the setting in use and how it came to it, how the compared settings do, and the misses at other sizes,
//               read from what the sidecar wrote down (policy/tune_words.h).
// Invariants    nothing read from the segment is trusted: counts are bounded, shares lie within 0..1.
// Concurrency   a snapshot of a moving thing.
// Crash         reading changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larder/options.h"
#include "observe/observe.h"
#include "policy/budget_words.h"

namespace larder::observe {

struct ArmFigures {
  PolicySetting setting;
  double misses = 0;  ///< share of recent sampled lookups, 0..1
};

struct DecisionFigures {
  int64_t unix_ms = 0;
  PolicySetting from, to;
  double from_misses = 0, to_misses = 0;
};

struct CurvePoint {
  double size = 1;    ///< in budgets of the cache as it is now
  double misses = 0;  ///< share of the lookups, 0..1
};

/// A change of the budget.
struct BudgetChange {
  int64_t unix_ms = 0;
  uint64_t from = 0, to = 0;  ///< bytes
  policy::BudgetCause cause = policy::BudgetCause::hand;
  std::string peer;  ///< the other cache of a move; empty = none
};

struct PolicyFigures {
  std::string cache;
  uint64_t budget = 0;   ///< bytes of page memory
  double miss_cost = 1;  ///< beside those of other caches
  PolicySetting configured, in_use;
  double cold_share = 0;  ///< of the budget, that the cold ring should have now
  uint64_t lookups = 0;   ///< hits and misses since the segment was made
  uint64_t samples = 0;   ///< lookups that were sampled and simulated
  uint64_t entries = 0;   ///< in a simulated cache of one budget
  std::vector<ArmFigures> arms;
  uint64_t switches = 0;                   ///< ever
  std::vector<DecisionFigures> decisions;  ///< the last ones, oldest first
  uint64_t curve_samples = 0;
  std::vector<CurvePoint> curve;         ///< sizes ascending; empty without samples
  uint64_t budget_changes = 0;           ///< ever
  std::vector<BudgetChange> budget_log;  ///< the last ones, oldest first
};

/// One for each cache, in the order of the directory; stores have no policy.
std::vector<PolicyFigures> read_policies(const Inspector& inspector);

}  // namespace larder::observe
