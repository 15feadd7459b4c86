// keeper.h – the sidecar's work on one segment: expire, free pages ahead of need, tune, change budgets, purge stores,
// bury the dead.
//
// What it is    the engine half of larderd. Keeper holds the segment's sidecar lock (an OFD file lock), so there is one
//               at a time; run_cycle() does one bounded round of upkeep and returns what it did.
// Invariants    the segment needs no keeper: expiry is exact on reads and workers free pages themselves. Every step
//               is one that a worker may do too, so a keeper may die, stop or be doubled at any instruction.
// Concurrency   one thread drives a Keeper.
// Crash         the kernel frees the sidecar lock; the next keeper adopts the segment as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "larder/options.h"
#include "larder/result.h"
#include "larder/segment.h"
#include "sidecar/switch.h"

namespace larder::sidecar {

/// What one cycle did.
struct Cycle {
  uint64_t expired = 0;              ///< entries and records unlinked because they were expired
  uint64_t pages_emptied = 0;        ///< pages freed ahead of need
  uint32_t buried = 0;               ///< dead workers buried
  std::vector<Switch> switches;      ///< settings replaced by better ones
  std::vector<std::string> budgets;  ///< what went wrong with changes of budgets, in words
};

/// One setting that a changed configuration would change, and whether it was applied.
struct Change {
  std::string what;      ///< e.g. "cache dnsTxt: ttl 1h -> 2h"
  bool applied = false;  ///< false: needs a new segment; the reason is in `why`
  std::string why;
};

class Keeper {
 public:
  /// Takes the sidecar lock. Code::busy if another process holds it (the message names its pid).
  static Result<Keeper> take(Segment segment);
  Keeper(Keeper&&) noexcept;
  Keeper& operator=(Keeper&&) noexcept;
  ~Keeper();

  /// One bounded round over all caches and stores.
  Cycle run_cycle();
  /// The part of a round that chooses settings: takes the samples of all workers. Part of run_cycle().
  std::vector<Switch> tune();
  /// One interval of moving memory between caches (budgets.h). Returns what was decided, in words.
  std::vector<std::string> move_memory();
  /// Unlinks everything that is expired now in one cache (all caches if the name is empty). Returns how many.
  uint64_t expire_all(std::string_view cache = {});
  /// Unlinks every record of a store that is expired now; one that is renewed meanwhile stays. Returns how many.
  /// Code::not_found if the segment has no such store.
  Result<uint64_t> purge(std::string_view store);
  /// Applies what can change live (size within max, min, cost, ttl, idle, mode, policy; which records a full store may
  /// drop) and names what cannot (max, page size, new and removed caches and stores, the default store, workers,
  /// threads). A smaller size is reached in the cycles that follow. What is kept on disk is
  /// not the keeper's.
  std::vector<Change> apply(const SegmentOptions& wanted);
  const Segment& segment() const;
  const std::vector<Cache>& caches() const;

 private:
  struct Impl;
  explicit Keeper(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::sidecar
