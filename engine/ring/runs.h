// runs.h – runs: neighbouring pages that hold one value.
//
// What it is    the life of a run, over the page words of page/page_word.h. A worker claims its pages one by one (they
//               are then claimed as any others), fills them, and begins the run; after an entry that refers to it was
//               published, it opens it. Whoever unlinked that entry frees it.
//
//   head        pages of the tail    meaning                            who goes on
//   claimed     claimed              being gathered or filled           the owner; bury: each page by itself → free
//   building    claimed, tail        begun; an entry may refer to it    the owner; bury: completes the tail → run
//   run         tail                 an entry refers to it, or did      who saw that none does, and no hazard: →
//   freeing freeing     tail, or anything    nobody can reach it any more       the owner, bury: frees what is left,
//   head last
//
// Invariants    U1 the record of a head says how many pages the run has and which hash its key has; that of a tail page
//               names its head. Both are written before the word says building or tail, and true until it says
//               something else. U2 a run that was opened had its one entry published, or its builder died: if no slot
//               refers to it then, none ever will. U3 it is freed only after that was seen, and after a scan of the
//               hazards that came later: a view announces the head and looks at its slot again (page/hazard.h, H1).
//               U4 pages of a tail are freed while the head is freeing: what names that head then belongs to this run.
// Orders        opening and unlinking are in one total order with the looks that follow them (cas_sync, load_sync): the
//               unlinker sees an open run, or the opener, looking for the entry afterwards, does not find it.
// Concurrency   every function from any thread; begin and open by the owner.
// Crash         finish_for() is the burier's half; it must meet the head before the tail. A run that nobody refers to
//               is found by policy/loose.h.
#pragma once

#include <cstdint>
#include <optional>

#include "ring/rings.h"

namespace larder::ring {

/// Pages `head` to `head + pages - 1`; `generation` is the head's.
struct Run {
  uint32_t head = 0;
  uint32_t pages = 0;
  uint32_t generation = 0;
};

/// What the words say of a run's head.
struct HeadWord {
  page::State state = page::State::free;
  uint32_t generation = 0;
  RingId ring = RingId::cold;
};

class Runs {
 public:
  explicit Runs(const Rings& rings) : rings_(rings) {}

  HeadWord head(uint32_t page) const;
  /// Of a head: its pages, never beyond the table, and the hash of its key.
  uint32_t pages_of(uint32_t head) const;
  uint64_t hash_of(uint32_t head) const { return rings_.table().record(head).earliest.load_acquire(); }
  /// Of a tail page: its head.
  uint64_t head_of(uint32_t tail) const { return rings_.table().record(tail).earliest.load_acquire(); }

  /// Makes claimed pages a run. `hash` is that of the key it is for.
  void begin(const Run& run, uint64_t hash, uint32_t owner) const;
  /// After its entry was published in that ring. Look afterwards whether the entry is still there.
  void open(const Run& run, RingId ring, uint32_t owner) const;
  /// Frees a run whose entry was never published.
  void abandon(const Run& run, uint32_t owner) const;
  /// Notes that the run's entry went to another ring. True if it did not say so before.
  bool note_ring(uint32_t head, uint32_t generation, RingId ring) const;
  /// Frees an open run that no slot refers to. Nothing if somebody reads it in place, or it is not open (any more).
  std::optional<HeadWord> free_loose(uint32_t head, uint32_t generation, uint32_t owner) const;
  /// Finishes what a dead owner left of a run, given its head. Returns true if the head was the owner's.
  bool finish_for(uint32_t head, uint32_t owner) const;

 private:
  void claim_tail(const Run& run, uint32_t owner) const;
  void free_pages(const Run& run, uint32_t owner) const;

  const Rings& rings_;
};

}  // namespace larder::ring
