// hand.cc – see hand.h.
#include "policy/hand.h"

#include <algorithm>
#include <array>

#include "base/copy.h"
#include "policy/loose.h"
#include "ring/entry_times.h"

namespace larder::policy {

using index::Found;
using index::SlotWord;
using ring::EntryAt;
using ring::EntryHeader;
using ring::RingId;
using ring::Room;
using ring::Standing;
using ring::Ticket;

namespace {

constexpr uint32_t kTries = 16;         ///< pages a hand looks at before it gives up
constexpr size_t kAhead = 16;           ///< entries whose buckets are prefetched together
constexpr uint32_t kBytesAhead = 1024;  ///< of a page: fetched before its entries are walked through

constexpr double kForget = 1.0 / 512;  ///< weight of the newest dropped entry in the average

/// The average of the dropped entries is that of the stored ones, because all that come go; what is resident is
/// lighter, the more so the better rule 6 works. Rounded by dice, so that small differences count too.
void note_dropped(base::Atomic64& average, uint64_t bytes, double dice) {
  const auto known = static_cast<double>(average.load_relaxed());
  if (known != 0) average.store_relaxed(static_cast<uint64_t>(known + (double(bytes) * 16 - known) * kForget + dice));
}

std::string_view key_in_owned_page(const EntryAt& entry) {
  return {reinterpret_cast<const char*>(entry.key()), entry.shape.key_size};
}

}  // namespace

bool Hand::make_room(Mercy mercy) { return (mercy == Mercy::policy && weed()) || turn(mercy); }

bool Hand::turn(Mercy mercy) {
  const bool cold_first =
      plane_.pages_in(RingId::cold) > plane_.cold_target() || plane_.rings.queue(RingId::hot).span() <= 1;
  const RingId first = cold_first ? RingId::cold : RingId::hot;
  return empty_oldest(first, mercy) || empty_oldest(cold_first ? RingId::hot : RingId::cold, mercy);
}

bool Hand::empty_oldest(RingId ring, Mercy mercy) {
  const ring::PageQueue& queue = plane_.rings.queue(ring);
  const uint64_t last = queue.newest().number;
  uint32_t tries = 0;
  const uint64_t first = queue.oldest().number, end = queue.bounded(first, last);
  for (uint64_t number = first; number < end && tries < kTries; ++number) {
    const Ticket ticket = queue.at(number);
    if (!ticket) continue;
    ++tries;
    if (empty(ring, ticket, mercy)) return true;
  }
  return false;
}

bool Hand::empty(RingId ring, const Ticket& ticket, Mercy mercy) {
  const auto emptied = empty_out(ring, ticket, mercy);
  if (!emptied) return false;
  plane_.rings.recycle(*emptied, owner_);
  return true;
}

std::optional<ring::OwnedPage> Hand::empty_out(RingId ring, const Ticket& ticket, Mercy mercy) {
  const auto owned = plane_.rings.take(ring, ticket, owner_);
  if (!owned) return std::nullopt;
  if (!plane_.rings.is_held(owned->page)) {
    const bool swept = sweep(ring, ticket, *owned, mercy);
    if (swept && !plane_.rings.is_held(owned->page)) {
      ++tally_[Counter::pages_emptied];
      return owned;
    }
  }
  ++tally_[Counter::pages_held];
  plane_.rings.set_aside(ring, *owned, owner_);
  return std::nullopt;
}

/// False if an entry that must be spared found no room elsewhere and stays.
bool Hand::sweep(RingId ring, const Ticket& ticket, ring::OwnedPage owned, Mercy mercy) {
  const page::PageTable& table = plane_.rings.table();
  const uint64_t used = std::min<uint64_t>(table.record(owned.page).tail.load_acquire(), table.page_bytes());
  std::array<Candidate, kAhead> batch;
  uint64_t bytes = 0, entries = 0;
  uint32_t fetched = 0;
  bool swept = true;
  fills_ = plane_.hot_has_room();
  for (uint32_t offset = 0; offset < used;) {
    size_t filled = 0;
    while (offset < used && filled < kAhead) {
      for (; fetched < used && fetched < offset + kBytesAhead; fetched += 64)  // zeroing needs all of them, too
        __builtin_prefetch(table.page_at(owned.page) + fetched, 1);
      Candidate& candidate = batch[filled];
      candidate.position = table.position_of(owned.page, offset);
      const bool parsed = plane_.reader.parse(candidate.position, candidate.entry);
      if (!parsed) {
        offset = candidate.entry.header == 0 ? offset + 8 : static_cast<uint32_t>(used);
        continue;
      }
      offset += candidate.entry.shape.total;
      bytes += candidate.entry.shape.total;
      candidate.hash = plane_.hash(key_in_owned_page(candidate.entry));
      candidate.probe = plane_.index.probe(candidate.hash);
      __builtin_prefetch(&plane_.index.bucket(candidate.probe.home), 1);
      if (ring == RingId::cold) plane_.ghosts.prefetch(candidate.hash);
      ++filled;
    }
    entries += filled;
    for (size_t i = 0; i < filled; ++i) swept &= settle(ring, ticket, batch[i], mercy);
  }
  note_average(bytes, entries);
  if (ring == RingId::cold) {
    const auto owed = static_cast<int64_t>(plane_.words->owed.load_relaxed());
    plane_.words->debt.store_relaxed(owed > 0 ? static_cast<uint64_t>(owed) : 0);
  }
  return swept;
}

/// A pending slot in a page that no thread holds: its owner is dead. True if the slot is not live after all.
bool Hand::unlink_leftover(const Candidate& candidate, Found found, uint32_t bucket) {
  plane_.index.help(plane_.index.home_of(bucket, found.word));
  const Found again = plane_.index.find_position(candidate.probe, candidate.position, &bucket);
  if (again && SlotWord::live(again.word)) return false;
  if (again) plane_.index.unlink(bucket, again);
  return true;
}

/// True if the entry, which is live, earned it to stay.
bool Hand::spares(RingId ring, const EntryAt& entry, uint32_t refs, const Price& price, Mercy mercy) const {
  if (mercy != Mercy::policy) return mercy != Mercy::none;
  if (ring == RingId::hot) return refs >= price.stay;
  const int needed = static_cast<int>(SettingWord::Promote::get(plane_.setting())) + price.promotion;
  return static_cast<int>(refs) >= needed || (fills_ && plane_.hot_has_room(plane_.run_pages_of(entry)));
}

/// Moves or drops one entry. False if it must be spared and could not be moved.
bool Hand::settle(RingId ring, const Ticket& ticket, const Candidate& candidate, Mercy mercy) {
  for (;;) {
    uint32_t bucket = 0;
    const Found found = plane_.index.find_position(candidate.probe, candidate.position, &bucket);
    if (!found) return true;
    if (SlotWord::pending(found.word)) {
      if (unlink_leftover(candidate, found, bucket)) return true;
      continue;
    }
    EntryAt entry = candidate.entry;
    entry.header = base::load_word_acquire(entry.words);
    const Standing standing = plane_.reader.standing(entry);
    const uint32_t refs = static_cast<uint32_t>(SlotWord::Refs::get(found.word));
    const Price price = plane_.price_of(plane_.weight_of(entry), candidate.hash, ticket.number);
    if (standing == Standing::live && spares(ring, entry, refs, price, mercy)) {
      const bool stays = mercy == Mercy::place;  // in its ring, as it was
      const bool takes_room = !stays && ring == RingId::cold && !plane_.hot_has_room();
      const RingId to = stays ? ring : RingId::hot;
      const uint32_t left = ring == RingId::cold ? 0 : refs - std::min(refs, price.stay);
      if (move_to(to, entry, found, stays ? refs : left)) {
        if (takes_room) plane_.words->owed.add_relaxed(plane_.weight_of(entry));
        return true;
      }
      if (mercy == Mercy::all) return false;
    }
    if (!plane_.index.unlink(bucket, found)) continue;
    if (standing == Standing::expired) ++tally_[Counter::expirations];
    if (standing == Standing::live) forget(candidate, entry, ring, ticket);
    if (const ring::RunRef run = plane_.reader.run_of(entry); run.bytes != 0)
      release_run(plane_, run.head, run.generation, owner_);
    return true;
  }
}

/// Books the eviction of a live entry.
void Hand::forget(const Candidate& candidate, const EntryAt& entry, RingId ring, const Ticket& ticket) {
  ++tally_[Counter::evictions];
  const uint64_t weight = plane_.weight_of(entry);
  note_dropped(plane_.words->entry_bytes, weight, Price::dice(candidate.hash, ticket.number));
  if (ring == RingId::hot) {
    pay(ticket.number, candidate, weight);
    plane_.recent.remember(candidate.hash, static_cast<uint32_t>(GhostWays::Recent::get(plane_.ghost_ways())));
  }
  if (ring == RingId::cold || SettingWord::Demote::get(plane_.setting()) != 0) plane_.remember_ghost(candidate.hash);
}

/// A drop from the hot ring pays for room that promotions took, unless the preview gave that room away already.
void Hand::pay(uint64_t ticket, const Candidate& candidate, uint64_t bytes) {
  const uint64_t cursor = plane_.words->preview.load_relaxed();
  const uint64_t here = PreviewWord::Ticket::make(ticket) |
                        PreviewWord::Offset::make(plane_.rings.table().offset_of(candidate.position) / 8);
  if (here >= cursor) plane_.words->owed.add_relaxed(uint64_t{0} - bytes);
}

/// Copies an entry to a ring's newest page and points its slot there. Its times are frozen first (D3), once there is
/// room. True if the entry needs nothing more from its old place; false if there is no room.
bool Hand::move_to(RingId ring, const EntryAt& entry, Found found, uint32_t refs) {
  uint64_t ticket = 0;
  std::optional<Room> room;
  while (!(room = plane_.rings.try_reserve(ring, entry.shape.total, line_, &ticket)))
    if (!plane_.rings.open_page(ring, ticket, owner_, 0)) return false;
  uint64_t* copy = plane_.rings.table().at(room->position);
  ring::ExpiryCell times(entry.words, entry.header);
  times.freeze();
  const uint64_t header = base::load_word_acquire(entry.words);
  const uint32_t terms = ring::words_of_terms(header);
  base::store_word_release(copy, EntryHeader::Frozen::set(header, 0));
  for (uint32_t i = 1; i < terms; ++i) base::store_word_release(copy + i, base::load_word_acquire(entry.words + i));
  if (EntryHeader::Long::get(header) != 0) base::store_word_release(copy + 1, times.expiry());
  base::copy_in(copy + terms, entry.words + terms, entry.shape.total - 8 * terms);
  plane_.rings.table().note_expiry(room->page, times.expiry());
  const ring::RunRef run = plane_.reader.run_of(entry);
  if (run.bytes != 0) plane_.rings.note_run(room->page, plane_.reader.pages_for(run.bytes));
  const bool moved = plane_.index.relocate(found, room->position, refs);
  page::work_done(line_);
  if (!moved) return !(SlotWord::identity(found.slot->load_acquire()) == SlotWord::identity(found.word));
  if (ring == RingId::hot) ++tally_[Counter::promotions];
  tally_[Counter::moved_bytes] += entry.shape.total;
  if (run.bytes != 0) note_run_ring(plane_, run, ring);
  return true;
}

/// Sizes the ghosts by the average of what was dropped; before the first drop, by what the page held.
void Hand::note_average(uint64_t bytes, uint64_t entries) {
  if (entries == 0) return;
  if (plane_.words->entry_bytes.load_relaxed() == 0) plane_.words->entry_bytes.store_relaxed(bytes * 16 / entries);
  const double average = std::max(double(plane_.words->entry_bytes.load_relaxed()), 16.0);
  const double resident = plane_.usable_bytes() * 16 / average;
  const double wanted = resident * double(SettingWord::Ghosts::get(plane_.setting())) / 1024;
  plane_.words->ghost_ways.store_relaxed(
      GhostWays::Cold::make(plane_.ghosts.ways_for(wanted)) |
      GhostWays::Young::make(std::max(1u, plane_.ghosts.ways_for(resident * kRecent))) |
      GhostWays::Recent::make(std::max(1u, plane_.recent.ways_for(resident * kRecent))));
}

}  // namespace larder::policy
