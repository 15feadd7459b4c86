// find.h – lookups in the index; part of index.h.
//
// What it is    Index::find, written so that a hit in the home bucket costs one cache line: all seven slots are compared
//               without a branch, then the candidates (nearly always one) are shown to the matcher.
// Why a miss    is exact: the header is read before and after the slots. If no insert under this home began or ended
//               meanwhile, every insert linearized before is live where the scan looked, or pending and named by the header.
//               (Reading the header only afterwards is not enough: tests/model/index_model.cc found a lookup that saw the
//               slot pending, then the header idle, and missed a key that an earlier lookup had hit.) Alternates are read
//               only if the header counts spilled entries, and it counts them from the linearization to after removal.
//               A matcher that says "another key" is believed only if the slot did not change meanwhile: the entry may have
//               moved, and its old bytes may have been recycled before the matcher looked at them.
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
    candidates |= static_cast<uint32_t>(SlotWord::signature(b.slots[i].load_acquire()) == wanted) << i;
  while (candidates != 0) {
    const uint32_t i = static_cast<uint32_t>(__builtin_ctz(candidates));
    candidates &= candidates - 1;
    base::Atomic64& slot = buckets_[bucket].slots[i];
    for (uint64_t word = slot.load_acquire(); SlotWord::signature(word) == wanted;) {  // sees: entry-bytes
      const Match m = match(static_cast<uint32_t>(SlotWord::Position::get(word)));
      if (m != Match::other) return {&slot, word, m};
      const uint64_t now = slot.load_acquire();
      if (SlotWord::identity(now) == SlotWord::identity(word)) break;  // else the entry moved from under the matcher
      word = now;
    }
  }
  return {};
}

template <class Matcher>
Found Index::find_away(Probe probe, uint64_t header, const Matcher& match) const {
  if (HeaderWord::Spill::get(header) == 0) return {};
  for (uint32_t which = 1; which < kChoices; ++which)
    if (Found found = find_in(choice(probe.home, probe.tag, which), probe.tag, which, match)) return found;
  return {};
}

template <class Matcher>
Found Index::scan(Probe probe, uint64_t header, const Matcher& match) const {
  if (Found found = find_in(probe.home, probe.tag, 0, match)) return found;
  return find_away(probe, header, match);
}

template <class Matcher>
Found Index::find(Probe probe, const Matcher& match) const {
  const base::Atomic64& head = buckets_[probe.home].header;
  for (;;) {
    const uint64_t header = head.load_acquire();
    if (Found found = scan(probe, header, match)) return found;
    if (HeaderWord::Op::get(header) != 0 && HeaderWord::OpTag::get(header) == probe.tag) {
      base::Atomic64& slot = slot_of_op(probe.home, header);
      const uint64_t word = slot.load_acquire();  // sees: entry-bytes
      if (!SlotWord::pending(word) || SlotWord::Version::get(word) != HeaderWord::OpVersion::get(header))
        return scan(probe, header, match);  // live by now, or removed since: only the header lags
      const Match m = match(static_cast<uint32_t>(SlotWord::Position::get(word)));
      if (m != Match::other) return {&slot, word, m};
      if (SlotWord::identity(slot.load_acquire()) != SlotWord::identity(word)) continue;
    }
    if (HeaderWord::insert_part(head.load_acquire()) == HeaderWord::insert_part(header)) return {};
  }
}

}  // namespace larder::index
