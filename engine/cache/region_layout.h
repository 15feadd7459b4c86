// region_layout.h – the bytes of one cache's region, and how large each part must be.
//
//   | RegionHeader | Bucket[] | GhostLine[] x 2 | tag epochs | PageRecord[] | cells cold, hot, free | (to 4096) pages |
//
// What it is    the fixed layout of a region and the arithmetic from CacheOptions to it. A region is made once and
//               never changes its shape: it is planned for the largest budget, and its pages from `limit` on are
//               address space only (docs/design/budgets.md).
// Invariants    L1 budget = page memory: limit * page_bytes <= options.size. Everything else is fixed overhead,
//               reported as such. L2 the index has room for the entries expected at kIndexLoad, so that all buckets of
//               a key are full for about one insert in a thousand. L3 queues have at least twice as many cells as there
//               are pages.
//               L4 shape and directory entry are what was published: shape_check() is compared before either is used.
// Versions      see segment/layout.h.
// Crash         written before publication, constant after.
#pragma once

#include <cstdint>
#include <string_view>

#include "index/slot.h"
#include "larder/options.h"
#include "os/shm_file.h"
#include "page/page_word.h"
#include "policy/budget_words.h"
#include "policy/plane.h"
#include "policy/tune_words.h"
#include "ring/page_queue.h"
#include "segment/layout.h"

namespace larder::cache {

/// What a region keeps.
enum class RegionKind : uint32_t { cache = 0, store = 1 };

/// One bit for each first byte of a key.
struct FirstBytes {
  base::Atomic64 words[4];

  bool has(std::string_view key) const {
    const auto byte = static_cast<uint8_t>(key.front());
    return (words[byte / 64].load_relaxed() >> byte % 64 & 1) != 0;
  }
};

/// Words that only stores use (engine/store). What every change of a value writes has a line of its own; the lines that
/// operations only read stay in everybody's cache.
struct StoreWords {
  alignas(64) base::Atomic64 versions;   ///< the newest version given to a value
  alignas(64) FirstBytes durable;        ///< keys that the sidecar keeps on disk
  FirstBytes droppable;                  ///< keys that may be dropped, soonest expiry first, when the store is full
  alignas(64) base::Atomic64 reconcile;  ///< not 0: removals may be missing on disk; see store/durable.h
  base::Atomic64 pressed_at;             ///< bucket where dropping under pressure goes on
  base::Atomic64 recount_at;             ///< page whose garbage is counted anew next
  base::Atomic64 reconciled;             ///< times that the sidecar cleared `reconcile`
  base::Atomic64 disk_at;                ///< unix ms: all changes made before are on disk; 0 = nobody writes to disk
  base::Atomic64 disk_rows;              ///< records on disk
  base::Atomic64 disk_failing;           ///< unix ms since when the disk cannot be written; 0 = it can
};

/// The part that is constant after publication.
struct RegionShape {
  uint64_t region_size;
  RegionKind kind;
  uint32_t page_bytes;
  uint32_t pages;  ///< of the largest budget
  uint32_t buckets;
  uint32_t ghost_lines;
  uint32_t recent_lines;  ///< of what the hot ring dropped
  uint32_t tag_slots;
  uint32_t ring_cells;  ///< of each ring's queue; power of two
  uint32_t free_cells;  ///< of the free queue; power of two
  uint32_t reserve;     ///< free pages only the hands may use
  uint32_t expected_entry;
  uint64_t buckets_at, ghosts_at, recent_at, tags_at, records_at, cells_at, pages_at;  ///< from the start of the region
  uint64_t check;                                                                      ///< shape_check()
};

/// Checksum of a shape (up to `check`) and of the directory's entry that leads to it.
uint64_t shape_check(const segment::DirectoryEntry& entry, const RegionShape& shape);

struct RegionHeader {
  RegionShape shape;

  // Read by every operation, changed only by the sidecar and by who resizes the cache.
  alignas(64) base::Atomic64 setting;  ///< policy::SettingWord
  base::Atomic64 ttl_ms;               ///< default time to live; 0 = none
  base::Atomic64 idle_ms;              ///< default idle time to live; 0 = none
  base::Atomic64 mode;                 ///< CacheMode
  base::Atomic64 sampling;             ///< keys whose hash has none of these bits are sampled, see samples.h
  base::Atomic64 limit;                ///< pages in use, the first ones: the budget
  base::Atomic64 goal;                 ///< pages the limit goes to; the limit if no change is under way

  alignas(64) policy::PolicyWords policy;

  alignas(64) ring::QueueWords cold;
  ring::QueueWords hot;
  ring::QueueWords free;

  StoreWords store;

  alignas(64) policy::TuneWords tune;
  alignas(64) policy::BudgetWords budget;
};

constexpr uint64_t kSampleNothing = ~uint64_t{0};  ///< of RegionHeader::sampling

/// Sizes and offsets of a region for these options (which are valid).
struct RegionPlan {
  RegionShape shape{};
  uint64_t total = 0;      ///< bytes, a multiple of 4096
  uint32_t pages_now = 0;  ///< of the budget to begin with
};
RegionPlan plan_region(const CacheOptions& options);
RegionPlan plan_region(const StoreOptions& options);

/// What these options would plan for a region that is there: where they leave the page size open, it has one.
RegionPlan plan_like(CacheOptions options, uint32_t page_bytes);
RegionPlan plan_like(StoreOptions options, uint32_t page_bytes);

/// The part of a file that a region of this shape, which begins at `region_at`, needs no memory for while its first
/// `pages` are in use. It begins at a whole unit of memory, so that huge pages stay whole.
os::Extent spare_extent(const RegionShape& shape, uint64_t region_at, uint32_t pages);
/// The smallest budget a region of this shape can have, in pages.
uint32_t least_pages(const RegionShape& shape);
/// What BudgetWords::floor and ::miss_cost hold for these options.
uint32_t floor_pages(const CacheOptions& options, const RegionShape& shape);
uint64_t cost_word(double miss_cost);

/// The page size that plan_region chooses for a budget and an expected entry.
uint32_t choose_page_bytes(uint64_t size, uint32_t expected_entry);

}  // namespace larder::cache
