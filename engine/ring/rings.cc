// rings.cc – see rings.h.
#include "ring/rings.h"

#include <algorithm>
#include <vector>

#include "base/copy.h"

namespace larder::ring {

using page::PageRecord;
using page::PageWord;
using page::State;

namespace {

constexpr uint64_t kRunShares = 128;  ///< a ring page carries runs of about this share of the budget

uint64_t ring_word(uint32_t generation, RingId ring) {
  return PageWord::make(State::ring, generation, 0, static_cast<uint32_t>(ring));
}

}  // namespace

std::optional<Room> Rings::try_reserve(RingId ring, uint32_t size, segment::ThreadLine& line, uint64_t* ticket) const {
  if (size > table_.page_bytes()) return std::nullopt;
  const uint64_t last = table_.page_bytes() - size;  // compared like this, no tail, however damaged, runs over
  for (;;) {
    const Ticket newest = queue(ring).newest();
    *ticket = newest.number;
    if (!newest || newest.page() >= table_.count()) return std::nullopt;
    const uint32_t page = newest.page();
    PageRecord& record = table_.record(page);
    page::announce_work(line, region_, page);
    const uint64_t word = record.word.load_sync();
    const bool in_ring = PageWord::state(word) == State::ring;
    if (!in_ring && settle_cell(ring, newest)) continue;
    const bool current = in_ring && CellWord::of_generation(newest.cell, PageWord::generation(word));
    if (current && record.tail.load_relaxed() <= last) {
      const uint64_t offset = record.tail.add_acq_rel(size);
      if (offset <= last) return Room{page, table_.position_of(page, static_cast<uint32_t>(offset))};
    }
    page::work_done(line);
    return std::nullopt;
  }
}

std::optional<OwnedPage> Rings::take_free(uint32_t owner, uint64_t reserve) const {
  for (;;) {
    if (free_.span() <= reserve) return std::nullopt;
    const Ticket oldest = free_.oldest();
    if (!oldest) return std::nullopt;
    if (oldest.page() >= table_.count()) {
      free_.drop(oldest);
      continue;
    }
    PageRecord& record = table_.record(oldest.page());
    uint64_t word = record.word.load_acquire();
    const uint32_t generation = PageWord::generation(word);
    const State state = PageWord::state(word);
    const bool free_now = state == State::free && CellWord::of_generation(oldest.cell, generation);
    const bool owned = state == State::emptying || state == State::claimed || state == State::freeing;
    const bool being_freed = owned && CellWord::of_generation(oldest.cell, generation + 1);
    if (!free_now && !being_freed) {
      free_.drop(oldest);
      continue;
    }
    const uint32_t claimed = free_now ? generation : generation + 1;
    if (oldest.page() >= limit()) {
      if (put_out(oldest.page(), word, claimed, owner)) free_.drop(oldest);
      continue;
    }
    const bool mine = record.word.cas_sync(word, PageWord::make(State::claimed, claimed, owner, 0));
    if (!mine) continue;
    free_.drop(oldest);
    return OwnedPage{oldest.page(), claimed};
  }
}

bool Rings::open_page(RingId ring, uint64_t ticket, uint32_t owner, uint64_t reserve) const {
  if (queue(ring).newest().number != ticket) return true;
  const std::optional<OwnedPage> taken = take_free(owner, reserve);
  if (!taken) return false;
  table_.record(taken->page).tail.store_release(first_offset_);
  table_.record(taken->page).ticket.store_relaxed(ticket);
  drop_stale(ring);
  if (!queue(ring).try_push(ticket, taken->page, taken->generation)) {
    give_back(*taken, owner);
    return queue(ring).newest().number != ticket;
  }
  uint64_t word = PageWord::make(State::claimed, taken->generation, owner, 0);
  table_.record(taken->page).word.cas_sync(word, ring_word(taken->generation, ring));
  return true;
}

/// Completes what the cell says already (P4): the page is in the ring. True if it did, or tried to.
bool Rings::settle_cell(RingId ring, const Ticket& ticket) const {
  base::Atomic64& at = table_.record(ticket.page()).word;
  uint64_t word = at.load_sync();
  const uint32_t generation = PageWord::generation(word);
  const bool opened = PageWord::state(word) == State::claimed && CellWord::of_generation(ticket.cell, generation);
  const bool set_aside =
      PageWord::state(word) == State::emptying && CellWord::of_generation(ticket.cell, generation + 1);
  if (opened || set_aside) at.cas_sync(word, ring_word(opened ? generation : generation + 1, ring));
  return opened || set_aside;
}

/// True if the cell names a life of its page that the ring has no part in any more. The word is read after the cell.
bool Rings::is_stale(const Ticket& ticket) const {
  if (ticket.page() >= table_.count()) return true;
  const uint64_t word = table_.record(ticket.page()).word.load_sync();
  const uint32_t generation = PageWord::generation(word);
  if (PageWord::state(word) == State::emptying) return !CellWord::of_generation(ticket.cell, generation + 1);
  const bool elsewhere = PageWord::state(word) == State::free || PageWord::state(word) >= State::building;
  return elsewhere || !CellWord::of_generation(ticket.cell, generation);
}

/// Drops stale cells at the head. Whoever takes a page drops its cell; if it is stopped in between, the queue must not
/// fill up behind that cell.
void Rings::drop_stale(RingId ring) const {
  const PageQueue& from = queue(ring);
  for (Ticket oldest = from.oldest(); oldest && is_stale(oldest); oldest = from.oldest()) from.drop(oldest);
}

std::optional<OwnedPage> Rings::take(RingId ring, const Ticket& ticket, uint32_t owner) const {
  const PageQueue& from = queue(ring);
  if (is_stale(ticket)) {
    from.drop(ticket);
    return std::nullopt;
  }
  if (settle_cell(ring, ticket)) return std::nullopt;
  PageRecord& record = table_.record(ticket.page());
  uint64_t word = record.word.load_acquire();
  const uint32_t generation = PageWord::generation(word);
  if (PageWord::state(word) != State::ring || !CellWord::of_generation(ticket.cell, generation)) return std::nullopt;
  if (!record.word.cas_sync(word, PageWord::make(State::emptying, generation, owner, static_cast<uint32_t>(ring))))
    return std::nullopt;
  from.drop(ticket);
  return OwnedPage{ticket.page(), generation};
}

void Rings::set_aside(RingId ring, OwnedPage owned, uint32_t owner) const {
  drop_stale(ring);
  std::vector<OwnedPage> waiting{owned};
  while (!waiting.empty()) {
    const OwnedPage next = waiting.back();
    if (queue(ring).push(next.page, next.generation + 1)) {
      waiting.pop_back();
      uint64_t word = PageWord::make(State::emptying, next.generation, owner, static_cast<uint32_t>(ring));
      table_.record(next.page).word.cas_sync(word, ring_word(next.generation + 1, ring));
    } else if (const Ticket oldest = queue(ring).oldest()) {  // full of dropped cells behind an old page: that one too
      if (const auto taken = take(ring, oldest, owner)) waiting.insert(waiting.begin(), *taken);
    } else {
      return;  // full and empty at once: damaged (page_queue.h, Q4). The pages stay with their owner
    }
  }
}

void Rings::clean(uint32_t page) const {
  PageRecord& record = table_.record(page);
  const uint64_t used = std::min<uint64_t>(record.tail.load_acquire(), table_.page_bytes());
  base::zero_words(table_.page_at(page), used);
  record.earliest.store_release(0);
  record.dead.store_release(0);
  record.dirty.store_release(0);
  record.runs.store_release(0);
  record.tail.store_release(0);
}

void Rings::recycle(OwnedPage owned, uint32_t owner) const {
  clean(owned.page);
  free_page(State::emptying, owned, owner);
}

OwnedPage Rings::keep(OwnedPage owned, uint32_t owner) const {
  clean(owned.page);
  PageRecord& record = table_.record(owned.page);
  uint64_t word = record.word.load_acquire();
  record.word.cas_sync(word, PageWord::make(State::claimed, owned.generation + 1, owner, 0));
  return {owned.page, owned.generation + 1};
}

void Rings::give_back(OwnedPage owned, uint32_t owner) const {
  clean(owned.page);
  free_page(State::claimed, owned, owner);
}

void Rings::free_page(State from, OwnedPage owned, uint32_t owner) const {
  PageRecord& record = table_.record(owned.page);
  const bool stays = owned.page < limit();
  if (stays) free_.push(owned.page, owned.generation + 1);
  uint64_t word = record.word.load_acquire();
  if (PageWord::state(word) != from || PageWord::generation(word) != owned.generation ||
      PageWord::Owner::get(word) != owner)
    return;
  if (stays)
    record.word.cas_sync(word, PageWord::make(State::free, owned.generation + 1, 0, 0));
  else
    put_out(owned.page, word, owned.generation + 1, owner);
}

/// The limit is looked at again: a resizer that raised it meanwhile may have looked at this page before it was out.
bool Rings::put_out(uint32_t page, uint64_t word, uint32_t generation, uint32_t owner) const {
  if (!table_.record(page).word.cas_sync(word, PageWord::make(State::out, generation, 0, 0))) return false;
  if (page < limit()) bring_in(page, owner);
  return true;
}

bool Rings::bring_in(uint32_t page, uint32_t owner) const {
  PageRecord& record = table_.record(page);
  uint64_t word = record.word.load_sync();
  const uint32_t generation = PageWord::generation(word);
  if (PageWord::state(word) != State::out) return false;
  if (!record.word.cas_sync(word, PageWord::make(State::claimed, generation, owner, 0))) return false;
  free_page(State::claimed, {page, generation}, owner);
  return true;
}

void Rings::note_run(uint32_t page, uint32_t pages) const {
  PageRecord& record = table_.record(page);
  const uint64_t share = std::max<uint64_t>(1, limit() / kRunShares);
  if (record.runs.add_relaxed(pages) + pages >= share) record.tail.add_acq_rel(table_.page_bytes());
}

/// What a dead owner pushed stays in its queue until somebody changed the word after it. So a page that is in no queue,
/// and whose word is still the owner's after that was seen, was not pushed and is nobody else's.
bool Rings::finish_for(uint32_t page, uint32_t owner) const {
  PageRecord& record = table_.record(page);
  const uint64_t word = record.word.load_acquire();
  const State state = PageWord::state(word);
  if (PageWord::Owner::get(word) != owner || (state != State::claimed && state != State::emptying)) return false;
  const OwnedPage owned{page, PageWord::generation(word)};
  const auto settle = [&](uint64_t settled) {
    uint64_t expected = word;
    record.word.cas_sync(expected, settled);
    return true;
  };
  if (free_.contains(page, owned.generation + 1))  // it had been pushed there: it is free
    return settle(PageWord::make(State::free, owned.generation + 1, 0, 0));
  const uint32_t pushed = state == State::claimed ? owned.generation : owned.generation + 1;
  for (const RingId ring : {RingId::cold, RingId::hot})
    if (queue(ring).contains(page, pushed)) return settle(ring_word(pushed, ring));
  if (record.word.load_acquire() != word) return true;  // somebody else went on with it
  if (state == State::claimed) {
    give_back(owned, owner);
  } else {  // its zeroing may have begun, so nothing may be appended behind what is left of it
    record.tail.store_release(table_.page_bytes());
    set_aside(static_cast<RingId>(PageWord::Ring::get(word)), owned, owner);
  }
  return true;
}

}  // namespace larder::ring
