// entry.h – the bytes of one entry in a page.
//
//   +--------+----------------------+-------------------+------------------+-----------+-------------+---------+
//   | header | [expiry, if it is    | [idle period,     | [tag | its epoch]| key bytes | value bytes | padding |
//   | 8, or  |  too far for the     |  deadline] 16     | 8                |           |             | to 8    |
//   | 4      |  header, or idle] 8  |                   |                  |           |             |         |
//   +--------+----------------------+-------------------+------------------+-----------+-------------+---------+
//   header   63                 32   31     30     29     28     27    26       17 16                       0
//           +------------------------+---+-------+------+------+------+------------+-------------------------+
//           | expiry (33), 0 = none      |frozen?| tag? | idle?| long?|   key (10) |       value (17)        |
//           +------------------------+---+-------+------+------+------+------------+-------------------------+
//   short   | first bytes of the key | 0 |   0   |  0   |  1   |  0   |   key (10) |       value (17)        |
//           | (and the value)        |   |       |      |      |      |            |                         |
//           +------------------------+---+-------+------+------+------+------------+-------------------------+
//   word of  63     62                                                                                  0
//   its own +-------+-----------------------------------------------------------------------------------+
//   (long)  |frozen?|                             expiry (63), 0 = none                                 |
//           +-------+-----------------------------------------------------------------------------------+
//
//   long and an inline expiry that is not 0: the value bytes are no value but a reference to the run of pages that
//   holds it (RunRef; docs/design/runs.md). Everything else about such an entry is as usual.
//
// What it is    lengths and expiry in one word. Expiries are milliseconds since the segment was made: 33 bits are 99
//               days; a later one takes the word of its own (long), so that the usual entry costs 8 bytes beside key
//               and value. An entry without any terms has a header of half a word (short) and costs 4; it has no place
//               for an expiry, so a touch stores it anew. Idle entries are always long: idle alone says that
//               the header is short, idle and tagged that the entry is a record of a store (store/record.h).
// Invariants    N1 the header is written first and is never 0 (a key has at least one byte): a zero word in a page is a
//               reservation that nobody filled, and the hand steps over it. N2 lengths never change. N3 the expiry
//               changes only by CAS under a hazard (touch, idle), see cache/touch.cc. N4 frozen is set before the entry
//               is copied elsewhere and never cleared: entry_times.h. It stands in the word that holds the expiry.
// Concurrency   readers may look at a header while its page is recycled: they bounds-check it (parse) and check the
//               slot after.
// Crash         a header without the rest is skipped by its length; nothing in the index points at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/atomic.h"
#include "base/bit_field.h"
#include "larder/options.h"

namespace larder::ring {

struct EntryHeader {
  using Value = base::Field<0, 17>;
  using Key = base::Field<17, 10>;
  using Long = base::Field<27, 1>;
  using Idle = base::Field<28, 1>;
  using Tagged = base::Field<29, 1>;
  using Frozen = base::Field<30, 1>;
  using Expiry = base::Field<31, 33>;  ///< of a header that is not short
  static constexpr uint64_t kForm = Long::kMask | Idle::kMask | Tagged::kMask;
  static constexpr uint64_t kShort = Idle::kMask;                   ///< the form of a short header
  static constexpr uint64_t kRecord = Idle::kMask | Tagged::kMask;  ///< the form of a store's record
  static_assert(Value::kMask + Key::kMask + Frozen::kMask + kForm + Expiry::kMask == ~uint64_t{0});
};

/// The word behind the header that holds a far expiry (long).
struct FarWord {
  using Expiry = base::Field<0, 63>;
  using Frozen = base::Field<63, 1>;
};
static_assert(EntryHeader::Key::kMax >= kMaxKeyBytes && EntryHeader::Value::kMax >= kMaxPageBytes - 1);

constexpr uint32_t kHeaderBytes = 8;
constexpr uint32_t kShortHeaderBytes = 4;  ///< of an entry without terms

/// Where a value stands that takes pages of its own: these 16 bytes are in its place in the entry.
struct RunRef {
  uint32_t head;        ///< its first page
  uint32_t generation;  ///< of that page
  uint64_t bytes;       ///< of the value; 0 = no reference

  bool operator==(const RunRef&) const = default;
};
static_assert(sizeof(RunRef) == 16);

/// What a new entry carries beside key and value.
struct EntryTerms {
  uint64_t expiry = 0;    ///< ms since the segment was made; 0 = never
  uint64_t idle = 0;      ///< sliding period in ms; 0 = none
  uint64_t deadline = 0;  ///< for idle entries: no extension goes past this; 0 = none
  bool tagged = false;
  uint32_t tag = 0;
  uint32_t tag_epoch = 0;
  bool run = false;  ///< the value is a RunRef
};

/// Where the parts of an entry lie, in bytes from its header.
struct EntryShape {
  uint32_t key_at = 0;
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t total = 0;  ///< with padding

  uint32_t value_at() const { return key_at + key_size; }
};

constexpr uint32_t round8(uint32_t n) { return (n + 7) & ~7u; }

inline uint64_t make_header(uint32_t key_size, uint32_t value_size, const EntryTerms& terms) {
  const bool far = terms.expiry > EntryHeader::Expiry::kMax || terms.idle != 0 || terms.run;
  const bool no_terms = !far && terms.expiry == 0 && !terms.tagged;
  const uint64_t lengths = EntryHeader::Value::make(value_size) | EntryHeader::Key::make(key_size);
  if (no_terms) return lengths | EntryHeader::kShort;
  return lengths | EntryHeader::Long::make(far) | EntryHeader::Idle::make(terms.idle != 0) |
         EntryHeader::Tagged::make(terms.tagged) | EntryHeader::Expiry::make(far ? uint64_t{terms.run} : terms.expiry);
}

/// True if the header is short: the entry has no expiry, no tag, and its value in itself.
inline bool is_short(uint64_t header) { return (header & EntryHeader::kForm) == EntryHeader::kShort; }
inline bool is_idle(uint64_t header) {
  return EntryHeader::Idle::get(header) != 0 && EntryHeader::Long::get(header) != 0;
}
inline bool is_tagged(uint64_t header) {
  return EntryHeader::Tagged::get(header) != 0 && (header & EntryHeader::kForm) != EntryHeader::kRecord;
}
/// True if the entry's value is a RunRef.
inline bool holds_run(uint64_t header) {
  return EntryHeader::Long::get(header) != 0 && EntryHeader::Expiry::get(header) != 0;
}
/// Half words before the key, by the header's form (tagged, idle, long: one digit each).
constexpr uint32_t halves_before_key(uint64_t header) {
  constexpr uint32_t kHalves = 0xa6648142;
  return kHalves >> (4 * ((header & EntryHeader::kForm) >> EntryHeader::Long::kShift)) & 0xf;
}
/// Words that hold the header and the terms; of a short one, the word that its header is half of.
constexpr uint32_t words_of_terms(uint64_t header) { return (halves_before_key(header) + 1) / 2; }

inline EntryShape shape_of(uint64_t header) {
  EntryShape shape;
  shape.key_at = 4 * halves_before_key(header);
  shape.key_size = static_cast<uint32_t>(EntryHeader::Key::get(header));
  shape.value_size = static_cast<uint32_t>(EntryHeader::Value::get(header));
  shape.total = round8(shape.key_at + shape.key_size + shape.value_size);
  return shape;
}

inline uint64_t expiry_of(const uint64_t* entry, uint64_t header) {
  if (is_short(header)) return 0;
  return EntryHeader::Long::get(header) != 0 ? FarWord::Expiry::get(base::load_word_acquire(entry + 1))
                                             : EntryHeader::Expiry::get(header);
}
/// Of an idle entry only: its period, and where its deadline stands.
inline uint64_t idle_of(const uint64_t* entry) { return base::load_word_acquire(entry + 2); }
inline uint64_t* deadline_word(uint64_t* entry) { return entry + 3; }
/// tag | epoch << 32 of a tagged entry.
inline uint64_t tag_word_of(const uint64_t* entry, uint64_t header) {
  return base::load_word_acquire(entry + words_of_terms(header) - 1);
}

/// Fills reserved bytes up to the key, header first.
inline void write_terms(uint64_t* entry, uint64_t header, const EntryTerms& terms) {
  base::store_word_release(entry, header);
  uint64_t* at = entry + 1;
  if (EntryHeader::Long::get(header) != 0) base::store_word_release(at++, terms.expiry);
  if (is_idle(header)) {
    base::store_word_release(at++, terms.idle);
    base::store_word_release(at++, terms.deadline);
  }
  if (is_tagged(header)) base::store_word_release(at, uint64_t{terms.tag} | uint64_t{terms.tag_epoch} << 32);
}

}  // namespace larder::ring
