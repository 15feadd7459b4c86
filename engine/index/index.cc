// index.cc – the parts of index.h that need no matcher.
#include "index/index.h"

namespace larder::index {

using base::Atomic64;

Atomic64& Index::slot_of_op(uint32_t home, uint64_t header) const {
  const uint32_t number = static_cast<uint32_t>(HeaderWord::Op::get(header)) - 1;
  const uint32_t which = number / kSlots < kChoices ? number / kSlots : 0;
  const uint32_t at = choice(home, static_cast<uint32_t>(HeaderWord::OpTag::get(header)), which);
  return buckets_[at].slots[number % kSlots];
}

bool Index::try_claim(Probe probe, uint32_t position, ClaimIntent intent, Claim& claim) const {
  for (uint32_t which = 0; which < kChoices; ++which) {
    const uint32_t at = choice(probe.home, probe.tag, which);
    for (uint32_t left = empty_slots(buckets_[at]); left != 0; left &= left - 1) {
      const uint32_t i = static_cast<uint32_t>(__builtin_ctz(left)) / kBitsPerSlot;
      Atomic64& slot = buckets_[at].slots[i];
      uint64_t word = slot.load_acquire();
      if (!SlotWord::empty(word)) continue;
      const uint64_t pending = SlotWord::Version::make(SlotWord::Version::get(word) + 1) |
                               SlotWord::Tag::make(probe.tag) | SlotWord::Which::make(which) |
                               SlotWord::Position::make(position);
      intent.at->store_release(intent.region << 48 | (1 + uint64_t{at} * 8 + i));
      intent.word->store_release(pending);
      if (!slot.cas_acq_rel(word, pending)) continue;  // publishes: entry-bytes
      claim = {&slot, pending, which * kSlots + i};
      return true;
    }
  }
  return false;
}

void Index::release(const Claim& claim) const {
  uint64_t word = claim.word;
  claim.slot->cas_acq_rel(word, SlotWord::emptied(word));
}

/// Drops the live entry with the fewest references of the key's buckets. Returns how many it dropped (0 or 1).
uint32_t Index::evict_one(Probe probe) const {
  Found victim;
  uint32_t victim_bucket = 0;
  for (uint32_t which = 0; which < kChoices; ++which) {
    const uint32_t at = choice(probe.home, probe.tag, which);
    for (uint32_t i = 0; i < kSlots; ++i) {
      Atomic64& slot = buckets_[at].slots[i];
      const uint64_t word = slot.load_acquire();
      if (SlotWord::empty(word)) return 0;  // room by now
      if (!SlotWord::live(word)) continue;
      if (victim && SlotWord::Refs::get(word) >= SlotWord::Refs::get(victim.word)) continue;
      victim = {&slot, word, Match::live};
      victim_bucket = at;
    }
  }
  return victim && unlink(victim_bucket, victim) ? 1 : 0;
}

bool Index::begin_insert(Probe probe, uint64_t header, const Claim& claim) const {
  const uint64_t spill = HeaderWord::Spill::get(header);
  const bool away = claim.number >= kSlots;
  const uint64_t begun = HeaderWord::Version::make(HeaderWord::Version::get(header) + 1) |
                         HeaderWord::OpTag::make(probe.tag) | HeaderWord::Op::make(claim.number + 1u) |
                         HeaderWord::OpVersion::make(SlotWord::Version::get(claim.word)) |
                         HeaderWord::Spill::make(away && spill < HeaderWord::Spill::kMax ? spill + 1 : spill);
  uint64_t expected = header;
  if (!buckets_[probe.home].header.cas_acq_rel(expected, begun)) return false;
  complete(probe.home, begun);
  return true;
}

void Index::complete(uint32_t home, uint64_t header) const {
  Atomic64& head = buckets_[home].header;
  Atomic64& slot = slot_of_op(home, header);
  uint64_t word = slot.load_acquire();
  uint64_t current = head.load_acquire();
  if (HeaderWord::insert_part(current) != HeaderWord::insert_part(header)) return;
  if (SlotWord::pending(word) && SlotWord::Version::get(word) == HeaderWord::OpVersion::get(header))
    slot.cas_acq_rel(word, SlotWord::Live::set(SlotWord::Version::bump(word), 1));
  while (HeaderWord::insert_part(current) == HeaderWord::insert_part(header)) {
    const uint64_t idle = HeaderWord::Version::make(HeaderWord::Version::get(current) + 1) |
                          HeaderWord::Spill::make(HeaderWord::Spill::get(current));
    if (head.cas_acq_rel(current, idle)) return;
  }
}

void Index::help(uint32_t home) const {
  const uint64_t header = buckets_[home].header.load_acquire();
  if (HeaderWord::Op::get(header) != 0) complete(home, header);
}

void Index::spill_down(uint32_t home) const {
  Atomic64& head = buckets_[home].header;
  uint64_t header = head.load_acquire();
  for (;;) {
    const uint64_t spill = HeaderWord::Spill::get(header);
    if (spill == 0 || spill == HeaderWord::Spill::kMax) return;
    if (head.cas_acq_rel(header, HeaderWord::Spill::set(header, spill - 1))) return;
  }
}

bool Index::unlink(uint32_t bucket, Found found) const {
  uint64_t word = found.word;
  while (SlotWord::identity(word) == SlotWord::identity(found.word)) {
    if (!found.slot->cas_sync(word, SlotWord::emptied(word))) continue;
    if (SlotWord::Which::get(word) != 0 && SlotWord::live(word)) spill_down(home_of(bucket, word));
    return true;
  }
  return false;
}

bool Index::relocate(Found found, uint32_t position, uint32_t refs) const {
  uint64_t word = found.word;
  while (SlotWord::identity(word) == SlotWord::identity(found.word)) {
    const uint64_t moved = SlotWord::Refs::set(SlotWord::Position::set(SlotWord::Version::bump(word), position), refs);
    if (found.slot->cas_sync(word, moved)) return true;  // publishes: entry-bytes
  }
  return false;
}

Found Index::find_position(Probe probe, uint32_t position, uint32_t* bucket) const {
  const uint64_t spilled = HeaderWord::Spill::get(buckets_[probe.home].header.load_acquire());
  for (uint32_t which = 0; which < (spilled == 0 ? 1 : kChoices); ++which) {
    *bucket = choice(probe.home, probe.tag, which);
    for (uint32_t left = slots_at(buckets_[*bucket], position); left != 0; left &= left - 1) {
      Atomic64& slot = buckets_[*bucket].slots[static_cast<uint32_t>(__builtin_ctz(left)) / kBitsPerSlot];
      const uint64_t word = slot.load_acquire();
      if (!SlotWord::empty(word) && SlotWord::Position::get(word) == position && SlotWord::Tag::get(word) == probe.tag)
        return {&slot, word, Match::live};
    }
  }
  return {};
}

void Index::resolve_claim(uint64_t claim_at, uint64_t claim_word) const {
  claim_at &= (uint64_t{1} << 48) - 1;
  if (claim_at == 0) return;
  const uint64_t at = (claim_at - 1) / 8;
  const uint32_t slot_number = static_cast<uint32_t>((claim_at - 1) % 8);
  if (at >= count_ || slot_number >= kSlots || !SlotWord::pending(claim_word)) return;
  Atomic64& slot = buckets_[at].slots[slot_number];
  const uint32_t home = home_of(static_cast<uint32_t>(at), claim_word);
  if (home >= count_) return;
  help(home);  // if the header names the claim, it was linearized: it becomes live here
  uint64_t word = claim_word;
  slot.cas_acq_rel(word, SlotWord::emptied(word));
}

}  // namespace larder::index
