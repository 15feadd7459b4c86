// runs.cc – see runs.h.
#include "ring/runs.h"

#include <algorithm>

namespace larder::ring {

using page::PageRecord;
using page::PageWord;
using page::State;

namespace {

/// One step of a word that only its owner changes. False if it is not in that state (any more).
bool step(PageRecord& record, State from, State to, uint32_t generation, uint32_t owner, uint32_t ring = 0) {
  const bool owned = to == State::building || to == State::freeing || to == State::claimed;
  uint64_t word = record.word.load_sync();
  if (PageWord::state(word) != from || PageWord::generation(word) != generation) return false;
  if (PageWord::Owner::get(word) != 0 && PageWord::Owner::get(word) != owner) return false;
  return record.word.cas_sync(word, PageWord::make(to, generation, owned ? owner : 0, ring));
}

}  // namespace

HeadWord Runs::head(uint32_t page) const {
  const uint64_t word = rings_.table().record(page).word.load_sync();
  return {PageWord::state(word), PageWord::generation(word), static_cast<RingId>(PageWord::Ring::get(word))};
}

uint32_t Runs::pages_of(uint32_t head) const {
  const uint64_t pages = rings_.table().record(head).runs.load_acquire();
  return static_cast<uint32_t>(std::clamp<uint64_t>(pages, 1, rings_.table().count() - head));
}

void Runs::begin(const Run& run, uint64_t hash, uint32_t owner) const {
  PageRecord& record = rings_.table().record(run.head);
  record.earliest.store_release(hash);
  record.runs.store_release(run.pages);
  step(record, State::claimed, State::building, run.generation, owner);
  claim_tail(run, owner);
}

/// Pages of the owner that are still claimed become the run's.
void Runs::claim_tail(const Run& run, uint32_t owner) const {
  for (uint32_t page = run.head + 1; page < run.head + run.pages; ++page) {
    PageRecord& record = rings_.table().record(page);
    const uint64_t word = record.word.load_acquire();
    if (PageWord::state(word) != State::claimed || PageWord::Owner::get(word) != owner) continue;
    record.earliest.store_release(run.head);
    step(record, State::claimed, State::tail, PageWord::generation(word), owner);
  }
}

void Runs::open(const Run& run, RingId ring, uint32_t owner) const {
  step(rings_.table().record(run.head), State::building, State::run, run.generation, owner,
       static_cast<uint32_t>(ring));
}

void Runs::abandon(const Run& run, uint32_t owner) const {
  if (step(rings_.table().record(run.head), State::building, State::freeing, run.generation, owner))
    free_pages(run, owner);
}

bool Runs::note_ring(uint32_t head, uint32_t generation, RingId ring) const {
  PageRecord& record = rings_.table().record(head);
  uint64_t word = record.word.load_acquire();
  const uint64_t noted = PageWord::make(State::run, generation, 0, static_cast<uint32_t>(ring));
  if (PageWord::state(word) != State::run || PageWord::generation(word) != generation || word == noted) return false;
  return record.word.cas_acq_rel(word, noted);
}

std::optional<HeadWord> Runs::free_loose(uint32_t head, uint32_t generation, uint32_t owner) const {
  const HeadWord seen = this->head(head);
  if (seen.state != State::run || seen.generation != generation || rings_.is_held(head)) return std::nullopt;
  const Run run{head, pages_of(head), generation};
  if (!step(rings_.table().record(head), State::run, State::freeing, generation, owner)) return std::nullopt;
  free_pages(run, owner);
  return seen;
}

/// The word is read before the record: a page that names another head by now is not claimed in its name.
void Runs::free_pages(const Run& run, uint32_t owner) const {
  for (uint32_t page = run.head + 1; page < run.head + run.pages; ++page) {
    const uint64_t word = rings_.table().record(page).word.load_acquire();
    const uint32_t generation = PageWord::generation(word);
    if (PageWord::state(word) != State::tail || head_of(page) != run.head) continue;
    if (step(rings_.table().record(page), State::tail, State::claimed, generation, owner))
      rings_.give_back({page, generation}, owner);
  }
  const OwnedPage head{run.head, run.generation};
  rings_.clean(run.head);
  rings_.free_page(State::freeing, head, owner);
}

bool Runs::finish_for(uint32_t head, uint32_t owner) const {
  PageRecord& record = rings_.table().record(head);
  uint64_t word = record.word.load_acquire();
  const State state = PageWord::state(word);
  if (PageWord::Owner::get(word) != owner || (state != State::building && state != State::freeing)) return false;
  const Run run{head, pages_of(head), PageWord::generation(word)};
  if (state == State::building) {
    claim_tail(run, owner);
    open(run, RingId::cold, owner);
  } else if (rings_.free_queue().contains(head, run.generation + 1)) {  // pushed: it is free
    record.word.cas_sync(word, PageWord::make(State::free, run.generation + 1, 0, 0));
  } else if (record.word.load_acquire() == word) {
    free_pages(run, owner);
  }
  return true;
}

}  // namespace larder::ring
