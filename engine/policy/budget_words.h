// budget_words.h – how far a cache's change of budget has come, where it may go, and the last changes.
//
// What it is    the words of a region beside its limit (cache/region_layout.h): what whoever resizes it goes by, and
//               what tools show. docs/design/budgets.md tells the protocol.
// Invariants    N1 `resizing` is not 0 from before the first step of a change until after its last one. N2 what lies
//               beyond `reserved` pages has no memory, but for what a late look brought back. Counts are checked
//               against the region's shape before use.
// Concurrency   written by the holder of the cache's resize lock; read by anybody.
// Crash         each word is old or new; the next holder of the lock goes on from where they stand.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"

namespace larder::policy {

constexpr uint32_t kBudgetChanges = 16;  ///< changes remembered

/// Who asked for a change.
enum class BudgetCause : uint8_t {
  hand = 0,           ///< Cache::resize, `larder resize`
  configuration = 1,  ///< a changed configuration
  moved = 2,          ///< larderd, between two caches
};

struct BudgetChangeWords {
  /// The other cache of a move: number + 1, 0 = none | cause.
  struct Why {
    using Cause = base::Field<0, 8>;
    using Peer = base::Field<8, 16>;
  };
  base::Atomic64 unix_ms;
  base::Atomic64 from, to;  ///< pages
  base::Atomic64 why;       ///< Why
};

struct BudgetWords {
  base::Atomic64 resizing;  ///< unix ms since when a change is under way; 0 = none is
  base::Atomic64 reserved;  ///< pages, the first ones, that may have memory; at least the limit
  base::Atomic64 quiet;     ///< base::now_ms() + 1 since when nothing beyond the limit is in use; 0 = something may be
  base::Atomic64 configured;  ///< pages of the configuration that was applied last
  base::Atomic64 floor;       ///< pages that moving leaves the cache at least
  base::Atomic64 miss_cost;   ///< what a miss costs beside those of other caches, in thousandths
  base::Atomic64 changes;     ///< changes ever; the last kBudgetChanges are in `change`
  BudgetChangeWords change[kBudgetChanges];
};

}  // namespace larder::policy
