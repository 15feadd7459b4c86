// writer.h – keeps a database equal to the durable records of a living store.
//
// What it is    pass() writes what changed since the last one. work_on() does, piece by piece between passes, what must
//               be done now and then: comparing the rows on disk with the store, and looking at every page.
// Truth         the store's memory, if the database was last written for this very segment. Otherwise the two are
//               merged: rows that memory lacks are added to it, everything else is written; then the database belongs
//               to this segment.
// Invariants    K1 nothing is marked clean before the commit that holds it returned (collect.h). K2 a row is erased
//               only because memory, the truth, has no live record of its key: and that is looked up and committed
//               before anything collected later is committed. K3 rows whose first byte is not durable (any more) are
//               left alone. K4 a comparison is due after a start, whenever `reconcile` is set, after a burial if it
//               ever was, and once an hour (rows expire too); a look at all pages after a start and after every burial.
// Concurrency   one thread; beside any number of workers.
// Crash         killed anywhere, the next writer compares and looks at everything.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "persist/collect.h"
#include "persist/disk.h"

namespace larder::persist {

class Writer {
 public:
  Writer(std::shared_ptr<const store::Region> region, Disk disk);

  /// Writes what is dirty. On failure everything is as dirty as before.
  Status pass();
  /// A piece of what else is to be done, some ten milliseconds. False: nothing is.
  Result<bool> work_on();
  /// After the set of durable first bytes changed.
  void look_at_all() { pages_due_ = true; }
  /// What was restored from this database into this segment a moment ago needs no look.
  void is_restored() { pages_due_ = false; }

  const Disk& disk() const { return disk_; }
  /// Since when the last pass that wrote everything began, unix ms.
  int64_t written_at() const { return written_at_; }

 private:
  enum class Work : uint8_t { none, rows, pages };

  segment::ThreadState* thread() const { return region_->member->thread(); }
  void notice();
  void begin(Work work);
  Status finish();
  Status compare_some(segment::ThreadState& thread);
  Status merge(const Row& row, segment::ThreadState& thread);
  Status write_some(segment::ThreadState& thread);
  Status sweep(const Collector& collector, bool every);
  Status commit(std::span<const RowChange> changes);
  Status write(const Collector& collector, std::vector<Caught>& caught, std::vector<uint32_t>& taken);

  std::shared_ptr<const store::Region> region_;
  Disk disk_;
  Identity identity_{};
  bool merging_ = false;    ///< the database is not this segment's yet
  bool rows_due_ = true;    ///< comparing the rows on disk with memory
  bool pages_due_ = true;   ///< writing every durable record that is not on disk as it is
  bool marks_lost_ = true;  ///< the next pass looks at all pages for dirty records
  uint64_t buried_ = 0;     ///< burials that were taken note of
  Work work_ = Work::none;
  std::string row_;    ///< last key that was compared
  uint32_t page_ = 0;  ///< next page to look at
  int64_t written_at_ = 0;
  int64_t compared_at_ = 0;
};

}  // namespace larder::persist
