// record.h – the bytes of one record of a store: an entry (ring/entry.h) whose two words before the key are a cell.
//
//   +--------+-------------------+-----------+-------------+---------+
//   | header | number  |  meta   | key bytes | value bytes | padding |
//   | 8      | 8       |  8      |           |             | to 16   |
//   +--------+-------------------+-----------+-------------+---------+
//   meta    63            46     45       44     43   42 41                               0
//          +----------------+--------+-------+---------+----------------------------------+
//          |    sequence    | frozen | dirty |  kind   |  expiry, ms since creation; 0 = none |
//          +----------------+--------+-------+---------+----------------------------------+
//
// What it is    number is the value of a counter or the version of a value. Header and key never change; number and
//               meta change together, by one CAS (base/pair_cell.h). The entry begins at 8 modulo 16, so that the cell
//               is aligned; the header's form says that it is a record.
//
//   operation                  on an unfrozen cell                  on a frozen one
//   incr, touch, persist       CAS of the cell (linearizes)         new record with the change; CAS of the slot
//   set, swap, add, remove     new record, or none; CAS of the slot (linearizes)       the same
//   swap of a durable key      CAS: frozen; then as on a frozen one                    new record; CAS of the slot
//   relocation by a compactor  CAS: frozen; copy unfrozen; CAS of the slot             copy; CAS of the slot
//   remove of a durable key    CAS: kind = tombstone (linearizes)   new record: a tombstone; CAS of the slot
//   anything, expired          CAS: frozen, or tombstone if its last change is not on disk; CAS of the slot: none
//
// Invariants    C1 a frozen cell never changes again: what it says stays true until the slot leads elsewhere. So a copy
//               of a frozen record, installed by a CAS of exactly the slot that led to it, loses no change.
//               C2 cells are changed in place under the hazard of their page, after another look at the slot: the
//               record was current then, and its bytes are not recycled before the CAS.
//               C3 a change in place that lands after a blind replacement or removal of its record counts as having
//               happened just before it: only operations that carry the old state over need C1.
//               C4 sequence rises with every change of meta.
//               C5 nobody who may write is told that an expired record is absent before its slot is empty, or its cell
//               a tombstone. So a touch or swap that looked at the clock before the expiry and lands after it has
//               either met nobody who was told, and counts as having happened before the expiry, or it fails.
//               C6 what a slot's CAS depends on cannot change in the cell meanwhile: a value's version never does;
//               where removal changes the cell (durable keys), swap freezes it first.
// Orders        cell CAS acquire-release; slot CAS as in index/slot.h.
// Crash         between freezing and the CAS of the slot: the frozen record is still the truth; readers use it, the
//               next change replaces it. A tombstone stays until what it says is on disk, or is dropped if nothing is.
#pragma once

#include <cstdint>

#include "base/bit_field.h"
#include "base/pair_cell.h"
#include "ring/entry.h"

namespace larder::store {

struct Meta {
  using Expiry = base::Field<0, 42>;
  using Kind = base::Field<42, 2>;
  using Dirty = base::Field<44, 1>;
  using Frozen = base::Field<45, 1>;
  using Sequence = base::Field<46, 18>;
  static_assert(Expiry::kMask + Kind::kMask + Dirty::kMask + Frozen::kMask + Sequence::kMask == ~uint64_t{0});
};

enum class Kind : uint8_t { none = 0, value = 1, counter = 2, tombstone = 3 };

constexpr Kind kind_of(uint64_t meta) { return static_cast<Kind>(Meta::Kind::get(meta)); }
/// True for a record that holds something. Of a tombstone, and of what damage makes of a kind, the key is free: whoever
/// looks for the key and whoever creates it must see that alike, or neither comes to an end.
constexpr bool holds(uint64_t meta) { return kind_of(meta) == Kind::value || kind_of(meta) == Kind::counter; }
constexpr bool frozen(uint64_t meta) { return Meta::Frozen::get(meta) != 0; }
constexpr bool dirty(uint64_t meta) { return Meta::Dirty::get(meta) != 0; }

constexpr uint64_t make_meta(Kind kind, uint64_t expiry, bool durable) {
  return Meta::Kind::make(static_cast<uint64_t>(kind)) | Meta::Expiry::make(expiry) | Meta::Dirty::make(durable);
}
/// The same with the next sequence number: every new meta of a cell is made by this.
constexpr uint64_t next_meta(uint64_t meta) { return Meta::Sequence::bump(meta); }

/// What a record with this meta becomes when it is removed and the disk is still to hear of it.
constexpr uint64_t tombstone_of(uint64_t meta) {
  return Meta::Kind::set(Meta::Expiry::set(meta, 0), static_cast<uint64_t>(Kind::tombstone));
}

constexpr uint32_t kRecordStart = 8;   ///< offset of a page's first record
constexpr uint32_t kRecordAlign = 16;  ///< of the cell behind a record's header, and so of records beside their start
constexpr uint32_t kBeforeKey = 24;    ///< header and cell

constexpr uint32_t record_bytes(size_t key, size_t value) {
  return static_cast<uint32_t>((kBeforeKey + key + value + kRecordAlign - 1) / kRecordAlign * kRecordAlign);
}
inline uint64_t record_header(size_t key, size_t value) {
  return ring::EntryHeader::Value::make(value) | ring::EntryHeader::Key::make(key) | ring::EntryHeader::kRecord;
}
/// True if an entry can be a record: its form, and a cell that cmpxchg16b can work on.
inline bool is_record(const uint64_t* words, uint64_t header) {
  using Header = ring::EntryHeader;
  constexpr uint64_t kFixed = Header::kForm | Header::Expiry::kMask | Header::Frozen::kMask;
  return (header & kFixed) == Header::kRecord && reinterpret_cast<uintptr_t>(words + 1) % kRecordAlign == 0;
}
#ifdef LARDER_MODEL
/// The checked cell by which a model represents the two words.
inline base::PairCell& (*cell_of)(uint64_t* words) = nullptr;
#else
inline base::PairCell& cell_of(uint64_t* words) { return *reinterpret_cast<base::PairCell*>(words + 1); }
#endif

}  // namespace larder::store
