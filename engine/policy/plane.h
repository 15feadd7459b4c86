// plane.h – one cache's moving parts together: index, rings, ghosts, and the words its policy goes by.
//
// What it is    a process-private bundle of views into one region, shared by the hands and by the cache's operations.
// Concurrency   constant after attach; what it points to is everybody's.
// Crash         nothing of its own.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/hash.h"
#include "index/index.h"
#include "policy/balance.h"
#include "policy/ghosts.h"
#include "policy/price.h"
#include "policy/setting_word.h"
#include "ring/entry_reader.h"
#include "ring/runs.h"

namespace larder::policy {

constexpr uint32_t kWeeds = 8;

/// Words of a region that the policy reads and writes. Hints all of them: any value is safe.
struct PolicyWords {
  base::Atomic64 entry_bytes;    ///< moving average of the bytes an entry takes in a page, times 16
  base::Atomic64 ghost_ways;     ///< GhostWays
  base::Atomic64 preview;        ///< where the hot hand's preview stands: PreviewWord
  base::Atomic64 debt;           ///< what was owed when a cold page was last emptied, in bytes
  base::Atomic64 owed;           ///< signed bytes: room in the hot ring that promotions took and no drop has paid for
  base::Atomic64 cold_share;     ///< of the cold ring, adapted (balance.h); 0 = as the setting says
  base::Atomic64 weed_at;        ///< ticket of the hot ring at which the search for dead bytes goes on (weed.cc)
  base::Atomic64 weeds[kWeeds];  ///< pages + 1 that lately became mostly dead; 0 = none
  base::Atomic64 loose;          ///< not 0: there may be runs that no entry refers to (policy/loose.h)
  base::Atomic64 run_pages[2];   ///< pages of the runs whose entries are in the cold and in the hot ring, about

  uint64_t pages_of_runs(ring::RingId ring) const {
    const auto pages = static_cast<int64_t>(run_pages[static_cast<size_t>(ring)].load_relaxed());
    return pages > 0 ? static_cast<uint64_t>(pages) : 0;
  }
};

/// How much of the ghost tables is in use.
struct GhostWays {
  using Cold = base::Field<0, 8>;     ///< cells of each line of the ghosts
  using Young = base::Field<8, 8>;    ///< the newest of them, which the cold ring would have kept had it been larger
  using Recent = base::Field<16, 8>;  ///< cells of each line of what the hot ring dropped
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
  Ghosts recent;  ///< what the hot ring dropped last, for the balance of the rings
  PolicyWords* words = nullptr;
  const base::Atomic64* setting_word = nullptr;  ///< SettingWord
  const base::Atomic64* goal = nullptr;          ///< pages of the budget, or to which it shrinks
  base::HashSecret secret{};
  uint32_t reserve = 0;  ///< free pages that only the hands may use

  uint64_t hash(std::string_view key) const { return base::keyed_hash(key, secret); }
  uint64_t setting() const { return setting_word->load_relaxed(); }
  /// Pages that entries may fill; while the budget shrinks, those it will have: what goes is chosen for that.
  uint64_t usable_pages() const {
    return std::max<uint64_t>(std::min<uint64_t>(rings.limit(), goal->load_relaxed()), reserve + 1) - reserve;
  }
  /// Share of the budget that the cold ring should have now, 0..1.
  double cold_share() const {
    const uint64_t now = setting();
    const double set = double(SettingWord::Cold::get(now)) / 65535;
    return SettingWord::Adapt::get(now) == 0 ? set : ColdShare::value(words->cold_share.load_relaxed(), set);
  }
  /// Most pages the cold ring should have.
  uint64_t cold_target() const {
    return std::max<uint64_t>(1, static_cast<uint64_t>(double(usable_pages()) * cold_share()));
  }
  /// Bytes that entries may fill.
  double usable_bytes() const { return double(usable_pages()) * rings.table().page_bytes(); }
  /// What the entry of a key must pay in the page of this ticket, by its weight beside the average.
  Price price_of(uint64_t bytes, uint64_t hash_of_key, uint64_t ticket) const {
    const uint64_t average = words->entry_bytes.load_relaxed();  // times 16
    if (average == 0 || SettingWord::BySize::get(setting()) == 0) return {};
    return Price::of(double(bytes) * 16 / double(average), Price::dice(hash_of_key, ticket));
  }
  /// Most free pages that the sidecar keeps ahead of the writers, beyond the reserve.
  uint64_t most_ahead() const { return 2 + usable_pages() / 64; }
  /// Pages a full cache may have free or half-filled beside its reserve: the writer's and the keeper's head start.
  uint64_t slack() const {
    if (usable_pages() < 64) return 1;
    return std::max(4 + usable_pages() / 512, std::min(rings.free_pages(), 2 + most_ahead()));
  }
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
  /// Says that an entry is gone whose slot led to `position`.
  void note_dead(uint32_t position, uint32_t bytes) const {
    const page::PageTable& table = rings.table();
    const uint32_t page = table.page_of(position), most = table.page_bytes() / 4 * 3;
    const uint64_t before = table.note_dead(page, bytes);
    if (before < most && before + bytes >= most) words->weeds[page % kWeeds].store_relaxed(uint64_t{page} + 1);
  }
  uint64_t ghost_ways() const { return words->ghost_ways.load_relaxed(); }
  void remember_ghost(uint64_t hash_of_key) const {
    ghosts.remember(hash_of_key, static_cast<uint32_t>(GhostWays::Cold::get(ghost_ways())));
  }
};

}  // namespace larder::policy
