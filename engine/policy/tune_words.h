// tune_words.h – what the sidecar knows about a cache's setting, for tools to show and for the next sidecar.
//
// What it is    the words of a region that only the sidecar writes: the setting that was configured, how each
//               candidate does, the last switches, and the misses at other sizes.
// Invariants    figures and hints; nothing in the engine goes by them but the sidecar. Counts are checked before use.
// Concurrency   one writer, relaxed; a reader may see a half-written row of figures.
// Crash         a row half-written by a dead sidecar is overwritten by the next.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace larder::policy {

constexpr uint32_t kArms = 12;       ///< settings compared, the configured one included, at most
constexpr uint32_t kDecisions = 16;  ///< switches remembered
constexpr uint32_t kCurvePoints = 7;
/// The sizes of the miss-ratio curve, in budgets of the cache as it was when the simulations began.
constexpr double kCurveSizes[kCurvePoints] = {0.125, 0.25, 0.5, 1, 2, 4, 8};

struct ArmWords {
  base::Atomic64 setting;  ///< SettingWord
  base::Atomic64 misses;   ///< of the accesses it was judged by, recent ones counting most, in millionths
};

/// A switch from one setting to another.
struct DecisionWords {
  base::Atomic64 unix_ms;
  base::Atomic64 from, to;                ///< SettingWords
  base::Atomic64 from_misses, to_misses;  ///< millionths, as they were judged
};

struct TuneWords {
  base::Atomic64 configured;  ///< SettingWord of the configuration; the setting in use may be another
  base::Atomic64 samples;     ///< sampled lookups simulated since the segment was made
  base::Atomic64 entries;     ///< entries the simulated cache of one budget holds
  base::Atomic64 arms;        ///< rows of `arm` in use
  base::Atomic64 decisions;   ///< switches ever; the last kDecisions are in `decision`
  ArmWords arm[kArms];
  DecisionWords decision[kDecisions];
  base::Atomic64 curve_samples;        ///< sampled lookups behind the curve
  base::Atomic64 curve_pages;          ///< the budget that kCurveSizes are multiples of
  base::Atomic64 curve[kCurvePoints];  ///< misses at kCurveSizes, millionths
};

}  // namespace larder::policy
