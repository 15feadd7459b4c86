// collect.h – the durable records of a store's pages, for the disk; and saying afterwards that they are there.
//
// What it is    collect() walks one page and copies what is to be written; settle() clears the dirty bit of a cell that
//               did not change since, and gives up a tombstone whose end is on disk.
// Protocol      of a pass over a page: take its mark; walk it; commit; settle. A change of a record: mark its page;
//               change cell or slot; look at the mark again, and set it if it is gone; answer.
// Invariants    W1 what is answered is dirty in a page that is marked, or was collected, or is clean because that very
//               state is on disk. Taking the mark and then looking at the cells, and changing a cell and then looking
//               at the mark, are in one total order: one of the two sees the other.
//               W2 what is collected of a key was its state at that moment: its slot led to the record before and after
//               the cell was read. So of two collections of one key the later one is the newer one.
//               W3 settle changes a cell only from exactly the pair that was collected, under the hazard of its page,
//               after another look at the slot (store/record.h, C2); never a frozen one (C1): its copy stays dirty.
//               W4 a walk is exact: if bytes that were stepped over because nothing stood there are written meanwhile,
//               it begins again. A header is written before the rest of a record, so it shows.
// Concurrency   one collector a store, beside any number of workers. Waits for nobody. Hazards: the thread's work word.
// Crash         the collector may die anywhere: a mark that was taken is lost, so the next one looks at all pages.
//               A worker that dies between its change and the second look was never answered; its record is dirty in a
//               page without a mark until the look at all pages that follows each burial.
#pragma once

#include <vector>

#include "persist/row.h"
#include "store/operation.h"

namespace larder::persist {

/// Which records are collected.
enum class Which : uint8_t {
  changed,  ///< the dirty ones
  all,      ///< every durable one
};

/// What was collected of one record.
struct Caught {
  RowChange change;
  index::Found found;
  uint32_t bucket = 0;
  uint32_t bytes = 0;
  base::Pair cell;
};

class Collector {
 public:
  Collector(const store::Region& region, segment::ThreadState& thread) : region_(region), thread_(thread) {}

  /// Takes the page's mark. True if it was set.
  bool take_mark(uint32_t page) const;
  void put_mark(uint32_t page) const;
  bool is_marked(uint32_t page) const;
  /// Appends what is to be written of the page.
  void collect(uint32_t page, Which which, std::vector<Caught>& caught) const;
  /// After the commit.
  void settle(const Caught& caught) const;
  uint32_t pages() const { return region_.plane.rings.table().count(); }

 private:
  bool walk(uint32_t page, Which which, std::vector<Caught>& caught) const;
  void look_at(uint32_t position, const ring::EntryAt& entry, Which which, std::vector<Caught>& caught) const;

  const store::Region& region_;
  segment::ThreadState& thread_;
};

/// Milliseconds of the wall clock for an expiry in the segment's time, and back; 0 stays 0. What is past becomes 1.
uint64_t to_wall(const store::Region& region, uint64_t expiry);
uint64_t from_wall(const store::Region& region, uint64_t unix_ms);

}  // namespace larder::persist
