// writer.cc – see writer.h.
#include "persist/writer.h"

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/error.h"
#include "persist/restore.h"

namespace larder::persist {

using store::Operation;
using store::Region;

namespace {

constexpr size_t kBatch = 10'000;             ///< records a transaction
constexpr size_t kBatchBytes = 4 << 20;       ///< and bytes of their values
constexpr size_t kRowsAPiece = 4096;          ///< rows compared between two looks at the clock
constexpr int64_t kCompareEvery = 3'600'000;  ///< ms

Error no_place(const Region& region) {
  return base::fail(Code::no_slot, "the disk writer has no place in the segment: {}", region.member->last_error());
}

size_t bytes_of(const std::vector<Caught>& caught, size_t from) {
  size_t bytes = 0;
  for (size_t i = from; i < caught.size(); ++i) bytes += caught[i].change.row.value.size();
  return bytes;
}

}  // namespace

Writer::Writer(std::shared_ptr<const Region> region, Disk disk)
    : region_(std::move(region)), disk_(std::move(disk)), identity_(identity_of(*region_)) {
  merging_ = disk_.segment() != identity_;
}

/// Takes note of what makes comparing or looking necessary (K4).
void Writer::notice() {
  const uint64_t buried = region_->member->tables().super->buried.load_acquire();
  if (buried != buried_) {
    buried_ = buried;
    marks_lost_ = true;
    if (region_->header->store.reconciled.load_acquire() != 0) rows_due_ = true;
  }
  if (region_->header->store.reconcile.load_acquire() != 0) rows_due_ = true;
  if (base::now_ms() - compared_at_ > kCompareEvery) rows_due_ = true;
}

Status Writer::pass() {
  segment::ThreadState* self = thread();
  if (self == nullptr) return no_place(*region_);
  notice();
  const int64_t began = base::unix_ms();
  const bool all = marks_lost_;
  const Collector collector(*region_, *self);
  // The second sweep is for what compaction moved during the first: from a page ahead of it into one behind it.
  for (const bool every : {all, false})
    if (Status swept = sweep(collector, every); !swept) return swept;
  if (all) marks_lost_ = false;
  written_at_ = began;
  region_->header->store.disk_at.store_relaxed(static_cast<uint64_t>(began));
  region_->header->store.disk_rows.store_relaxed(disk_.rows());
  return Done{};
}

/// Writes what is dirty in the marked pages, or in every page.
Status Writer::sweep(const Collector& collector, bool every) {
  std::vector<Caught> caught;
  std::vector<uint32_t> taken;
  size_t bytes = 0;
  for (uint32_t page = 0; page < collector.pages(); ++page) {
    const bool marked = collector.take_mark(page);
    if (!marked && !every) continue;
    if (marked) taken.push_back(page);
    const size_t before = caught.size();
    collector.collect(page, Which::changed, caught);
    bytes += bytes_of(caught, before);
    if (caught.size() < kBatch && bytes < kBatchBytes) continue;
    if (Status written = write(collector, caught, taken); !written) return written;
    bytes = 0;
  }
  return write(collector, caught, taken);
}

/// What is found in a segment that is lost meanwhile is zeros, and what is missing in it was not removed.
Status Writer::commit(std::span<const RowChange> changes) {
  if (region_->member->lost())
    return base::fail(Code::retired, "the segment's file was shortened: nothing more of it is written");
  return disk_.commit(changes);
}

/// Commits what was caught and settles it; gives the marks back if that fails.
Status Writer::write(const Collector& collector, std::vector<Caught>& caught, std::vector<uint32_t>& taken) {
  std::vector<RowChange> changes;
  changes.reserve(caught.size());
  for (Caught& one : caught) changes.push_back(std::move(one.change));
  Status written = changes.empty() ? Status(Done{}) : commit(changes);
  if (written)
    for (const Caught& one : caught) collector.settle(one);
  else
    for (const uint32_t page : taken) collector.put_mark(page);
  caught.clear();
  taken.clear();
  return written;
}

Result<bool> Writer::work_on() {
  segment::ThreadState* self = thread();
  if (self == nullptr) return no_place(*region_);
  if (work_ == Work::none) {
    if (!rows_due_ && !pages_due_ && !merging_) return false;
    begin(rows_due_ || merging_ ? Work::rows : Work::pages);
  }
  Status done = work_ == Work::rows ? compare_some(*self) : write_some(*self);
  if (!done) {
    rows_due_ = true;  // whatever this round had found: it begins anew
    work_ = Work::none;
    return done.error();
  }
  return true;
}

void Writer::begin(Work work) {
  work_ = work;
  row_.clear();
  page_ = 0;
  if (work != Work::rows) return;
  rows_due_ = false;
  compared_at_ = base::now_ms();
  cache::StoreWords& words = region_->header->store;
  if (words.reconcile.load_acquire() == 0) return;
  words.reconciled.add_acq_rel(1);
  words.reconcile.store_sync(0);  // before the comparison begins (store/durable.h, T2)
}

/// Some rows more: of what memory, the truth, does not have, the row goes; while merging, the record comes.
Status Writer::compare_some(segment::ThreadState& thread) {
  const Result<std::vector<Row>> rows = disk_.scan(row_, kRowsAPiece);
  if (!rows) return rows.error();
  std::vector<RowChange> ended;
  for (const Row& row : *rows) {
    if (!region_->header->store.durable.has(row.key)) continue;
    if (merging_) {
      if (Status merged = merge(row, thread); !merged) return merged;
    } else if (!Operation(*region_, thread, row.key).look()) {
      ended.push_back({{row.key, RecordKind::value, 0, 0, {}}, true});
    }
  }
  if (!ended.empty())
    if (Status erased = commit(ended); !erased) return erased;
  if (rows->size() < kRowsAPiece) return finish();
  row_ = rows->back().key;
  return Done{};
}

Status Writer::merge(const Row& row, segment::ThreadState& thread) {
  const store::Look look = Operation(*region_, thread, row.key).look();
  const bool known = look.found && store::dirty(look.cell.second);  // be it that it was removed
  if (look || known) return Done{};
  const Result<bool> added = add_to_store(*region_, thread, row);
  return added ? Status(Done{}) : Status(added.error());
}

/// Some pages more: every durable record is written unless it is on disk as it is.
Status Writer::write_some(segment::ThreadState& thread) {
  const Collector collector(*region_, thread);
  std::vector<Caught> caught;
  std::vector<uint32_t> none;
  size_t bytes = 0;
  for (; page_ < collector.pages() && caught.size() < kRowsAPiece && bytes < kBatchBytes; ++page_) {
    const size_t before = caught.size();
    collector.collect(page_, Which::all, caught);
    bytes += bytes_of(caught, before);
  }
  if (Status written = write(collector, caught, none); !written) return written;
  return page_ == collector.pages() ? finish() : Status(Done{});
}

Status Writer::finish() {
  const Work done = work_;
  work_ = Work::none;
  if (done == Work::rows) {
    if (pages_due_ || merging_) begin(Work::pages);
    return Done{};
  }
  if (merging_)
    if (Status owned = disk_.set_segment(identity_); !owned) return owned;
  merging_ = pages_due_ = false;
  return Done{};
}

}  // namespace larder::persist
