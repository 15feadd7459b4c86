// rings.h – the two rings of a cache and its free pages: reserving room for an entry, opening, setting aside, freeing
// pages.
//
// What it is    the page life cycle of page_word.h as code, over one PageTable and three PageQueues. Which page to take
//               and what to do with its entries is the policy's business (policy/hand.h).
// Invariants    G1 every page is free and in the free queue, or in its ring's queue, or owned by a worker, or out;
//               transitions are ordered (P4) so that whoever dies in one leaves a state that bury() finishes. G2
//               try_reserve returns bytes only of a page that no recycler can take before the caller clears its work
//               hazard. G3 a page below the limit does not stay out, and none beyond it comes in: who puts a page out
//               looks at the limit again, who brings one in looks at it after the page is his.
// Concurrency   every function from any thread; lock-free.
// Crash         see page_word.h; finish_for() is the burier's half.
#pragma once

#include <cstdint>
#include <optional>

#include "page/hazard.h"
#include "page/page_table.h"
#include "ring/page_queue.h"

namespace larder::ring {

enum class RingId : uint8_t { cold = 0, hot = 1 };

/// Reserved bytes in a page, protected by the reserving thread's work hazard.
struct Room {
  uint32_t page = 0;
  uint32_t position = 0;
};

/// A page its taker owns, and the generation it has.
struct OwnedPage {
  uint32_t page = 0;
  uint32_t generation = 0;
};

class Rings {
 public:
  Rings() = default;
  /// `limit`: the word that says how many pages are in use, the first ones.
  Rings(const segment::Tables* tables, uint32_t region, page::PageTable table, PageQueue cold, PageQueue hot,
        PageQueue free, const base::Atomic64* limit, uint32_t first_offset = 0)
      : tables_(tables),
        region_(region),
        table_(table),
        queues_{cold, hot},
        free_(free),
        limit_(limit),
        first_offset_(first_offset) {}

  const page::PageTable& table() const { return table_; }
  const PageQueue& queue(RingId ring) const { return queues_[static_cast<size_t>(ring)]; }
  const PageQueue& free_queue() const { return free_; }
  uint64_t free_pages() const { return free_.span(); }
  /// Pages of the budget: pages below this number are in use, those from it on are out or on their way.
  uint32_t limit() const {
    const uint64_t limit = limit_->load_sync();
    return limit < table_.count() ? static_cast<uint32_t>(limit) : table_.count();
  }
  uint32_t region() const { return region_; }
  const segment::Tables& tables() const { return *tables_; }

  /// Reserves `size` bytes (a multiple of 8) at the end of the ring's newest page and leaves the line's work hazard on
  /// it. Nothing if a new page must be opened first; then `ticket` is what open_page wants and no hazard is left.
  std::optional<Room> try_reserve(RingId ring, uint32_t size, segment::ThreadLine& line, uint64_t* ticket) const;
  /// Opens a free page as the ring's newest, unless somebody else did since `ticket`. False if free pages do not exceed
  /// `reserve`, or the queue is full.
  bool open_page(RingId ring, uint64_t ticket, uint32_t owner, uint64_t reserve) const;

  /// Takes a page of a ring out of circulation to empty it. False if somebody else has it; drops stale cells.
  std::optional<OwnedPage> take(RingId ring, const Ticket& ticket, uint32_t owner) const;
  /// Puts an owned (emptying) page back, as the newest of its ring and in its next generation. Always succeeds, but
  /// on a damaged queue: one whose cells are used up by an old page and the dropped ones behind it is moved on page by
  /// page.
  void set_aside(RingId ring, OwnedPage owned, uint32_t owner) const;
  /// Zeroes an owned page that nobody holds and nothing points into, and frees it (beyond the limit: puts it out).
  void recycle(OwnedPage owned, uint32_t owner) const;
  /// Zeroes such a page and keeps it, claimed, in its next generation.
  OwnedPage keep(OwnedPage owned, uint32_t owner) const;
  /// Claims the oldest free page, unless free pages do not exceed `reserve`. Those beyond the limit go out on the way.
  std::optional<OwnedPage> take_free(uint32_t owner, uint64_t reserve) const;
  /// Zeroes a claimed page that nothing points into, and frees it.
  void give_back(OwnedPage owned, uint32_t owner) const;
  /// Zeroes an owned page as far as it was used, and forgets what its record said.
  void clean(uint32_t page) const;
  /// Pushes an owned page that is clean into the free queue, and lets its word follow; beyond the limit it goes out.
  void free_page(page::State from, OwnedPage owned, uint32_t owner) const;
  /// Frees a page that is out and lies below the limit (again). False if it is not out.
  bool bring_in(uint32_t page, uint32_t owner) const;

  /// Notes that an entry of a run of so many pages was appended to a page, which the caller holds by its work hazard.
  /// A page that carries its share of runs is closed: what a hand must decide about at once stays small.
  void note_run(uint32_t page, uint32_t pages) const;
  bool is_held(uint32_t page) const { return page::is_held(*tables_, region_, page); }

  /// Finishes what a dead owner left of a page. Returns true if the page was the owner's.
  bool finish_for(uint32_t page, uint32_t owner) const;

 private:
  bool put_out(uint32_t page, uint64_t word, uint32_t generation, uint32_t owner) const;
  bool settle_cell(RingId ring, const Ticket& ticket) const;
  bool is_stale(const Ticket& ticket) const;
  void drop_stale(RingId ring) const;

  const segment::Tables* tables_ = nullptr;
  uint32_t region_ = 0;
  page::PageTable table_;
  PageQueue queues_[2];
  PageQueue free_;
  const base::Atomic64* limit_ = nullptr;
  uint32_t first_offset_ = 0;  ///< of the first entry of a page
};

}  // namespace larder::ring
