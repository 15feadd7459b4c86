// remove.cc – remove, remove_tag, clear.
//
// What it is    removal is one CAS on a slot; the bytes stay until the hand meets their page, those of a run are freed
//               at once. clear() does that for every live slot it meets: each key is removed at some moment of the
//               call, which is what linearizable per key asks.
// Crash         a removal happened or did not; a clear that dies stops half-way.
#include "cache/region.h"

namespace larder {

using cache::Region;
using cache::Sought;
using index::Found;
using index::SlotWord;

namespace {

segment::ThreadState* writer(const Region& region) { return region.writable ? region.member->thread() : nullptr; }

}  // namespace

bool Cache::remove(std::string_view key) const {
  const Region& region = *region_;
  segment::ThreadState* thread = cache::acceptable_key(key) ? writer(region) : nullptr;
  if (thread == nullptr) return false;
  Sought sought(region.plane, key);
  const Found removed = region.plane.index.remove(sought.probe, sought.by_standing(region.plane));
  const bool live = removed && removed.match == index::Match::live;
  segment::Tally& tally = thread->tally(region.number);
  if (live) ++tally[Counter::removes];
  if (live && cache::is_sampled(region, sought.hash)) [[unlikely]]
    cache::sample(region, *thread, segment::SampleKind::remove, sought.hash, 0);
  if (removed && !live) ++tally[Counter::expirations];
  if (removed) {
    region.note_dead(removed.position(), sought.entry);
    region.release(*thread, sought.run);
  }
  region.done(*thread);
  return live;
}

bool Cache::remove_tag(uint32_t tag) const {
  if (writer(*region_) == nullptr) return false;
  region_->plane.reader.tags().advance(tag);
  if (region_->plane.has_runs()) policy::note_loose(region_->plane);  // perhaps some of them have the tag
  return true;
}

uint64_t Cache::clear() const {
  const Region& region = *region_;
  segment::ThreadState* thread = writer(region);
  if (thread == nullptr) return 0;
  const index::Index& index = region.plane.index;
  uint64_t removed = 0;
  for (uint32_t number = 0; number < index.bucket_count(); ++number) {
    index.help(number);
    for (base::Atomic64& slot : index.bucket(number).slots) {
      Found found{&slot, slot.load_acquire(), index::Match::live};
      while (SlotWord::live(found.word) && !index.unlink(number, found)) found.word = slot.load_acquire();
      removed += SlotWord::live(found.word) ? 1 : 0;
    }
  }
  region.plane.ghosts.forget_all();
  region.plane.recent.forget_all();
  policy::collect_runs(region.plane, cache::owner_of(*thread));
  thread->tally(region.number)[Counter::removes] += removed;
  region.done(*thread);
  return removed;
}

}  // namespace larder
