// weed.cc – emptying pages for their dead bytes, before their turn; see hand.h.
//
// What entries that were replaced, removed or expired leave behind is free again only when a hand comes round. Where
// popular entries are changed often, that is much of the newest pages, which have a whole round before them; the policy
// would evict the rest of the cache meanwhile. So before a page is judged by the policy:
//
//   - a page that became mostly dead lately is emptied (Plane::note_dead writes such pages down);
//   - if there is none, a few pages of the hot ring are looked at, and the one that would waste the most is emptied if
//     that is worth the copying. What a page would waste is its dead bytes times the part of the round that it still
//     has before it, as in the cleaning of logs by cost and benefit (Rosenblum and Ousterhout, "The design and
//     implementation of a log-structured file system", 1992).
//
// What lives there moves to its ring's newest page with all its references; nothing is evicted. The numbers are hints
// (page_word.h): a wrong one costs a copy too many or a page too late.
//
// Weeded pages leave holes among the tickets of their ring, and a queue is full when its oldest page is too far behind.
// So where there are many holes the oldest pages are put back as the newest, unjudged: room is made without them.
#include "policy/hand.h"

namespace larder::policy {

using page::PageWord;
using ring::RingId;
using ring::Ticket;

namespace {

constexpr uint32_t kLooks = 8;      ///< pages looked at before one is emptied
constexpr uint64_t kLeastSpan = 8;  ///< tickets of a ring that is looked through
/// A page is worth emptying if this part of it would be wasted for a whole round. With 1/15, 0.92 of a budget hold
/// live entries where one request in twenty changes a popular one (bench_memory); with 1/8 it was 0.90, without weeding
/// 0.87. Where all entries are changed alike next to no page is worth it, and a put costs what it did.
constexpr double kWorthwhile = 1.0 / 15;

}  // namespace

bool Hand::weed() {
  if (plane_.rings.free_pages() == 0) return false;  // what lives must find room
  if (!weed_known() && !weed_worst()) return false;
  close_gap();
  return true;
}

/// Empties a page that was written down as mostly dead.
bool Hand::weed_known() {
  for (base::Atomic64& weed : plane_.words->weeds) {
    const uint64_t page = weed.load_relaxed() - 1;
    if (page >= plane_.rings.table().count()) continue;  // none, if 0
    const page::PageRecord& record = plane_.rings.table().record(static_cast<uint32_t>(page));
    const auto ring = static_cast<RingId>(PageWord::Ring::get(record.word.load_acquire()));
    const ring::PageQueue& queue = plane_.rings.queue(ring);
    const Ticket ticket = queue.at(record.ticket.load_relaxed());
    const bool there = ticket && ticket.page() == page;
    if (there && ticket.number + 1 == queue.newest().number) continue;  // still being filled
    weed.store_relaxed(0);
    if (there && empty(ring, ticket, Mercy::place)) return true;
  }
  return false;
}

/// Empties the page that would waste the most, of the next few of the hot ring.
bool Hand::weed_worst() {
  const ring::PageQueue& queue = plane_.rings.queue(RingId::hot);
  const page::PageTable& table = plane_.rings.table();
  const uint64_t oldest = queue.head(), open = queue.newest().number;
  if (open < oldest + kLeastSpan) return false;
  uint64_t number = plane_.words->weed_at.load_relaxed();
  double most = double(table.page_bytes()) * kWorthwhile;
  Ticket worst;
  for (uint32_t looks = 0; looks < kLooks; ++looks, ++number) {
    if (number < oldest || number + 1 >= open) number = oldest;  // the newest page is still being filled
    const Ticket ticket = queue.at(number);
    if (!ticket || ticket.page() >= table.count()) continue;
    const double dead = double(table.record(ticket.page()).dead.load_relaxed());
    const double waste = dead * double(number - oldest) / double(open - oldest);
    if (waste < most) continue;
    most = waste;
    worst = ticket;
  }
  plane_.words->weed_at.store_relaxed(number);
  return worst && empty(RingId::hot, worst, Mercy::place);
}

/// Puts the oldest pages of a ring back as its newest while its queue is three quarters full, two at most.
void Hand::close_gap() {
  for (const RingId ring : {RingId::cold, RingId::hot}) {
    const ring::PageQueue& queue = plane_.rings.queue(ring);
    for (int moved = 0; moved < 2 && queue.span() > queue.capacity() / 4 * 3; ++moved) {
      const Ticket oldest = queue.oldest();
      if (!oldest) break;
      if (const auto owned = plane_.rings.take(ring, oldest, owner_)) plane_.rings.set_aside(ring, *owned, owner_);
    }
  }
}

}  // namespace larder::policy
