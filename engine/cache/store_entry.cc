// store_entry.cc – see store_entry.h.
#include "cache/store_entry.h"

#include <algorithm>

#include "cache/large.h"
#include "policy/returning.h"

namespace larder::cache {

using index::Found;
using index::Presence;
using index::Published;
using ring::RingId;
using ring::Room;

namespace {

constexpr uint32_t kTurns = 64;    ///< pages a writer empties before it insists
constexpr uint32_t kForced = 8;    ///< pages it empties without sparing anything after that
constexpr uint32_t kSparing = 16;  ///< pages it looks through for dead entries in mode refuse

bool in_range(const std::optional<milliseconds>& time) { return !time || (time->count() >= 1 && *time <= kMaxTtl); }

/// The ring for a new entry of this key: that of the entry it replaces; hot for a returning key that is admitted; else
/// cold.
RingId choose_ring(const Region& region, segment::ThreadState& thread, const Sought& sought, const Found& present,
                   uint64_t bytes) {
  const policy::Plane& plane = region.plane;
  if (present) {
    const uint64_t word =
        plane.rings.table().record(plane.rings.table().page_of(present.position())).word.load_acquire();
    return static_cast<RingId>(page::PageWord::Ring::get(word));
  }
  if (!policy::recall(plane, sought.hash, bytes)) return RingId::cold;
  ++thread.tally(region.number)[Counter::ghost_hits];
  return region.hand(thread).admits_ghost(bytes) ? RingId::hot : RingId::cold;
}

/// Room for the entry, with the thread's work hazard on its page; nothing if no page can be had.
std::optional<Room> make_room_for(const Region& region, segment::ThreadState& thread, RingId ring, uint32_t bytes,
                                  uint64_t reserve) {
  uint64_t ticket = 0;
  if (std::optional<Room> room = region.plane.rings.try_reserve(ring, bytes, *thread.line, &ticket)) return room;
  segment::Tally& tally = thread.tally(region.number);
  policy::Hand hand = region.hand(thread);
  const uint32_t owner = owner_of(thread);
  bool asked_undertaker = false;
  for (uint32_t turn = 0; turn < kTurns + kForced;) {
    if (std::optional<Room> room = region.plane.rings.try_reserve(ring, bytes, *thread.line, &ticket)) return room;
    if (region.plane.rings.open_page(ring, ticket, owner, reserve)) continue;
    if (policy::collect_if_due(region.plane, owner, tally)) continue;
    const bool sparing = region.mode() == CacheMode::refuse;
    if (sparing && turn >= kSparing) break;
    ++turn;
    if (hand.make_room(sparing ? policy::Mercy::all : turn > kTurns ? policy::Mercy::none : policy::Mercy::policy)) {
      ++tally[Counter::inline_hands];
    } else if (!asked_undertaker) {
      asked_undertaker = true;  // perhaps the dead hold what is missing
      region.member->bury_dead();
    } else if (turn > kForced) {
      break;
    }
  }
  return std::nullopt;
}

void write_entry(const Region& region, const Room& room, uint64_t header, const Sought& sought, std::string_view value,
                 const ring::EntryTerms& terms) {
  uint64_t* words = region.plane.rings.table().at(room.position);
  ring::write_terms(words, header, terms);
  const ring::EntryShape shape = ring::shape_of(header);
  std::byte* bytes = reinterpret_cast<std::byte*>(words);
  base::copy_in(bytes + shape.key_at, sought.key.data(), sought.key.size());
  base::copy_in(bytes + shape.value_at(), value.data(), value.size());
  region.plane.rings.table().note_expiry(room.page, terms.expiry);
}

/// Whole seconds an entry of these terms lives, at least one; 0 = for ever.
uint64_t seconds_of(const Region& region, const ring::EntryTerms& terms) {
  if (terms.expiry == 0) return 0;
  const uint64_t now = region.plane.reader.now();
  return terms.expiry <= now ? 1 : (terms.expiry - now + 999) / 1000;
}

}  // namespace

PutResult refuse_too_large(const Region& region, segment::ThreadState& thread, Sought& sought, Presence presence) {
  if (presence != Presence::only_absent) {
    if (const Found removed = region.plane.index.remove(sought.probe, sought.by_standing(region.plane))) {
      region.note_dead(removed.position(), sought.entry);
      region.release(thread, sought.run);
    }
  }
  ++thread.tally(region.number)[Counter::too_large];
  region.done(thread);
  return PutResult::too_large;
}

bool make_terms(const Region& region, const PutOptions& options, ring::EntryTerms& terms) {
  if (!in_range(options.ttl) || !in_range(options.idle)) return false;
  const uint64_t ttl = options.ttl ? static_cast<uint64_t>(options.ttl->count()) : region.header->ttl_ms.load_relaxed();
  terms.idle = options.idle ? static_cast<uint64_t>(options.idle->count()) : region.header->idle_ms.load_relaxed();
  if (ttl != 0 || terms.idle != 0) {
    const uint64_t now = region.plane.reader.now();
    terms.expiry = ttl == 0 ? now + terms.idle : terms.idle == 0 ? now + ttl : now + std::min(ttl, terms.idle);
    if (terms.idle != 0 && ttl != 0) terms.deadline = now + ttl;
  }
  if (options.tag) {
    terms.tagged = true;
    terms.tag = *options.tag;
    terms.tag_epoch = region.plane.reader.tags().now(terms.tag);
  }
  return true;
}

PutResult store_entry(const Region& region, segment::ThreadState& thread, std::string_view key, std::string_view value,
                      const ring::EntryTerms& terms, Presence presence) {
  Sought sought(region.plane, key);
  if (!fits_page(region, key.size(), value.size(), terms)) [[unlikely]]
    return store_large(region, thread, sought, value, terms, presence);
  const PutResult result =
      store_draft(region, thread, sought, {.value = value, .terms = terms, .bytes = value.size()}, presence);
  region.done(thread);
  return result;
}

PutResult store_draft(const Region& region, segment::ThreadState& thread, Sought& sought, const Draft& draft,
                      Presence presence) {
  const uint64_t header = ring::make_header(static_cast<uint32_t>(sought.key.size()),
                                            static_cast<uint32_t>(draft.value.size()), draft.terms);
  const uint32_t total = ring::shape_of(header).total;
  segment::Tally& tally = thread.tally(region.number);
  region.plane.ghosts.prefetch(sought.hash);  // on its way beside the bucket, if the key turns out to be absent
  const Found present = region.plane.index.find(sought.probe, sought.by_standing(region.plane));
  const bool live = present && present.match == index::Match::live;
  if (presence == (live ? Presence::only_absent : Presence::only_present))
    return live ? PutResult::exists : PutResult::absent;
  const uint64_t pages = draft.run != nullptr ? draft.run->pages : 0;
  const RingId ring =
      choose_ring(region, thread, sought, present, total + pages * region.plane.rings.table().page_bytes());
  const std::optional<Room> room = make_room_for(region, thread, ring, total, region.plane.reserve);
  if (!room) {
    ++tally[Counter::no_room];
    return PutResult::no_room;
  }
  write_entry(region, *room, header, sought, draft.value, draft.terms);
  if (draft.run != nullptr) region.plane.rings.note_run(room->page, draft.run->pages);
  const bool may_evict = region.mode() != CacheMode::refuse;
  const index::ClaimIntent intent{&thread.line->claim_at, &thread.line->claim_word, region.number, may_evict};
  const uint32_t cap = static_cast<uint32_t>(policy::SettingWord::Cap::get(region.plane.setting()));
  sought.run = {};
  const index::Publication done =
      region.plane.index.publish(sought.probe, room->position, presence, cap, intent, sought.by_standing(region.plane));
  page::work_done(*thread.line);
  tally[Counter::index_evictions] += done.index_evictions;
  tally[Counter::retries] += done.retries;
  if (done.index_evictions != 0 && region.plane.has_runs()) policy::note_loose(region.plane);
  if (done.what == Published::refused) return presence == Presence::only_absent ? PutResult::exists : PutResult::absent;
  if (done.what == Published::full) {
    ++tally[Counter::no_room];
    return PutResult::no_room;
  }
  if (done.displaced) {
    region.note_dead(*done.displaced, sought.entry);
    region.release(thread, sought.run);
  }
  if (draft.run != nullptr) policy::open_run(region.plane, *draft.run, ring, owner_of(thread));
  if (is_sampled(region, sought.hash)) [[unlikely]]
    sample(region, thread, segment::SampleKind::put, sought.hash, sought.key.size() + draft.bytes,
           seconds_of(region, draft.terms));
  ++tally[Counter::puts];
  tally[Counter::put_bytes] += sought.key.size() + draft.bytes;
  return PutResult::stored;
}

Again store_again(const Region& region, segment::ThreadState& thread, const Sought& sought, const Found& found,
                  std::string_view value, const ring::EntryTerms& terms, uint64_t reserve) {
  const policy::Plane& plane = region.plane;
  if (!index::SlotWord::live(found.word)) {  // its insert is linearized, but not complete
    plane.index.help(plane.index.home_of(plane.index.bucket_of(found.slot), found.word));
    return Again::changed;
  }
  const uint64_t header =
      ring::make_header(static_cast<uint32_t>(sought.key.size()), static_cast<uint32_t>(value.size()), terms);
  const uint32_t total = ring::shape_of(header).total;
  if (total > plane.rings.table().page_bytes()) return Again::no_room;
  const uint64_t page = plane.rings.table().record(plane.rings.table().page_of(found.position())).word.load_acquire();
  const auto ring = static_cast<RingId>(page::PageWord::Ring::get(page));
  const std::optional<Room> room = make_room_for(region, thread, ring, total, reserve);
  if (!room) return unchanged(found) ? Again::no_room : Again::changed;
  write_entry(region, *room, header, sought, value, terms);
  if (terms.run) plane.rings.note_run(room->page, plane.run_pages_of(sought.entry));
  const auto refs = static_cast<uint32_t>(index::SlotWord::Refs::get(found.word));
  const bool moved = plane.index.relocate(found, room->position, refs);
  page::work_done(*thread.line);
  if (moved) region.note_dead(found.position(), sought.entry);
  return moved ? Again::stored : Again::changed;
}

}  // namespace larder::cache
