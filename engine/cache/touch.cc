// touch.cc – a new time to live for an entry that stays where it is.
//
// What it is    the expiry is one word, changed by CAS under the work hazard; a hand that moves the entry at the same
// time
//               carries the change over (policy/hand.h, D3) or the slot has changed and the touch starts again. An
//               expiry too far for the header's field needs other bytes: the value is stored anew.
// Crash         the expiry is old or new.
#include <string>

#include "cache/store_entry.h"

namespace larder {

using cache::Region;
using cache::Sought;
using index::Found;

namespace {

enum class Touched : uint8_t { done, moved, no_fit };

/// Sets the expiry in place. `sought.entry` is what `found` led to.
Touched touch_in_place(const Region& region, segment::ThreadState& thread, Sought& sought, const Found& found,
                       uint64_t expiry) {
  ring::EntryAt& entry = sought.entry;
  const bool idle = ring::EntryHeader::Idle::get(entry.header) != 0;
  const bool far = ring::EntryHeader::Long::get(entry.header) != 0;
  if (!far && expiry > ring::EntryHeader::Expiry::kMax) return Touched::no_fit;
  if (!cache::hold_for_change(region, thread, found)) return Touched::moved;
  uint64_t wanted = expiry;
  if (idle) {
    base::store_word_release(ring::deadline_word(entry.words), expiry);
    wanted = std::min(expiry, region.plane.reader.now() + ring::idle_of(entry.words));
  }
  region.plane.rings.table().note_expiry(region.plane.rings.table().page_of(found.position()), wanted);
  for (bool set = false; !set;) {
    entry.header = base::load_word_acquire(entry.words);
    set = ring::change_expiry(entry.words, entry.header, ring::expiry_of(entry.words, entry.header), wanted);
  }
  const bool same = cache::unchanged(found);
  page::work_done(*thread.line);
  return same ? Touched::done : Touched::moved;
}

/// Stores the value again with a far expiry, in place of exactly the entry that was found.
Touched touch_by_copy(const Region& region, segment::ThreadState& thread, const Sought& sought, const Found& found,
                      uint64_t expiry) {
  const ring::EntryAt& entry = sought.entry;
  std::string value(entry.shape.value_size, 0);
  base::copy_out(value.data(), entry.value(), value.size());
  ring::EntryTerms terms;
  terms.expiry = expiry;
  if (ring::EntryHeader::Tagged::get(entry.header) != 0) {
    const uint64_t tag = ring::tag_word_of(entry.words, entry.header);
    terms.tagged = true;
    terms.tag = static_cast<uint32_t>(tag);
    terms.tag_epoch = static_cast<uint32_t>(tag >> 32);
  }
  if (!cache::unchanged(found)) return Touched::moved;
  switch (cache::store_again(region, thread, sought, found, value, terms)) {
    case cache::Again::stored: return Touched::done;
    case cache::Again::changed: return Touched::moved;
    case cache::Again::no_room: return Touched::no_fit;
  }
  return Touched::no_fit;
}

}  // namespace

bool Cache::touch(std::string_view key, milliseconds ttl) const {
  const Region& region = *region_;
  if (!cache::acceptable_key(key) || !region.writable || ttl.count() < 1 || ttl > kMaxTtl) return false;
  segment::ThreadState* thread = region.member->thread();
  if (thread == nullptr) return false;
  Sought sought(region.plane, key);
  bool touched = false;
  for (bool again = true; again;) {
    again = false;
    const Found found = region.plane.index.find(sought.probe, sought.by_key(region.plane));
    if (!found) break;
    if (region.plane.reader.standing(sought.entry) != ring::Standing::live) {
      again = !cache::unchanged(found);
      continue;
    }
    const uint64_t expiry = region.plane.reader.now() + static_cast<uint64_t>(ttl.count());
    Touched how = touch_in_place(region, *thread, sought, found, expiry);
    if (how == Touched::no_fit) how = touch_by_copy(region, *thread, sought, found, expiry);
    again = how == Touched::moved;
    touched = how == Touched::done;
  }
  if (touched) ++thread->tally(region.number)[Counter::touches];
  region.done(*thread);
  return touched;
}

}  // namespace larder
