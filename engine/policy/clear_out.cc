// clear_out.cc – see clear_out.h.
#include "policy/clear_out.h"

#include <algorithm>

#include "policy/gather.h"
#include "policy/loose.h"

namespace larder::policy {

using page::State;
using ring::OwnedPage;
using ring::RingId;
using ring::Ticket;

namespace {

constexpr uint32_t kTurns = 64;  ///< pages the hands may empty to make room for the entries of one

}  // namespace

uint32_t ClearOut::run(Mercy mercy) {
  if (mercy != Mercy::all) drop_runs();
  put_free_out();
  for (const RingId ring : {RingId::cold, RingId::hot}) empty_ring(ring, mercy == Mercy::all ? mercy : Mercy::place);
  put_free_out();
  return left();
}

uint32_t ClearOut::left() const {
  const ring::Runs runs(plane_.rings);
  uint32_t left = 0;
  for (uint32_t page = plane_.rings.limit(); page < end_; ++page) left += runs.head(page).state != State::out ? 1 : 0;
  return left;
}

/// Loose runs first: they cost nothing, and their pages may be what is in the way.
void ClearOut::drop_runs() {
  const ring::Runs runs(plane_.rings);
  if (plane_.words->loose.load_relaxed() != 0) collect_runs(plane_, owner_, &tally_);
  for (uint32_t page = plane_.rings.limit(); page < end_; ++page) {
    const State state = runs.head(page).state;
    if (state != State::run && state != State::tail) continue;
    const uint64_t head = state == State::run ? page : runs.head_of(page);
    if (head <= page) drop_run(plane_, static_cast<uint32_t>(head), owner_, tally_);
  }
}

/// Turns the free queue once, if that has any page to put out: taking does it in passing.
void ClearOut::put_free_out() {
  const ring::Runs runs(plane_.rings);
  uint32_t page = plane_.rings.limit();
  while (page < end_ && runs.head(page).state != State::free) ++page;
  if (page == end_) return;
  for (uint64_t turns = plane_.rings.free_pages(); turns > 0; --turns) {
    const std::optional<OwnedPage> taken = plane_.rings.take_free(owner_, 0);
    if (!taken) return;
    plane_.rings.give_back(*taken, owner_);
  }
}

void ClearOut::empty_ring(RingId ring, Mercy mercy) {
  const ring::PageQueue& queue = plane_.rings.queue(ring);
  const uint64_t first = queue.oldest().number, last = queue.bounded(first, queue.newest().number);
  for (uint64_t number = first; number < last; ++number) {
    const Ticket ticket = queue.at(number);
    if (!ticket || !beyond(ticket.page())) continue;
    for (uint32_t turn = 0; turn < kTurns && plane_.rings.free_pages() <= plane_.reserve; ++turn)
      if (!hand_.make_room(mercy == Mercy::all ? mercy : Mercy::policy)) break;
    if (const auto emptied = hand_.empty_out(ring, ticket, mercy)) plane_.rings.recycle(*emptied, owner_);
  }
}

}  // namespace larder::policy
