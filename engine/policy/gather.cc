// gather.cc – see gather.h.
#include "policy/gather.h"

#include <algorithm>

#include "policy/loose.h"
#include "policy/window.h"

namespace larder::policy {

using page::State;
using ring::OwnedPage;
using ring::RingId;
using ring::Ticket;

namespace {

constexpr uint32_t kTurns = 64;    ///< pages the hands empty by the policy, beside four for each page of the run
constexpr uint32_t kFailures = 8;  ///< hands that found nothing before it is given up
constexpr uint32_t kPlaces = 4;    ///< windows tried
constexpr uint32_t kRounds = 3;    ///< times a window is looked through for pages that are not taken yet

}  // namespace

std::optional<ring::Run> Gatherer::gather(uint32_t pages, Mercy mercy) {
  if (!make_room(pages, mercy)) return std::nullopt;
  const page::PageTable& table = plane_.rings.table();
  std::vector<bool> blocked(table.count(), false);
  for (uint32_t tries = 0; tries < kPlaces; ++tries) {
    const std::optional<uint32_t> first = choose_window(plane_, pages, blocked, mercy == Mercy::all);
    if (!first) return std::nullopt;
    Place place{*first, std::vector<std::optional<uint32_t>>(pages)};
    if (clear(place, mercy == Mercy::all ? Mercy::all : Mercy::place)) {
      for (uint32_t page = *first; page < *first + pages; ++page)
        table.record(page).tail.store_release(table.page_bytes());
      return ring::Run{*first, pages, *place.generations.front()};
    }
    for (uint32_t page = *first; page < *first + pages; ++page)
      if (place.lacks(page)) blocked[page] = true;
    give_back(place);
  }
  return std::nullopt;
}

/// Frees pages, by the policy first, until there are enough beside the hands' reserve.
bool Gatherer::make_room(uint32_t pages, Mercy mercy) {
  const uint64_t wanted = uint64_t{pages} + plane_.reserve;
  const uint64_t by_policy = kTurns + 4 * uint64_t{pages}, most = by_policy + 2 * uint64_t{pages} + kTurns;
  if (plane_.rings.free_pages() < wanted && plane_.words->loose.load_relaxed() != 0)
    collect_runs(plane_, owner_, &tally_);
  uint32_t failures = 0;
  for (uint64_t turn = 0; plane_.rings.free_pages() < wanted; ++turn) {
    if (turn >= (mercy == Mercy::all ? by_policy : most) || failures > kFailures) return false;
    const Mercy now = mercy == Mercy::all || turn < by_policy ? mercy : Mercy::none;
    if (hand_.turn(now))
      ++tally_[Counter::inline_hands];
    else
      ++failures;
  }
  return true;
}

bool Gatherer::clear(Place& place, Mercy mercy) {
  const auto complete = [&place] {
    return std::all_of(place.generations.begin(), place.generations.end(), [](const auto& g) { return g.has_value(); });
  };
  for (uint32_t round = 0; round < kRounds; ++round) {
    if (mercy != Mercy::all) drop_runs(place);
    take_free(place);
    for (const RingId ring : {RingId::cold, RingId::hot}) empty_ring(place, ring, mercy);
    if (complete()) return true;
  }
  return false;
}

void Gatherer::drop_runs(const Place& place) {
  const ring::Runs runs(plane_.rings);
  for (uint32_t page = place.first; place.covers(page); ++page) {
    const State state = runs.head(page).state;
    if (!place.lacks(page) || (state != State::run && state != State::tail)) continue;
    const uint64_t head = state == State::run ? page : runs.head_of(page);
    if (head <= page) drop_run(plane_, static_cast<uint32_t>(head), owner_, tally_);
  }
}

/// Turns the free queue once: what belongs to the place is kept, the rest goes back.
void Gatherer::take_free(Place& place) {
  const auto missing = [&](uint32_t page) {
    return place.lacks(page) && ring::Runs(plane_.rings).head(page).state == State::free;
  };
  uint32_t wanted = 0;
  for (uint32_t page = place.first; place.covers(page); ++page) wanted += missing(page) ? 1 : 0;
  for (uint64_t left = plane_.rings.free_pages(); left > 0 && wanted > 0; --left) {
    const std::optional<OwnedPage> taken = plane_.rings.take_free(owner_, 0);
    if (!taken) return;
    if (place.lacks(taken->page)) {
      place.take(*taken);
      --wanted;
    } else {
      plane_.rings.give_back(*taken, owner_);
    }
  }
}

/// Empties the pages of the place that are in this ring, and keeps them.
void Gatherer::empty_ring(Place& place, RingId ring, Mercy mercy) {
  const ring::PageQueue& queue = plane_.rings.queue(ring);
  const uint64_t last = queue.newest().number;
  const uint64_t first = queue.oldest().number, end = queue.bounded(first, last);
  for (uint64_t number = first; number < end; ++number) {
    const Ticket ticket = queue.at(number);
    if (!ticket || !place.lacks(ticket.page())) continue;
    if (const auto emptied = hand_.empty_out(ring, ticket, mercy)) place.take(plane_.rings.keep(*emptied, owner_));
  }
}

void Gatherer::give_back(const Place& place) {
  for (uint32_t page = place.first; place.covers(page); ++page)
    if (const auto& generation = place.generations[page - place.first])
      plane_.rings.give_back({page, *generation}, owner_);
}

bool drop_run(const Plane& plane, uint32_t head, uint32_t owner, segment::Tally& tally) {
  const ring::Runs runs(plane.rings);
  const ring::HeadWord seen = runs.head(head);
  if (seen.state != State::run) return false;
  const uint64_t hash = runs.hash_of(head);
  ring::EntryAt entry;
  const index::Found found = entry_of_run(plane, head, seen.generation, &entry);
  if (found) {
    if (!index::SlotWord::live(found.word)) return false;
    if (!plane.index.unlink(plane.index.bucket_of(found.slot), found)) return false;
    ++tally[Counter::evictions];
    plane.remember_ghost(hash);
  }
  release_run(plane, head, seen.generation, owner);
  return true;
}

}  // namespace larder::policy
