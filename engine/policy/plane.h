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
#include "ring/rings.h"

namespace larder::policy {

/// Words of a region that the policy reads and writes. Hints all of them: any value is safe.
struct PolicyWords {
  base::Atomic64 entry_bytes;  ///< moving average of the bytes an entry takes in a page, times 16
  base::Atomic64 ghost_ways;   ///< cells of each ghost line in use
  base::Atomic64 preview;      ///< where the hot hand's preview stands: PreviewWord
  base::Atomic64 debt;         ///< what was owed when a cold page was last emptied, in bytes
  base::Atomic64 owed;         ///< signed bytes: room in the hot ring that promotions took and no drop has paid for
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
  /// Only while the cache fills: a full one never has room, or every old cold page would be promoted whole.
  bool hot_has_room() const { return rings.queue(ring::RingId::hot).span() + cold_target() + slack() < usable_pages(); }
  uint32_t ghost_ways() const { return static_cast<uint32_t>(words->ghost_ways.load_relaxed() & 31); }
};

}  // namespace larder::policy
