// find.h – lookups in the index; part of index.h.
//
// What it is    Index::find, written so that a hit in the home bucket costs one cache line: all seven slots are compared
//               without a branch, then the candidates (nearly always one) are shown to the matcher.
// Why a miss    is exact: a key that is present throughout stays in one slot, and that slot is read. A key whose insert was
//               linearized before the lookup began is live, or pending and named by the header, which is read after
//               the home's slots; alternates are read only if the header counts spilled entries, and it counts them
//               from the linearization to after their removal.
// Crash         reads only.
#pragma once

#include "index/index.h"

namespace larder::index {

template <class Matcher>
Found Index::find_in(uint32_t bucket, uint32_t tag, uint32_t which, const Matcher& match) const {
  const Bucket& b = buckets_[bucket];
  const uint64_t wanted = SlotWord::signature_of(tag, which);
  uint32_t candidates = 0;
  for (uint32_t i = 0; i < kSlots; ++i)
    candidates |= static_cast<uint32_t>(SlotWord::signature(b.slots[i].load_relaxed()) == wanted) << i;
  while (candidates != 0) {
    const uint32_t i = static_cast<uint32_t>(__builtin_ctz(candidates));
    candidates &= candidates - 1;
    base::Atomic64& slot = buckets_[bucket].slots[i];
    const uint64_t word = slot.load_acquire();  // sees: entry-bytes
    if (SlotWord::signature(word) != wanted) continue;
    const Match m = match(static_cast<uint32_t>(SlotWord::Position::get(word)));
    if (m != Match::other) return {&slot, word, m};
  }
  return {};
}

template <class Matcher>
Found Index::find_live(Probe probe, uint64_t header, const Matcher& match) const {
  if (HeaderWord::Spill::get(header) == 0) return {};
  for (uint32_t which = 1; which < kChoices; ++which)
    if (Found found = find_in(choice(probe.home, probe.tag, which), probe.tag, which, match)) return found;
  return {};
}

template <class Matcher>
Found Index::find(Probe probe, const Matcher& match) const {
  for (;;) {
    if (Found found = find_in(probe.home, probe.tag, 0, match)) return found;
    const uint64_t header = buckets_[probe.home].header.load_acquire();
    if (Found found = find_live(probe, header, match)) return found;
    if (HeaderWord::Op::get(header) == 0 || HeaderWord::OpTag::get(header) != probe.tag) return {};
    base::Atomic64& slot = slot_of_op(probe.home, header);
    const uint64_t word = slot.load_acquire();  // sees: entry-bytes
    if (SlotWord::pending(word) && SlotWord::Version::get(word) == HeaderWord::OpVersion::get(header)) {
      const Match m = match(static_cast<uint32_t>(SlotWord::Position::get(word)));
      return m == Match::other ? Found{} : Found{&slot, word, m};
    }
    if (HeaderWord::insert_part(buckets_[probe.home].header.load_acquire()) == HeaderWord::insert_part(header)) {
      // The slot is live already and only the header lags: one more look finds it, or it was removed since.
      if (Found found = find_in(probe.home, probe.tag, 0, match)) return found;
      return find_live(probe, header, match);
    }
  }
}

}  // namespace larder::index
