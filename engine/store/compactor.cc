// compactor.cc – see compactor.h.
#include "store/compactor.h"

#include <algorithm>

#include "store/durable.h"
#include "store/operation.h"
#include "store/room.h"

namespace larder::store {

using index::SlotWord;
using page::PageWord;
using page::State;
using ring::RingId;
using ring::Ticket;

/// Visits every record-shaped entry of a page, with the slot that leads to it, if one does.
template <class Visit>
void Compactor::each_record(uint32_t page, const Visit& visit) {
  const page::PageTable& table = plane_.rings.table();
  const uint64_t used = std::min<uint64_t>(table.record(page).tail.load_acquire(), table.page_bytes());
  for (uint32_t offset = kRecordStart; offset < used;) {
    Record record;
    record.position = table.position_of(page, offset);
    if (!plane_.reader.parse(record.position, record.entry)) {
      offset = record.entry.header == 0 ? offset + 8 : static_cast<uint32_t>(used);
      continue;
    }
    offset += record.entry.shape.total;
    if (!is_record(record.entry.words, record.entry.header)) continue;
    char key[kMaxKeyBytes + 1];  // copied out: it may still be being written
    base::copy_out(key, record.entry.key(), record.entry.shape.key_size);
    const index::Probe probe = plane_.index.probe(plane_.hash({key, record.entry.shape.key_size}));
    record.found = plane_.index.find_position(probe, record.position, &record.bucket);
    visit(record);
  }
}

bool Compactor::empty(RingId ring, const Ticket& ticket) {
  const auto owned = plane_.rings.take(ring, ticket, owner_);
  if (!owned) return false;
  bool emptied = !plane_.rings.is_held(owned->page);
  if (emptied) each_record(owned->page, [&](Record& record) { emptied &= settle(record); });
  segment::Tally& tally = thread_.tally(region_.number);
  if (emptied && !plane_.rings.is_held(owned->page)) {
    plane_.rings.recycle(*owned, owner_);
    ++tally[Counter::pages_emptied];
    return true;
  }
  ++tally[Counter::pages_held];
  plane_.rings.set_aside(ring, *owned, owner_);
  return false;
}

/// Moves, drops or leaves one record of an owned page. False if it is live and stays.
bool Compactor::settle(Record& record) {
  for (;; record.found = plane_.index.find_position(
              plane_.index.probe(
                  plane_.hash({reinterpret_cast<const char*>(record.entry.key()), record.entry.shape.key_size})),
              record.position, &record.bucket)) {
    if (!record.found) return true;
    if (SlotWord::pending(record.found.word)) {  // nobody holds the page: who claimed this is dead
      plane_.index.help(plane_.index.home_of(record.bucket, record.found.word));
      const uint64_t word = record.found.slot->load_acquire();
      if (SlotWord::pending(word) && SlotWord::identity(word) == SlotWord::identity(record.found.word))
        plane_.index.unlink(record.bucket, record.found);
      continue;
    }
    const uint64_t meta = cell_of(record.entry.words).load().second;
    if (!stays(meta)) {
      if (drop(record)) return true;
    } else if (move(record)) {
      return true;
    } else if (cache::unchanged(record.found)) {
      return false;
    }
  }
}

/// True for what a page cannot be freed without: live records, and tombstones that the disk does not know of.
bool Compactor::stays(uint64_t meta) const {
  if (kind_of(meta) == Kind::tombstone) return dirty(meta) && keeps_tombstones(region_);
  return is_live(meta, plane_.reader.now());
}

/// Unlinks a record that does not stay. Frozen first: nobody revives it meanwhile. One that expired before its last
/// change was on disk becomes a tombstone instead: the disk may know it with a later expiry.
bool Compactor::drop(const Record& record) {
  base::PairCell& cell = cell_of(record.entry.words);
  base::Pair seen = cell.load();
  for (;;) {
    if (stays(seen.second)) return false;
    if (frozen(seen.second)) break;
    const bool end_unwritten = dirty(seen.second) && keeps_tombstones(region_);
    const uint64_t next = next_meta(seen.second);
    if (!cell.cas(seen, {seen.first, end_unwritten ? tombstone_of(next) : Meta::Frozen::set(next, 1)})) continue;
    if (!end_unwritten) break;
    plane_.rings.table().record(plane_.rings.table().page_of(record.position)).dirty.store_release(1);
    ++thread_.tally(region_.number)[Counter::expirations];
    return false;
  }
  if (!plane_.index.unlink(record.bucket, record.found)) return false;
  note_dead(region_, record.position, record.entry.shape.total);
  if (kind_of(seen.second) != Kind::tombstone) ++thread_.tally(region_.number)[Counter::expirations];
  if (dirty(seen.second)) removed_without_trace(region_);
  return true;
}

void Compactor::retire(const index::Found& found, const ring::EntryAt& entry) {
  if (!cache::hold_for_change(region_, thread_, found)) return;
  Record record;
  record.entry = entry;
  record.position = found.position();
  record.found = found;
  record.bucket = plane_.index.bucket_of(found.slot);
  drop(record);
  page::work_done(*thread_.line);
}

/// Copies a record to the hot ring and points its slot there. False if there is no room or the slot changed.
bool Compactor::move(const Record& record) {
  const page::PageTable& table = plane_.rings.table();
  const ring::EntryShape& shape = record.entry.shape;
  const uint32_t bytes = record_bytes(shape.key_size, shape.value_size);
  uint64_t ticket = 0;
  std::optional<ring::Room> room;
  while (!(room = try_reserve(plane_.rings, RingId::hot, bytes, *thread_.line, &ticket)))
    if (!plane_.rings.open_page(RingId::hot, ticket, owner_, 0)) return false;
  uint64_t* copy = table.at(room->position);
  base::store_word_release(copy, record.entry.header);
  base::copy_in(copy + kBeforeKey / 8, record.entry.key(), shape.key_size + shape.value_size);

  base::PairCell& cell = cell_of(record.entry.words);
  base::Pair seen = cell.load();
  while (!frozen(seen.second) && !cell.cas(seen, {seen.first, Meta::Frozen::set(next_meta(seen.second), 1)})) {
  }
  seen.second = Meta::Frozen::set(seen.second, 0);
  cell_of(copy).set(seen);
  table.note_expiry(room->page, Meta::Expiry::get(seen.second));
  if (dirty(seen.second)) table.record(room->page).dirty.store_release(1);
  const bool moved = plane_.index.relocate(record.found, room->position, 0);
  note_dead(region_, moved ? record.position : room->position, bytes);
  if (moved && dirty(seen.second)) table.record(room->page).dirty.store_release(1);
  page::work_done(*thread_.line);
  thread_.tally(region_.number)[Counter::moved_bytes] += moved ? bytes : 0;
  return moved;
}

uint64_t Compactor::expire(RingId ring, const Ticket& ticket) {
  const page::PageTable& table = plane_.rings.table();
  const ring::PageQueue& queue = plane_.rings.queue(ring);
  const uint32_t page = ticket.page();
  if (page >= table.count()) return 0;
  page::PageRecord& header = table.record(page);
  uint64_t earliest = header.earliest.load_acquire();
  const uint64_t now = plane_.reader.now();
  if (earliest == 0 || earliest > now) return 0;
  const bool busy = queue.newest().number == ticket.number + 1 || plane_.rings.is_held(page);
  page::announce_work(*thread_.line, region_.number, page);
  const uint64_t word = header.word.load_sync();
  uint64_t unlinked = 0, next = 0;
  if (PageWord::state(word) == State::ring && ring::CellWord::of_generation(ticket.cell, PageWord::generation(word))) {
    each_record(page, [&](const Record& record) {
      if (!record.found) return;
      const uint64_t meta = cell_of(record.entry.words).load().second;
      const uint64_t expiry = Meta::Expiry::get(meta);
      if (expiry == 0) return;
      if (expiry <= now && SlotWord::live(record.found.word) && drop(record)) {
        ++unlinked;
      } else if (next == 0 || expiry < next) {
        next = expiry;
      }
    });
    // A second look, for those who changed a record after the first one; who does so after the second one as well
    // notes the expiry after that (operation.h, change).
    if (!busy && queue.at(ticket.number).cell == ticket.cell && header.earliest.cas_acq_rel(earliest, next))
      table.note_expiry(page, census(page).earliest);
  }
  page::work_done(*thread_.line);
  return unlinked;
}

bool Compactor::free_slot(index::Probe probe) {
  bool freed = false;
  for (uint32_t which = 0; which < index::kChoices; ++which) {
    Record record;
    record.bucket = plane_.index.choice(probe.home, probe.tag, which);
    for (base::Atomic64& slot : plane_.index.bucket(record.bucket).slots) {
      record.found = {&slot, slot.load_acquire(), index::Match::live};
      if (!SlotWord::live(record.found.word)) continue;
      record.position = record.found.position();
      if (!cache::hold_for_change(region_, thread_, record.found)) continue;
      if (plane_.reader.parse(record.position, record.entry) && is_record(record.entry.words, record.entry.header))
        freed |= drop(record);
      page::work_done(*thread_.line);
    }
  }
  return freed;
}

Compactor::Census Compactor::census(uint32_t page) {
  Census met;
  each_record(page, [&](const Record& record) {
    const uint64_t meta = cell_of(record.entry.words).load().second;
    if (!record.found || !stays(meta)) return;
    met.live += record_bytes(record.entry.shape.key_size, record.entry.shape.value_size);
    const uint64_t expiry = Meta::Expiry::get(meta);
    if (expiry != 0 && (met.earliest == 0 || expiry < met.earliest)) met.earliest = expiry;
  });
  return met;
}

void Compactor::recount(uint32_t page) {
  const page::PageTable& table = plane_.rings.table();
  page::PageRecord& header = table.record(page);
  page::announce_work(*thread_.line, region_.number, page);
  if (PageWord::state(header.word.load_sync()) == State::ring) {
    const Census met = census(page);
    const uint64_t tail = std::min<uint64_t>(header.tail.load_acquire(), table.page_bytes());
    const uint64_t used = tail > kRecordStart ? tail - kRecordStart : 0;
    header.dead.store_release(used > met.live ? used - met.live : 0);
    table.note_expiry(page, met.earliest);
  }
  page::work_done(*thread_.line);
}

}  // namespace larder::store
