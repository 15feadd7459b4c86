// operation.cc – see operation.h.
#include "store/operation.h"

#include <string>

#include "store/compactor.h"
#include "store/durable.h"
#include "store/pressure.h"
#include "store/room.h"

namespace larder::store {

using index::SlotWord;

Look Operation::look() {
  const policy::Plane& plane = region_.plane;
  for (;;) {
    Look look;
    look.found = plane.index.find(sought_.probe, [&](uint32_t position) {
      const bool same = plane.reader.parse(position, look.entry) && look.entry.has_key(sought_.key) &&
                        is_record(look.entry.words, look.entry.header);
      return same ? index::Match::live : index::Match::other;
    });
    if (!look.found) return look;
    if (!SlotWord::live(look.found.word) && region_.writable) {
      plane.index.help(plane.index.home_of(plane.index.bucket_of(look.found.slot), look.found.word));
      continue;
    }
    look.cell = cell_of(look.entry.words).load();
    if (!still(look)) continue;
    const uint64_t at = Meta::Expiry::get(look.cell.second) == 0 ? 0 : now();
    look.live = is_live(look.cell.second, at);
    if (!region_.writable || !is_expired(look.cell.second, at)) return look;
    Compactor(region_, thread_).retire(look.found, look.entry);
  }
}

/// A page that got a dirty record is looked at by the sidecar's next pass. Said before the record changes and, in case
/// a pass came in between, after it. The look at the mark is in one order with the change before it and with the pass,
/// which takes the mark and then looks at the cells: one of the two sees the other (persist/collect.h, W1).
void Operation::mark_dirty(uint32_t position) const {
  const page::PageTable& table = region_.plane.rings.table();
  base::Atomic64& dirty = table.record(table.page_of(position)).dirty;
  if (dirty.load_sync() == 0) dirty.store_release(1);
}

std::optional<Operation::Written> Operation::write(const Draft& draft, uint64_t meta, bool spare) {
  const uint32_t bytes = record_bytes(sought_.key.size(), draft.value.size());
  const std::optional<ring::Room> room = make_room(region_, thread_, bytes, spare);
  if (!room) return std::nullopt;
  const page::PageTable& table = region_.plane.rings.table();
  uint64_t* words = table.at(room->position);
  base::store_word_release(words, record_header(sought_.key.size(), draft.value.size()));
  cell_of(words).set({draft.number, meta});
  std::byte* at = reinterpret_cast<std::byte*>(words) + kBeforeKey;
  base::copy_in(at, sought_.key.data(), sought_.key.size());
  base::copy_in(at + sought_.key.size(), draft.value.data(), draft.value.size());
  table.note_expiry(room->page, draft.expiry);
  if (dirty(meta)) mark_dirty(room->position);
  return Written{*room, bytes};
}

void Operation::abandon(const Written& written) {
  note_dead(region_, written.room.position, written.bytes);
  page::work_done(*thread_.line);
}

/// Makes sure that the record is removed and replaced by a CAS of its slot only (record.h, C6). False if it changed.
bool Operation::freeze(const Look& look) {
  if (!cache::hold_for_change(region_, thread_, look.found)) return false;
  base::PairCell& cell = cell_of(look.entry.words);
  base::Pair seen = cell.load();
  bool live = is_live(seen.second, now());
  while (live && !frozen(seen.second) && !cell.cas(seen, {seen.first, Meta::Frozen::set(next_meta(seen.second), 1)}))
    live = is_live(seen.second, now());
  page::work_done(*thread_.line);
  return live;
}

Step Operation::replace(const Look& look, const Draft& draft, uint64_t* version) {
  const bool lasting = durable();
  if (lasting && !freeze(look)) return Step::again;
  const uint64_t meta = make_meta(draft.kind, draft.expiry, lasting);
  const std::optional<Written> written = write(draft, meta, false);
  if (!written) return still(look) ? Step::full : Step::again;
  uint64_t* words = region_.plane.rings.table().at(written->room.position);
  if (draft.kind == Kind::value) {
    const uint64_t drawn = region_.header->store.versions.add_acq_rel(1) + 1;
    cell_of(words).set_first(drawn);
    if (version != nullptr) *version = drawn;
  }
  if (!region_.plane.index.relocate(look.found, written->room.position, 0)) {
    abandon(*written);
    return Step::again;
  }
  if (dirty(meta)) mark_dirty(written->room.position);
  page::work_done(*thread_.line);
  note_dead(region_, look.found.position(), look.entry.shape.total);
  return Step::done;
}

/// The change of a frozen record: a copy of it with another cell, in its place. Versions stay.
Step Operation::renew(const Look& look, base::Pair next) {
  std::string value(look.entry.shape.value_size, 0);
  base::copy_out(value.data(), look.entry.value(), value.size());
  if (!still(look)) return Step::again;
  const Draft draft{kind_of(next.second), value, next.first, Meta::Expiry::get(next.second)};
  const std::optional<Written> written = write(draft, next.second, true);
  if (!written) return still(look) ? Step::full : Step::again;
  if (!region_.plane.index.relocate(look.found, written->room.position, 0)) {
    abandon(*written);
    return Step::again;
  }
  if (dirty(next.second)) mark_dirty(written->room.position);
  page::work_done(*thread_.line);
  note_dead(region_, look.found.position(), look.entry.shape.total);
  return Step::done;
}

Step Operation::create(const Draft& draft, bool only_absent, uint64_t* version) {
  const policy::Plane& plane = region_.plane;
  const uint64_t meta = make_meta(draft.kind, draft.expiry, durable() && !draft.on_disk);
  const std::optional<Written> written = write(draft, meta, false);
  if (!written) return Step::full;
  uint64_t* words = plane.rings.table().at(written->room.position);
  index::ClaimIntent intent{&thread_.line->claim_at, &thread_.line->claim_word, region_.number, false};
  if (draft.kind == Kind::value) {
    intent.clock = &region_.header->store.versions;
    intent.version = reinterpret_cast<base::Atomic64*>(words + 1);
  }
  ring::EntryAt met;
  const auto by_state = [&](uint32_t position) {
    if (!plane.reader.parse(position, met) || !met.has_key(sought_.key) || !is_record(met.words, met.header))
      return index::Match::other;
    // An expired one counts as live: who depends on its absence looks again, which makes it go (record.h, C5).
    return holds(cell_of(met.words).load().second) ? index::Match::live : index::Match::dead;
  };
  const index::Publication done =
      plane.index.publish(sought_.probe, written->room.position,
                          only_absent ? index::Presence::only_absent : index::Presence::any, 0, intent, by_state);
  thread_.tally(region_.number)[Counter::retries] += done.retries;
  if (done.what == index::Published::refused || done.what == index::Published::full) {
    abandon(*written);
    if (done.what == index::Published::refused) return Step::refused;
    Compactor compactor(region_, thread_);
    if (compactor.free_slot(sought_.probe)) return create(draft, only_absent, version);
    const bool another = give_up_tombstones(region_) || drop_in_buckets(region_, thread_, sought_.probe);
    return another ? create(draft, only_absent, version) : Step::full;
  }
  if (version != nullptr && draft.kind == Kind::value) *version = base::load_word_acquire(words + 1);
  if (dirty(meta)) mark_dirty(written->room.position);
  page::work_done(*thread_.line);
  if (done.displaced) note_dead(region_, *done.displaced, met.shape.total);
  return Step::done;
}

Step Operation::erase(const Look& look) {
  if (durable() && keeps_tombstones(region_))
    return change(look, [](base::Pair, base::Pair& next) {
      next.second = tombstone_of(next.second);
      return true;
    });
  if (!region_.plane.index.unlink(region_.plane.index.bucket_of(look.found.slot), look.found)) return Step::again;
  if (durable()) removed_without_trace(region_);
  note_dead(region_, look.found.position(), look.entry.shape.total);
  return Step::done;
}

}  // namespace larder::store
