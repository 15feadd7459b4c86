// slot.h – the words of the index: a slot names one entry, a header serialises the inserts of one home bucket.
//
//   slot    63        48 47   46 45     44   43 42                     32 31                         0
//          +------------+-------+------+-------+-----------------------------+----------------------------+
//          |    tag     | which | live | refs  |          version            |          position          |
//          +------------+-------+------+-------+-----------------------------+----------------------------+
//   header  63    57 56        46 45  41 40          25 24                                            0
//          +--------+-----------+------+--------------+--------------------------------------------------+
//          | spill  | op version|  op  |    op tag    |                   version                        |
//          +--------+-----------+------+--------------+--------------------------------------------------+
//
// Slot     tag: 16 bits of the key's hash, never 0. which: 0 = this bucket is the key's home, 1, 2 = its first or
// second
//          alternate. refs: saturating reference count of the policy. position: of the entry, in 8-byte units from
//          the start of the cache's pages. version: +1 with every change but those of refs.
//          empty = tag 0. pending = tag, not live: claimed for an insert that is not linearized by the slot itself.
// Header   version: +1 whenever an insert begins or ends. op: 0, or 1 + number of the slot (bucket choice * 7 + slot)
// that an
//          insert under this home was given; op version: the version of that slot's pending word. spill: entries of
//          this home that live in alternates, never too low; saturates at its maximum and then stays.
//
//   slot state × operation          empty            pending               live
//   lookup                          skip             hit if header.op names it   tag equal: compare the key
//   insert: claim                   CAS → pending    –                     –
//   insert: header.op := slot       –                linearizes            –
//   complete (anybody)              –                CAS → live            nothing to do
//   update, relocate                –                –                     CAS → live, new position
//   remove, evict                   –                –                     CAS → empty
//   bury a claim                    –                CAS → live if named, else → empty    –
//
// Invariants    I1 a key is live in at most one slot: inserts of one home are serialised by header.version, everything
//               else is one CAS on the one slot. I2 a helper completes a pending slot only if its version is the one
//               the header names: a freed and claimed again slot is somebody else's. I3 spill >= entries in alternates:
//               it rises with the CAS that linearizes and falls after the removal.
// Orders        every CAS is acquire-release, at least; those that take an entry away from its bytes are in the total
//               order with the hazards of views (page/hazard.h). publishes: entry-bytes (claim, update, relocate) /
//               sees: entry-bytes (lookup).
// ABA           version has 11 bits: a stopped process would have to miss exactly a multiple of 2048 changes of one
//               slot and find tag and position equal again; the CAS then still installs or removes that very entry.
// Crash         between claim and header: the slot stays pending; the claimant's thread line names it, bury frees it.
//               After the header: anybody who meets the op completes it. spill may stay too high by one: one
//               more bucket read per lookup, and the audit reports it as slack, not as a violation.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"

namespace larder::index {

struct SlotWord {
  using Position = base::Field<0, 32>;
  using Version = base::Field<32, 11>;
  using Refs = base::Field<43, 2>;
  using Live = base::Field<45, 1>;
  using Which = base::Field<46, 2>;
  using Tag = base::Field<48, 16>;
  static_assert(Position::kMask + Version::kMask + Refs::kMask + Live::kMask + Which::kMask + Tag::kMask ==
                ~uint64_t{0});

  static constexpr bool empty(uint64_t w) { return Tag::get(w) == 0; }
  static constexpr bool live(uint64_t w) { return Live::get(w) != 0; }
  static constexpr bool pending(uint64_t w) { return !empty(w) && !live(w); }
  /// The word without its reference count: what must not have changed while an entry was read.
  static constexpr uint64_t identity(uint64_t w) { return w & ~Refs::kMask; }
  /// Tag, which and live in one number, to compare in one step.
  static constexpr uint64_t signature(uint64_t w) { return w >> Live::kShift; }
  static constexpr uint64_t signature_of(uint64_t tag, uint64_t which) { return tag << 3 | which << 1 | 1; }
  /// What an empty slot that held `w` holds next.
  static constexpr uint64_t emptied(uint64_t w) { return Version::make(Version::get(w) + 1); }
};

struct HeaderWord {
  using Version = base::Field<0, 25>;
  using OpTag = base::Field<25, 16>;
  using Op = base::Field<41, 5>;
  using OpVersion = base::Field<46, 11>;
  using Spill = base::Field<57, 7>;
  static_assert(Version::kMask + OpTag::kMask + Op::kMask + OpVersion::kMask + Spill::kMask == ~uint64_t{0});

  /// The header without its spill count, which changes independently.
  static constexpr uint64_t insert_part(uint64_t h) { return h & ~Spill::kMask; }
};

/// The second look of whoever announced the page that `word` led to: true if the slot holds the same, so that no
/// recycler missed the announcement (page/hazard.h, H1).
inline bool still_holds(const base::Atomic64& slot, uint64_t word) {
  return SlotWord::identity(slot.load_sync()) == SlotWord::identity(word);
}

constexpr uint32_t kSlots = 7;    ///< slots of a bucket
constexpr uint32_t kChoices = 3;  ///< buckets a key may live in

#ifdef LARDER_MODEL
struct Bucket {
#else
struct alignas(64) Bucket {
#endif
  base::Atomic64 slots[kSlots];
  base::Atomic64 header;
};
#ifndef LARDER_MODEL
static_assert(sizeof(Bucket) == 64);
#endif

}  // namespace larder::index
