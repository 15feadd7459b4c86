// operation.h – one operation of the calling thread on one key of a store: look, change in place, replace, create,
// erase.
//
// What it is    the five steps that every store operation is made of (shared_store.cc puts them together). A step that
//               meets a change by somebody else says `again`: look anew.
// Invariants    see record.h. A record is live iff its kind is value or counter and its expiry lies ahead.
// Concurrency   an Operation belongs to one thread; it uses the thread's work hazard.
// Crash         as in record.h; bytes that were reserved and not published are stepped over.
#pragma once

#include <optional>
#include <string_view>

#include "cache/region.h"
#include "larder/store.h"
#include "store/record.h"

namespace larder::store {

using cache::Region;

/// A record as it was when its slot led to it; empty if there is none of that key.
struct Look {
  index::Found found;
  ring::EntryAt entry;
  base::Pair cell;
  bool live = false;

  explicit operator bool() const { return live; }
  Kind kind() const { return kind_of(cell.second); }
  std::string_view value_in_place() const {
    return {reinterpret_cast<const char*>(entry.value()), entry.shape.value_size};
  }
};

/// What a new record is made of.
struct Draft {
  Kind kind = Kind::value;
  std::string_view value;
  uint64_t number = 0;   ///< of counters; values are given a version
  uint64_t expiry = 0;   ///< ms since creation; 0 = none
  bool on_disk = false;  ///< came from there: not dirty
};

enum class Step : uint8_t {
  done,
  again,    ///< somebody was faster
  kept,     ///< change: `compute` wants it as it is
  refused,  ///< create: a live record is there
  full,
};

class Operation {
 public:
  Operation(const Region& region, segment::ThreadState& thread, std::string_view key)
      : region_(region), thread_(thread), sought_(region.plane, key) {}

  /// The key's record. If the attachment may write, an insert in flight is completed first, and an expired record is
  /// gone when the answer is that there is none (record.h, C5).
  Look look();
  /// True if the slot still leads to what was seen: bytes copied since then are good.
  static bool still(const Look& look) { return cache::unchanged(look.found); }

  /// Changes a live record's number and meta. `compute(cell, next)` says what to; false keeps the record. `next` has
  /// the new sequence number and dirty bit already.
  template <class Compute>
  Step change(const Look& look, const Compute& compute);
  /// Puts a record in place of exactly the one that was seen. `version` gets that of a new value.
  Step replace(const Look& look, const Draft& draft, uint64_t* version);
  /// Makes a record the key's, whatever is there or only if nothing live is.
  Step create(const Draft& draft, bool only_absent, uint64_t* version);
  /// Removes exactly the record that was seen.
  Step erase(const Look& look);

  bool durable() const { return region_.header->store.durable.has(sought_.key); }
  uint64_t now() const { return region_.plane.reader.now(); }
  const Region& region() const { return region_; }
  segment::ThreadState& thread() const { return thread_; }

 private:
  struct Written {
    ring::Room room;
    uint32_t bytes = 0;
  };
  std::optional<Written> write(const Draft& draft, uint64_t meta, bool spare);
  void abandon(const Written& written);
  void mark_dirty(uint32_t position) const;
  void note_expiry(uint32_t position, uint64_t expiry) const {
    const page::PageTable& table = region_.plane.rings.table();
    table.note_expiry(table.page_of(position), expiry);
  }
  bool freeze(const Look& look);
  Step renew(const Look& look, base::Pair next);

  const Region& region_;
  segment::ThreadState& thread_;
  cache::Sought sought_;
};

/// True if a record with this meta is there at `now`.
inline bool is_live(uint64_t meta, uint64_t now) {
  const uint64_t expiry = Meta::Expiry::get(meta);
  return holds(meta) && (expiry == 0 || expiry > now);
}

/// True for a record that was there and is not any more only because of its expiry.
inline bool is_expired(uint64_t meta, uint64_t now) { return holds(meta) && !is_live(meta, now); }

/// Says that a record of `bytes` at `position` is garbage: a hint for the compactor.
inline void note_dead(const Region& region, uint32_t position, uint32_t bytes) {
  const page::PageTable& table = region.plane.rings.table();
  table.note_dead(table.page_of(position), bytes);
}

template <class Compute>
Step Operation::change(const Look& look, const Compute& compute) {
  if (!cache::hold_for_change(region_, thread_, look.found)) return Step::again;
  const bool durable = this->durable();
  if (durable) mark_dirty(look.found.position());
  base::PairCell& cell = cell_of(look.entry.words);
  base::Pair seen = cell.load();
  for (;;) {
    base::Pair next{seen.first, Meta::Frozen::set(next_meta(seen.second), 0)};
    if (durable) next.second = Meta::Dirty::set(next.second, 1);
    if (!is_live(seen.second, now())) break;
    if (!compute(seen, next)) {
      page::work_done(*thread_.line);
      return Step::kept;
    }
    const uint64_t expiry = Meta::Expiry::get(next.second);
    const bool timed = expiry != Meta::Expiry::get(seen.second);
    if (timed) note_expiry(look.found.position(), expiry);
    if (frozen(seen.second)) {
      page::work_done(*thread_.line);
      return renew(look, next);
    }
    if (cell.cas(seen, next)) {
      if (durable) mark_dirty(look.found.position());
      if (timed) note_expiry(look.found.position(), expiry);  // an expirer may have been there meanwhile
      page::work_done(*thread_.line);
      return Step::done;
    }
  }
  page::work_done(*thread_.line);
  return Step::again;
}

}  // namespace larder::store
