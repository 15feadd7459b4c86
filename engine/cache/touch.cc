// touch.cc – a new time to live for an entry: by a touch, or by reading an idle one.
//
// What it is    the expiry is one word, changed by CAS under the work hazard (ring/entry_times.h). Two kinds of entries
//               cannot be changed where they stand: those without a place for the new expiry (the header is short, or
//               its field too), and frozen ones, which a hand is moving or died moving. These are stored anew, in place
//               of exactly the entry that was found; a frozen one may take a reserved page for it, as the hand could
//               have.
// Crash         the expiry is old or new. A copy that was not published is stepped over by the hand.
#include <algorithm>
#include <string>

#include "cache/store_entry.h"
#include "ring/entry_times.h"

namespace larder {

using cache::Region;
using cache::Sought;
using index::Found;

namespace {

/// Copies one touch tries to make: who moves its entry more often than that is the room it makes for them.
constexpr uint32_t kCopies = 64;

enum class Touched : uint8_t {
  done,
  moved,     ///< look the entry up again
  no_place,  ///< the entry has none for this expiry: its header is short, or the expiry too far
  frozen,
  no_room,
};

struct Times {
  uint64_t expiry = 0;
  uint64_t deadline = 0;  ///< of idle entries
};

/// The times of an entry that is given a new time to live now.
Times renewed(const Region& region, const ring::EntryAt& entry, milliseconds ttl) {
  const uint64_t now = region.plane.reader.now(), end = now + static_cast<uint64_t>(ttl.count());
  if (!ring::is_idle(entry.header)) return {end, 0};
  return {std::min(end, now + ring::idle_of(entry.words)), end};
}

/// Sets the times in place. `sought.entry` is what `found` led to.
Touched touch_in_place(const Region& region, segment::ThreadState& thread, const Sought& sought, const Found& found,
                       const Times& times) {
  const ring::EntryAt& entry = sought.entry;
  const bool far = ring::EntryHeader::Long::get(entry.header) != 0;
  if (ring::is_short(entry.header) || (!far && times.expiry > ring::EntryHeader::Expiry::kMax))
    return Touched::no_place;
  if (!cache::hold_for_change(region, thread, found)) return Touched::moved;
  region.plane.rings.table().note_expiry(region.plane.rings.table().page_of(found.position()), times.expiry);
  ring::ExpiryCell cell(entry.words, entry.header);
  if (times.deadline != 0 && !cell.frozen()) base::store_word_release(ring::deadline_word(entry.words), times.deadline);
  bool set = false;
  while (!set && !cell.frozen()) set = cell.try_change(times.expiry);
  const bool same = cache::unchanged(found);
  page::work_done(*thread.line);
  if (!same) return Touched::moved;
  return set ? Touched::done : Touched::frozen;
}

/// Stores the value again with these times, in place of exactly the entry that was found.
Touched touch_by_copy(const Region& region, segment::ThreadState& thread, const Sought& sought, const Found& found,
                      const Times& times, uint64_t reserve) {
  const ring::EntryAt& entry = sought.entry;
  std::string value(entry.shape.value_size, 0);
  base::copy_out(value.data(), entry.value(), value.size());
  ring::EntryTerms terms;
  terms.run = ring::holds_run(entry.header);  // a reference is copied like any value; its run stays where it is
  terms.expiry = times.expiry;
  if (ring::is_idle(entry.header)) {
    terms.idle = ring::idle_of(entry.words);
    terms.deadline = times.deadline;
  }
  if (ring::is_tagged(entry.header)) {
    const uint64_t tag = ring::tag_word_of(entry.words, entry.header);
    terms.tagged = true;
    terms.tag = static_cast<uint32_t>(tag);
    terms.tag_epoch = static_cast<uint32_t>(tag >> 32);
  }
  if (!cache::unchanged(found)) return Touched::moved;
  switch (cache::store_again(region, thread, sought, found, value, terms, reserve)) {
    case cache::Again::stored: return Touched::done;
    case cache::Again::changed: return Touched::moved;
    case cache::Again::no_room: return Touched::no_room;
  }
  return Touched::no_room;
}

}  // namespace

namespace cache {

bool slide(const Region& region, segment::ThreadState& thread, const Sought& sought, Found found) {
  const ring::EntryAt& entry = sought.entry;
  ring::ExpiryCell cell(entry.words, entry.header);  // first: whoever sees a touch's expiry then sees its deadline
  const uint64_t idle = ring::idle_of(entry.words),
                 deadline = base::load_word_acquire(ring::deadline_word(entry.words));
  const uint64_t now = region.plane.reader.now();
  const uint64_t wanted = deadline != 0 ? std::min(deadline, now + idle) : now + idle;
  if (cell.expiry() >= wanted || wanted - cell.expiry() < idle / 16) return unchanged(found);  // close enough
  if (cell.frozen())  // without room the entry keeps its expiry
    return touch_by_copy(region, thread, sought, found, {wanted, deadline}, 0) != Touched::moved;
  if (!hold_for_change(region, thread, found)) return false;
  const bool set = cell.try_change(wanted);
  const bool same = unchanged(found);
  page::work_done(*thread.line);
  return set && same;
}

}  // namespace cache

bool Cache::touch(std::string_view key, milliseconds ttl) const {
  const Region& region = *region_;
  if (!cache::acceptable_key(key) || !region.writable || ttl.count() < 1 || ttl > kMaxTtl) return false;
  segment::ThreadState* thread = region.member->thread();
  if (thread == nullptr) return false;
  Sought sought(region.plane, key);
  bool touched = false;
  uint32_t copies = 0;
  for (bool again = true; again;) {
    again = false;
    const Found found = region.plane.index.find(sought.probe, sought.by_key(region.plane));
    if (!found) break;
    if (region.plane.reader.standing(sought.entry) != ring::Standing::live) {
      again = !cache::unchanged(found);
      continue;
    }
    const Times times = renewed(region, sought.entry, ttl);
    Touched how = touch_in_place(region, *thread, sought, found, times);
    if (how == Touched::no_place || how == Touched::frozen) {
      if (++copies > kCopies) break;
      const uint64_t reserve = how == Touched::frozen ? 0 : region.plane.reserve;
      how = touch_by_copy(region, *thread, sought, found, times, reserve);
    }
    again = how == Touched::moved;
    touched = how == Touched::done;
  }
  if (touched) ++thread->tally(region.number)[Counter::touches];
  region.done(*thread);
  return touched;
}

}  // namespace larder
