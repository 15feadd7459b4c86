// audit_pages.cc – the audit's rules for pages; see audit.cc.
#include <vector>

#include "observe/audit_report.h"

namespace larder::observe {

using page::PageRecord;
using page::PageWord;
using page::State;
using ring::CellWord;
using ring::RingId;

namespace {

const ring::PageQueue& home_queue(const policy::Plane& plane, uint64_t word) {
  return PageWord::state(word) == State::free ? plane.rings.free_queue()
                                              : plane.rings.queue(static_cast<RingId>(PageWord::Ring::get(word)));
}

/// Which pages one pass over all cells met in their current generation.
std::vector<bool> pages_in_queues(const policy::Plane& plane) {
  const page::PageTable& table = plane.rings.table();
  std::vector<bool> met(table.count(), false);
  const auto look = [&](const ring::PageQueue& queue) {
    for (uint64_t i = 0; i < queue.capacity(); ++i) {
      const uint64_t cell = queue.raw_cell(i);
      if (!CellWord::occupied(cell) || CellWord::page(cell) >= table.count()) continue;
      const uint64_t word = table.record(CellWord::page(cell)).word.load_acquire();
      if (CellWord::of_generation(cell, PageWord::generation(word)) && &home_queue(plane, word) == &queue)
        met[CellWord::page(cell)] = true;
    }
  };
  look(plane.rings.queue(RingId::cold));
  look(plane.rings.queue(RingId::hot));
  look(plane.rings.free_queue());
  return met;
}

/// Free and ring pages must be in their queue (P1, G1).
void check_queued(const policy::Plane& plane, uint32_t page, bool met, Findings& findings) {
  const PageRecord& record = plane.rings.table().record(page);
  const auto lost = [&] {
    const uint64_t word = record.word.load_acquire();
    if (PageWord::state(word) != State::free && PageWord::state(word) != State::ring) return false;
    return !home_queue(plane, word).contains(page, PageWord::generation(word));
  };
  const uint64_t word = record.word.load_acquire();
  findings.expect(met || !lost() || !findings.stays_wrong(lost), "page-lost",
                  "page {} (state {}, generation {}) is in no queue", page, static_cast<int>(PageWord::state(word)),
                  PageWord::generation(word));
}

/// A free page is zero (P3).
void check_zero(const policy::Plane& plane, uint32_t page, Findings& findings) {
  const page::PageTable& table = plane.rings.table();
  const uint64_t word = table.record(page).word.load_acquire();
  if (PageWord::state(word) != State::free) return;
  const auto dirty = [&] {
    const auto* words = reinterpret_cast<const uint64_t*>(table.page_at(page));
    bool found = false;
    for (uint32_t i = 0; i < table.page_bytes() / 8; ++i) found |= base::load_word_acquire(words + i) != 0;
    return found && table.record(page).word.load_acquire() == word;
  };
  findings.expect(!dirty() || !findings.stays_wrong(dirty), "free-page-dirty", "page {} is free and not zero", page);
}

bool is_owned(uint64_t word) {
  const State state = PageWord::state(word);
  return state == State::claimed || state == State::emptying || state == State::building || state == State::freeing;
}

/// A claimed, emptying, building or freeing page belongs to a worker that is there (G1).
void check_owner(const Inspector::Impl& seen, const policy::Plane& plane, uint32_t page, Findings& findings) {
  const PageRecord& record = plane.rings.table().record(page);
  const segment::Tables& tables = seen.tables();
  const auto orphaned = [&] {
    const uint64_t word = record.word.load_acquire();
    if (!is_owned(word)) return false;
    const uint64_t owner = PageWord::Owner::get(word);
    return owner == 0 || owner > tables.workers.size() ||
           segment::WorkerWord::Active::get(tables.workers[owner - 1].word.load_acquire()) == 0;
  };
  const uint64_t word = record.word.load_acquire();
  if (is_owned(word)) findings.in_flight();
  findings.expect(!orphaned() || !findings.stays_wrong(orphaned), "page-owner",
                  "page {} is held by worker {}, who is not there", page, PageWord::Owner::get(word));
}

/// A word says nothing where it has nothing to say: no owner in a state without one, no ring but where it means one.
void check_word(const policy::Plane& plane, uint32_t page, Findings& findings) {
  const base::Atomic64& at = plane.rings.table().record(page).word;
  const auto wrong = [&] {
    const uint64_t word = at.load_acquire();
    const State state = PageWord::state(word);
    const bool of_ring = state == State::ring || state == State::emptying || state == State::run;
    const uint64_t known = PageWord::make(state, PageWord::generation(word),
                                          is_owned(word) ? static_cast<uint32_t>(PageWord::Owner::get(word)) : 0,
                                          of_ring ? static_cast<uint32_t>(PageWord::Ring::get(word)) : 0);
    return word != known;
  };
  findings.expect(!wrong() || !findings.stays_wrong(wrong), "page-word", "the word of page {} is {:#018x}", page,
                  at.load_acquire());
}

}  // namespace

void audit_pages(const Inspector::Impl& seen, uint32_t number, Findings& findings) {
  const policy::Plane& plane = seen.planes[number];
  audit_queue(plane.rings.queue(RingId::cold), "cold", plane.rings.table().count(), findings);
  audit_queue(plane.rings.queue(RingId::hot), "hot", plane.rings.table().count(), findings);
  audit_queue(plane.rings.free_queue(), "free", plane.rings.table().count(), findings);
  const std::vector<bool> met = pages_in_queues(plane);
  for (uint32_t page = 0; page < plane.rings.table().count(); ++page) {
    check_queued(plane, page, met[page], findings);
    check_zero(plane, page, findings);
    check_owner(seen, plane, page, findings);
    check_word(plane, page, findings);
  }
}

}  // namespace larder::observe
