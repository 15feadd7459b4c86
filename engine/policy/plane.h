// plane.h – one cache's moving parts together: index, rings, ghosts, and the words its policy goes by.
//
// What it is    a process-private bundle of views into one region, shared by the hands and by the cache's operations.
// Concurrency   constant after attach; what it points to is everybody's.
// Crash         nothing of its own.
#pragma once

#include <cstdint>

#include "base/hash.h"
#include "index/index.h"
#include "policy/ghosts.h"
#include "policy/setting_word.h"
#include "ring/entry_reader.h"
#include "ring/runs.h"

namespace larder::policy {

/// Words of a region that the policy reads and writes. Hints all of them: any value is safe.
struct PolicyWords {
  base::Atomic64 entry_bytes;   ///< moving average of the bytes an entry takes in a page, times 16
  base::Atomic64 ghost_ways;    ///< cells of each ghost line in use
  base::Atomic64 preview;       ///< where the hot hand's preview stands: PreviewWord
  base::Atomic64 debt;          ///< what was owed when a cold page was last emptied, in bytes
  base::Atomic64 owed;          ///< signed bytes: room in the hot ring that promotions took and no drop has paid for
  base::Atomic64 loose;         ///< not 0: there may be runs that no entry refers to (policy/loose.h)
  base::Atomic64 run_pages[2];  ///< pages of the runs whose entries are in the cold and in the hot ring, about

  uint64_t pages_of_runs(ring::RingId ring) const {
    const auto pages = static_cast<int64_t>(run_pages[static_cast<size_t>(ring)].load_relaxed());
    return pages > 0 ? static_cast<uint64_t>(pages) : 0;
  }
};

/// Ticket of a page of the hot ring | offset in it, in 8-byte units.
struct PreviewWord {
  using Offset = base::Field<0, 20>;
  using Ticket = base::Field<20, 44>;
};

struct Plane {
  index::Index index;
  ring::Rings rings;
  ring::EntryReader reader;
  Ghosts ghosts;
  PolicyWords* words = nullptr;
  const base::Atomic64* setting_word = nullptr;  ///< SettingWord
  base::HashSecret secret{};
  uint32_t reserve = 0;  ///< free pages that only the hands may use

  uint64_t hash(std::string_view key) const { return base::keyed_hash(key, secret); }
  uint64_t setting() const { return setting_word->load_relaxed(); }
  /// Pages that entries may fill.
  uint64_t usable_pages() const { return rings.table().count() - reserve; }
  /// Most pages the cold ring should have.
  uint64_t cold_target() const {
    const uint64_t cold = usable_pages() * SettingWord::Cold::get(setting()) / 65535;
    return cold == 0 ? 1 : cold;
  }
  /// Pages a full cache may have free or half-filled beside its reserve: the writer's and the keeper's head start.
  uint64_t slack() const { return usable_pages() >= 64 ? 4 + usable_pages() / 512 : 1; }
  /// True if there may be runs.
  bool has_runs() const { return words->run_pages[0].load_relaxed() != 0 || words->run_pages[1].load_relaxed() != 0; }
  /// Pages that a ring's entries take: its own, and those of the runs they refer to.
  uint64_t pages_in(ring::RingId ring) const { return rings.queue(ring).span() + words->pages_of_runs(ring); }
  /// Only while the cache fills: a full one never has room, or every old cold page would be promoted whole. `more`:
  /// pages of the run that would come with an entry.
  bool hot_has_room(uint64_t more = 0) const {
    return pages_in(ring::RingId::hot) + more + cold_target() + slack() < usable_pages();
  }
  /// Bytes of the budget that an entry takes.
  uint64_t weight_of(const ring::EntryAt& entry) const {
    return entry.shape.total + uint64_t{run_pages_of(entry)} * rings.table().page_bytes();
  }
  /// Pages of the entry's run; 0 for an entry that holds its value itself.
  uint32_t run_pages_of(const ring::EntryAt& entry) const { return reader.pages_for(reader.run_of(entry).bytes); }
  uint32_t ghost_ways() const { return static_cast<uint32_t>(words->ghost_ways.load_relaxed() & 31); }
};

}  // namespace larder::policy
