// find.h – lookups in the index; part of index.h.
//
// What it is    Index::find, written so that a hit in the home bucket and most misses cost one cache line: all seven
//               slots are compared without a branch (glance), then the first candidate, nearly always the only one,
//               is shown to the matcher. Whatever else there is to see is find_further's.
// Why a miss    is exact: the header is read before and after the slots. If no insert under this home began or ended
//               meanwhile, every insert linearized before is live where the scan looked, or pending and named by the
//               header. (Reading the header only afterwards is not enough: tests/model/index_model.cc found a lookup
//               that saw the slot pending, then the header idle, and missed a key that an earlier lookup had hit.)
//               Alternates are read only if the header counts spilled entries, and it counts them from the
//               linearization to after removal. So a header that names no insert, counts no spilled entry and is the
//               same before and after seven slots of other tags says that the key is absent. A matcher that says
//               "another key" is believed only if the slot did not change meanwhile: the entry may have moved, and its
//               old bytes may have been recycled before the matcher looked at them.
// Crash         reads only.
#pragma once

#include "index/index.h"

#if !defined(LARDER_SANITIZED) && !defined(LARDER_MODEL)
#include <smmintrin.h>

#include "base/copy.h"
#endif

namespace larder::index {

#if defined(LARDER_SANITIZED) || defined(LARDER_MODEL)
constexpr uint32_t kBitsPerSlot = 1;
inline uint32_t candidates_in(const Bucket& b, uint64_t wanted) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < kSlots; ++i)
    found |= static_cast<uint32_t>(SlotWord::signature(b.slots[i].load_acquire()) == wanted) << i;
  return found;
}
inline uint32_t slots_at(const Bucket& b, uint32_t position) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < kSlots; ++i)
    found |= static_cast<uint32_t>(SlotWord::Position::get(b.slots[i].load_acquire()) == position) << i;
  return found;
}
inline uint32_t empty_slots(const Bucket& b) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < kSlots; ++i) found |= static_cast<uint32_t>(SlotWord::empty(b.slots[i].load_acquire())) << i;
  return found;
}
#else
constexpr uint32_t kBitsPerSlot = 2;
/// One set bit for each slot one half of which, shifted, is `wanted`; `kHalves` picks the upper halves (0xdd) or the
/// lower ones (0x88). Each 8-byte lane of an aligned vector load is loaded whole.
template <int kHalves, int kShift>
[[gnu::always_inline]] inline uint32_t slots_with(const Bucket& b, uint32_t wanted) {
  base::compiler_barrier();
  const auto* words = reinterpret_cast<const __m128*>(&b);
  const __m128i all = _mm_set1_epi32(static_cast<int32_t>(wanted));
  const auto equal = [&](int i) {
    const __m128i halves = _mm_castps_si128(_mm_shuffle_ps(words[i], words[i + 1], kHalves));
    return _mm_cmpeq_epi32(_mm_srli_epi32(halves, kShift), all);
  };
  const int mask = _mm_movemask_epi8(_mm_packs_epi32(equal(0), equal(2)));
  base::compiler_barrier();
  return static_cast<uint32_t>(mask) & 0x1555;
}
/// Slots whose signature is wanted, one set bit each.
[[gnu::always_inline]] inline uint32_t candidates_in(const Bucket& b, uint64_t wanted) {
  return slots_with<0xdd, SlotWord::Live::kShift - 32>(b, static_cast<uint32_t>(wanted));
}
/// Slots of that position, whatever else they hold.
[[gnu::always_inline]] inline uint32_t slots_at(const Bucket& b, uint32_t position) {
  return slots_with<0x88, 0>(b, position);
}
[[gnu::always_inline]] inline uint32_t empty_slots(const Bucket& b) {
  return slots_with<0xdd, SlotWord::Tag::kShift - 32>(b, 0);
}
static_assert(SlotWord::Live::kShift >= 32 && SlotWord::Position::kMask == 0xffffffff && kSlots == 7);
#endif

[[gnu::always_inline]] inline Glance Index::glance(Probe probe, base::Atomic64*& slot, uint64_t& word) const {
  constexpr uint64_t kMoreToSee = HeaderWord::Spill::kMask | HeaderWord::Op::kMask;
  Bucket& home = buckets_[probe.home];
  const uint64_t header = home.header.load_acquire();
  const uint64_t wanted = SlotWord::signature_of(probe.tag, 0);
  const uint32_t candidates = candidates_in(home, wanted);
  if (candidates == 0) {
    const bool absent = (header & kMoreToSee) == 0 && home.header.load_acquire() == header;
    return absent ? Glance::absent : Glance::unsure;
  }
  slot = &home.slots[static_cast<uint32_t>(__builtin_ctz(candidates)) / kBitsPerSlot];
  word = slot->load_acquire();  // sees: entry-bytes
  return SlotWord::signature(word) == wanted ? Glance::candidate : Glance::unsure;
}

template <class Matcher>
Found Index::find_in(uint32_t bucket, uint32_t tag, uint32_t which, const Matcher& match) const {
  const uint64_t wanted = SlotWord::signature_of(tag, which);
  uint32_t candidates = candidates_in(buckets_[bucket], wanted);
  while (candidates != 0) {
    const uint32_t i = static_cast<uint32_t>(__builtin_ctz(candidates)) / kBitsPerSlot;
    candidates &= candidates - 1;
    Found found{&buckets_[bucket].slots[i], 0, Match::other};
    for (found.word = found.slot->load_acquire(); SlotWord::signature(found.word) == wanted;) {  // sees: entry-bytes
      found.match = match(found.position());
      if (found.match != Match::other) return found;
      const uint64_t now = found.slot->load_acquire();
      if (SlotWord::identity(now) == SlotWord::identity(found.word)) break;  // else it moved from under the matcher
      found.word = now;
    }
  }
  return {};
}

template <class Matcher>
Found Index::find_away(Probe probe, uint64_t header, const Matcher& match) const {
  if (HeaderWord::Spill::get(header) == 0) return {};
  for (uint32_t which = 1; which < kChoices; ++which)
    __builtin_prefetch(&buckets_[choice(probe.home, probe.tag, which)]);
  for (uint32_t which = 1; which < kChoices; ++which)
    if (Found found = find_in(choice(probe.home, probe.tag, which), probe.tag, which, match)) return found;
  return {};
}

template <class Matcher>
inline Found Index::scan(Probe probe, uint64_t header, const Matcher& match) const {
  if (Found found = find_in(probe.home, probe.tag, 0, match)) return found;
  return find_away(probe, header, match);
}

template <class Matcher>
[[gnu::always_inline]] inline Found Index::find(Probe probe, const Matcher& match) const {
  Found found;
  const Glance seen = glance(probe, found.slot, found.word);
  if (seen == Glance::absent) return {};
  if (seen == Glance::candidate) {
    found.match = match(found.position());
    if (found.match != Match::other) return found;
  }
  return find_further(probe, match);
}

template <class Matcher>
[[gnu::noinline]] Found Index::find_further(Probe probe, const Matcher& match) const {
  const base::Atomic64& head = buckets_[probe.home].header;
  for (uint64_t header = head.load_acquire();; header = head.load_acquire()) {
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
