// collect.cc – see collect.h.
#include "persist/collect.h"

#include <algorithm>
#include <string>

#include "base/clock.h"
#include "base/copy.h"

namespace larder::persist {

using index::SlotWord;
using store::Kind;
using store::Meta;
using store::Region;

namespace {

constexpr uint32_t kStep = 16;  ///< records begin at kRecordStart modulo this

uint64_t shift(uint64_t moment, uint64_t from_now, uint64_t to_now) {
  if (moment == 0) return 0;
  if (moment >= from_now) return to_now + (moment - from_now);
  return from_now - moment < to_now ? to_now - (from_now - moment) : 1;
}

}  // namespace

uint64_t to_wall(const Region& region, uint64_t expiry) {
  return shift(expiry, region.plane.reader.now(), static_cast<uint64_t>(base::unix_ms()));
}

uint64_t from_wall(const Region& region, uint64_t unix_ms) {
  return shift(unix_ms, static_cast<uint64_t>(base::unix_ms()), region.plane.reader.now());
}

bool Collector::take_mark(uint32_t page) const {
  uint64_t mark = region_.plane.rings.table().record(page).dirty.load_acquire();
  return mark != 0 && region_.plane.rings.table().record(page).dirty.cas_sync(mark, 0);
}

void Collector::put_mark(uint32_t page) const { region_.plane.rings.table().record(page).dirty.store_release(1); }

bool Collector::is_marked(uint32_t page) const {
  return region_.plane.rings.table().record(page).dirty.load_acquire() != 0;
}

void Collector::collect(uint32_t page, Which which, std::vector<Caught>& caught) const {
  const size_t before = caught.size();
  page::announce_work(*thread_.line, region_.number, page);
  while (!walk(page, which, caught)) caught.resize(before);
  page::work_done(*thread_.line);
}

/// False if somebody wrote where the walk had met nothing (W4).
bool Collector::walk(uint32_t page, Which which, std::vector<Caught>& caught) const {
  const page::PageTable& table = region_.plane.rings.table();
  const auto used =
      static_cast<uint32_t>(std::min<uint64_t>(table.record(page).tail.load_acquire(), table.page_bytes()));
  std::vector<uint32_t> gaps;
  for (uint32_t offset = store::kRecordStart; offset < used;) {
    ring::EntryAt entry;
    const uint32_t position = table.position_of(page, offset);
    if (region_.plane.reader.parse(position, entry)) {
      look_at(position, entry, which, caught);
      offset += store::record_bytes(entry.shape.key_size, entry.shape.value_size);
      continue;
    }
    if (entry.header != 0) break;  // no record begins like this: it was written just now, or the page is being recycled
    gaps.push_back(offset);
    offset += kStep;
  }
  return std::all_of(gaps.begin(), gaps.end(), [&](uint32_t offset) {
    return base::load_word_acquire(table.at(table.position_of(page, offset))) == 0;
  });
}

void Collector::look_at(uint32_t position, const ring::EntryAt& entry, Which which, std::vector<Caught>& caught) const {
  if (!store::is_record(entry.words, entry.header)) return;
  const policy::Plane& plane = region_.plane;
  std::string key(entry.shape.key_size, 0);
  base::copy_out(key.data(), entry.key(), key.size());
  const bool durable = region_.header->store.durable.has(key);
  const index::Probe probe = plane.index.probe(plane.hash(key));
  for (;;) {
    Caught one;
    one.found = plane.index.find_position(probe, position, &one.bucket);
    if (!one.found) return;
    if (SlotWord::pending(one.found.word)) {
      plane.index.help(plane.index.home_of(one.bucket, one.found.word));
      const uint64_t word = one.found.slot->load_acquire();
      if (SlotWord::identity(word) == SlotWord::identity(one.found.word)) return;  // not linearized: marked when it is
      continue;
    }
    if (!index::still_holds(*one.found.slot, one.found.word)) continue;  // under the hazard: the bytes stay
    one.cell = store::cell_of(entry.words).load();
    const uint64_t meta = one.cell.second, expiry = Meta::Expiry::get(meta);
    if (which == Which::changed ? !store::dirty(meta) : !durable && !store::dirty(meta)) return;
    one.change.erase = !store::is_live(meta, expiry == 0 ? 0 : plane.reader.now());
    Row& row = one.change.row;
    row.key = key;
    if (!one.change.erase) {
      const bool counter = store::kind_of(meta) == Kind::counter;
      row.kind = counter ? RecordKind::counter : RecordKind::value;
      row.number = counter ? static_cast<int64_t>(one.cell.first) : 0;
      row.expiry = to_wall(region_, expiry);
      row.value.resize(entry.shape.value_size);
      base::copy_out(row.value.data(), entry.value(), row.value.size());
    }
    if (!index::still_holds(*one.found.slot, one.found.word)) continue;
    one.bytes = entry.shape.total;
    caught.push_back(std::move(one));
    return;
  }
}

void Collector::settle(const Caught& caught) const {
  const uint64_t meta = caught.cell.second;
  if (!store::dirty(meta) || store::frozen(meta)) return;
  if (!cache::hold_for_change(region_, thread_, caught.found)) return;
  const bool ended = store::kind_of(meta) == Kind::tombstone;
  const uint64_t clean = Meta::Dirty::set(Meta::Frozen::set(store::next_meta(meta), ended ? 1 : 0), 0);
  base::Pair seen = caught.cell;
  uint64_t* words = region_.plane.rings.table().at(caught.found.position());
  const bool settled = store::cell_of(words).cas(seen, {caught.cell.first, clean});
  if (settled && ended && region_.plane.index.unlink(caught.bucket, caught.found))
    store::note_dead(region_, caught.found.position(), caught.bytes);
  page::work_done(*thread_.line);
}

}  // namespace larder::persist
