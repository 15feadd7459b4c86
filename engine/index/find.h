// find.h – lookups in the index; part of index.h.
//
// What it is    Index::find, written so that a hit in the home bucket costs one cache line: all seven slots are
// compared
//               without a branch, then the candidates (nearly always one) are shown to the matcher.
// Why a miss    is exact: the header is read before and after the slots. If no insert under this home began or ended
//               meanwhile, every insert linearized before is live where the scan looked, or pending and named by the
//               header. (Reading the header only afterwards is not enough: tests/model/index_model.cc found a lookup
//               that saw the slot pending, then the header idle, and missed a key that an earlier lookup had hit.)
//               Alternates are read only if the header counts spilled entries, and it counts them from the
//               linearization to after removal. A matcher that says "another key" is believed only if the slot did not
//               change meanwhile: the entry may have moved, and its old bytes may have been recycled before the matcher
//               looked at them.
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
#else
constexpr uint32_t kBitsPerSlot = 2;
/// Slots whose signature is wanted, one set bit each. Each 8-byte lane of an aligned vector load is loaded whole.
[[gnu::always_inline]] inline uint32_t candidates_in(const Bucket& b, uint64_t wanted) {
  base::compiler_barrier();
  const __m128i all = _mm_set1_epi64x(static_cast<int64_t>(wanted));
  const auto* words = reinterpret_cast<const __m128i*>(&b);
  const auto equal = [&](int i) {
    return _mm_cmpeq_epi64(_mm_srli_epi64(_mm_load_si128(words + i), SlotWord::Live::kShift), all);
  };
  const __m128i low = _mm_packs_epi32(equal(0), equal(1)), high = _mm_packs_epi32(equal(2), equal(3));
  const uint32_t mask = static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
  base::compiler_barrier();
  return mask & 0x1555;
}
#endif

/// Field by field, so that the compiler keeps a hit's result in registers.
template <class Matcher>
[[gnu::always_inline]] inline bool Index::meets(uint32_t bucket, uint32_t tag, uint32_t which, const Matcher& match,
                                                base::Atomic64*& at, uint64_t& word, Match& as) const {
  const uint64_t wanted = SlotWord::signature_of(tag, which);
  uint32_t candidates = candidates_in(buckets_[bucket], wanted);
  while (candidates != 0) {
    const uint32_t i = static_cast<uint32_t>(__builtin_ctz(candidates)) / kBitsPerSlot;
    candidates &= candidates - 1;
    at = &buckets_[bucket].slots[i];
    for (word = at->load_acquire(); SlotWord::signature(word) == wanted;) {  // sees: entry-bytes
      as = match(static_cast<uint32_t>(SlotWord::Position::get(word)));
      if (as != Match::other) return true;
      const uint64_t now = at->load_acquire();
      if (SlotWord::identity(now) == SlotWord::identity(word)) break;  // else the entry moved from under the matcher
      word = now;
    }
  }
  return false;
}

template <class Matcher>
inline Found Index::find_in(uint32_t bucket, uint32_t tag, uint32_t which, const Matcher& match) const {
  Found found;
  if (!meets(bucket, tag, which, match, found.slot, found.word, found.match)) return {};
  return found;
}

template <class Matcher>
Found Index::find_away(Probe probe, uint64_t header, const Matcher& match) const {
  if (HeaderWord::Spill::get(header) == 0) return {};
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
  const uint64_t header = buckets_[probe.home].header.load_acquire();
  base::Atomic64* at = nullptr;
  uint64_t word = 0;
  Match as = Match::other;
  if (!meets(probe.home, probe.tag, 0, match, at, word, as)) [[unlikely]] {
    const Found far = find_further(probe, header, match);
    at = far.slot;
    word = far.word;
    as = far.match;
  }
  return {at, word, as};
}

template <class Matcher>
[[gnu::noinline]] Found Index::find_further(Probe probe, uint64_t header, const Matcher& match) const {
  const base::Atomic64& head = buckets_[probe.home].header;
  for (;; header = head.load_acquire()) {
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
