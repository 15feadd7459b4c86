// index.h – finding, inserting, moving and removing entries: one cache line for most lookups.
//
// What it is    the operations on buckets. The index knows positions and tags, not entries: callers pass a matcher that
//               says what stands at a position (another key, this key, or this key but expired).
// Choices       a key's home bucket is multiply-shift of the high hash bits; its two alternates lie at distances
//               computed from the tag, so that a slot's word and bucket give back the home. Inserts prefer the home;
//               lookups touch an alternate only if the home's header says that entries spilled.
// Invariants, orders, crash: slot.h.
// Concurrency   every function from any number of threads and processes; none waits. Loops repeat only when somebody
//               else's operation succeeded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "index/slot.h"

namespace larder::index {

/// What stands at a position, as far as one key is concerned.
enum class Match : uint8_t { other, live, dead };

/// What one look at a key's home bucket says.
enum class Glance : uint8_t {
  absent,     ///< the key is not there
  candidate,  ///< a live slot has its tag: look at the entry
  unsure,     ///< there is more to look at
};

/// Where a key may live.
struct Probe {
  uint32_t home = 0;
  uint32_t tag = 0;
};

/// A slot and the word it held.
struct Found {
  base::Atomic64* slot = nullptr;
  uint64_t word = 0;
  Match match = Match::other;
  explicit operator bool() const { return slot != nullptr; }
  uint32_t position() const { return static_cast<uint32_t>(SlotWord::Position::get(word)); }
};

/// Where an inserter announces its claim before making it, so that its burier can undo or complete it.
struct ClaimIntent {
  base::Atomic64* at = nullptr;       ///< region << 48 | 1 + bucket * 8 + slot
  base::Atomic64* word = nullptr;     ///< the pending word
  uint64_t region = 0;                ///< number of the cache, for whoever reads the intent
  bool may_evict = true;              ///< all buckets of the key full: drop the least referenced entry, or answer full
  base::Atomic64* clock = nullptr;    ///< gives the entry its version, see stamp()
  base::Atomic64* version = nullptr;  ///< where the entry keeps it

  /// Draws the version after the state that the entry will replace was read: whoever changed the key before that drew
  /// earlier, whoever changes it after makes the publication fail and draw again. So versions of a key only grow.
  void stamp() const {
    if (clock != nullptr) version->store_release(clock->add_acq_rel(1) + 1);
  }
};

enum class Presence : uint8_t { any, only_absent, only_present };
enum class Published : uint8_t { inserted, replaced, revived, refused, full };

/// Outcome of publish().
struct Publication {
  Published what = Published::full;
  uint32_t index_evictions = 0;  ///< live entries dropped because all buckets of the key were full
  uint32_t retries = 0;
  std::optional<uint32_t> displaced;  ///< position of the entry that was replaced or revived
};

class Index {
 public:
  Index() = default;
  explicit Index(std::span<Bucket> buckets) : buckets_(buckets.data()), count_(static_cast<uint32_t>(buckets.size())) {}

  uint32_t bucket_count() const { return count_; }
  Bucket& bucket(uint32_t number) const { return buckets_[number]; }

  Probe probe(uint64_t hash) const {
    const uint32_t tag = static_cast<uint32_t>(hash & 0xffff);
    return {static_cast<uint32_t>((static_cast<unsigned __int128>(hash) * count_) >> 64), tag == 0 ? 1 : tag};
  }
  /// The key's bucket of that choice (0 = home).
  uint32_t choice(uint32_t home, uint32_t tag, uint32_t which) const {
    if (which == 0) return home;
    const uint32_t at = home + distance(tag, which);
    return at >= count_ ? at - count_ : at;
  }
  /// The home of the entry whose word stands in `bucket`.
  uint32_t home_of(uint32_t bucket, uint64_t word) const {
    const uint32_t which = static_cast<uint32_t>(SlotWord::Which::get(word));
    if (which == 0 || which >= kChoices) return bucket;
    const uint32_t far = distance(static_cast<uint32_t>(SlotWord::Tag::get(word)), which);
    return bucket >= far ? bucket - far : bucket + count_ - far;
  }

  /// The first step of find(), for readers that know what to do with the usual answers: the first slot with the key's
  /// tag goes to `slot` and `word`. After an entry of another key, or if in doubt, find() is to be asked.
  Glance glance(Probe probe, base::Atomic64*& slot, uint64_t& word) const;
  /// The slot whose entry `match` says is this key. Changes nothing: an insert in flight that is already linearized is
  /// read through its pending slot.
  template <class Matcher>
  Found find(Probe probe, const Matcher& match) const;

  /// Makes `position` the key's entry, subject to `presence`. A dead entry of the key counts as absent. On a replaced
  /// entry the reference count goes up to `cap`.
  template <class Matcher>
  Publication publish(Probe probe, uint32_t position, Presence presence, uint32_t cap, ClaimIntent intent,
                      const Matcher& match) const;

  /// Empties the key's slot. Returns what was there.
  template <class Matcher>
  Found remove(Probe probe, const Matcher& match) const;

  /// Empties exactly the slot that was found (its reference count may have changed). False if it changed otherwise.
  bool unlink(uint32_t bucket, Found found) const;
  /// Points exactly the slot that was found at another position, with a new reference count.
  bool relocate(Found found, uint32_t position, uint32_t refs) const;
  /// The slot that points at `position`, live, or pending in the home bucket or for an insert that is linearized. Its
  /// bucket goes to `bucket`. (Alternates count only if the home's header says that entries spilled. It says so with
  /// the CAS that linearizes: a claim in an alternate that it does not count is nobody's entry.)
  Found find_position(Probe probe, uint32_t position, uint32_t* bucket) const;

  /// Finishes or releases the claim a dead thread announced. Harmless if there is none.
  void resolve_claim(uint64_t claim_at, uint64_t claim_word) const;
  /// Completes the insert that `home`'s header names, if any.
  void help(uint32_t home) const;
  uint32_t bucket_of(const base::Atomic64* slot) const {
    return static_cast<uint32_t>((reinterpret_cast<const char*>(slot) - reinterpret_cast<const char*>(buckets_)) /
                                 sizeof(Bucket));
  }

 private:
  uint32_t distance(uint32_t tag, uint32_t which) const {
    const uint32_t mixed = which == 1 ? tag : (tag * 0x9e3bu + 0x7f4bu) & 0xffff;
    return 1 + static_cast<uint32_t>((uint64_t{mixed} * (count_ - 1)) >> 16);
  }
  base::Atomic64& slot_of_op(uint32_t home, uint64_t header) const;
  template <class Matcher>
  Found find_in(uint32_t bucket, uint32_t tag, uint32_t which, const Matcher& match) const;
  template <class Matcher>
  Found find_further(Probe probe, const Matcher& match) const;
  template <class Matcher>
  Found find_away(Probe probe, uint64_t header, const Matcher& match) const;
  template <class Matcher>
  Found scan(Probe probe, uint64_t header, const Matcher& match) const;
  struct Claim {
    base::Atomic64* slot = nullptr;
    uint64_t word = 0;
    uint32_t number = 0;  ///< choice * kSlots + slot
  };
  bool try_claim(Probe probe, uint32_t position, ClaimIntent intent, Claim& claim) const;
  uint32_t evict_one(Probe probe) const;
  void release(const Claim& claim) const;
  bool begin_insert(Probe probe, uint64_t header, const Claim& claim) const;
  void complete(uint32_t home, uint64_t header) const;
  void spill_down(uint32_t home) const;

  Bucket* buckets_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace larder::index

#include "index/find.h"
#include "index/publish.h"
