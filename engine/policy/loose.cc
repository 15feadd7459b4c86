// loose.cc – see loose.h.
#include "policy/loose.h"

#include <array>

namespace larder::policy {

using index::Found;
using index::Match;
using page::State;
using ring::EntryAt;
using ring::RingId;
using ring::Runs;

namespace {

constexpr uint32_t kRecordsATurn = 64;  ///< what the next look may cost for each page that is emptied until then

void count(const Plane& plane, RingId ring, uint64_t pages) {
  plane.words->run_pages[static_cast<size_t>(ring)].add_relaxed(pages);
}

/// True if no entry refers to the run and it was freed.
bool free_loose(const Plane& plane, uint32_t head, uint32_t generation, uint32_t owner) {
  const Runs runs(plane.rings);
  const uint32_t pages = runs.pages_of(head);
  const std::optional<ring::HeadWord> freed = runs.free_loose(head, generation, owner);
  if (freed) count(plane, freed->ring, uint64_t{0} - pages);
  return freed.has_value();
}

RingId ring_of(const Plane& plane, uint32_t position) {
  const page::PageTable& table = plane.rings.table();
  return static_cast<RingId>(page::PageWord::Ring::get(table.record(table.page_of(position)).word.load_acquire()));
}

}  // namespace

Found entry_of_run(const Plane& plane, uint32_t head, uint32_t generation, EntryAt* entry) {
  const auto refers = [&](uint32_t position) {
    const ring::RunRef run = plane.reader.parse(position, *entry) ? plane.reader.run_of(*entry) : ring::RunRef{};
    return run.bytes != 0 && run.head == head && run.generation == generation ? Match::live : Match::other;
  };
  return plane.index.find(plane.index.probe(Runs(plane.rings).hash_of(head)), refers);
}

void release_run(const Plane& plane, uint32_t head, uint32_t generation, uint32_t owner) {
  if (head >= plane.rings.table().count()) return;
  const ring::HeadWord seen = Runs(plane.rings).head(head);
  if (seen.generation != generation || seen.state != State::run) return;  // its builder looks when it opens it
  if (!free_loose(plane, head, generation, owner)) note_loose(plane);
}

void note_loose(const Plane& plane, uint64_t turns) { plane.words->loose.store_relaxed(turns); }

bool collect_if_due(const Plane& plane, uint32_t owner, segment::Tally& tally) {
  const uint64_t turns = plane.words->loose.load_relaxed();
  if (turns > 1) note_loose(plane, turns - 1);
  return turns == 1 && collect_runs(plane, owner, &tally) > 0;
}

/// The slot is loaded once more in the total order of the CAS that opened the run: whoever unlinks after that load sees
/// it open.
void open_run(const Plane& plane, const ring::Run& run, RingId ring, uint32_t owner) {
  Runs(plane.rings).open(run, ring, owner);
  count(plane, ring, run.pages);
  for (;;) {
    EntryAt entry;
    const Found found = entry_of_run(plane, run.head, run.generation, &entry);
    if (!found) return release_run(plane, run.head, run.generation, owner);
    if (index::still_holds(*found.slot, found.word)) return;
  }
}

void note_run_ring(const Plane& plane, const ring::RunRef& run, RingId ring) {
  if (run.head >= plane.rings.table().count()) return;
  const Runs runs(plane.rings);
  if (!runs.note_ring(run.head, run.generation, ring)) return;
  const uint32_t pages = runs.pages_of(run.head);
  count(plane, ring, pages);
  count(plane, ring == RingId::hot ? RingId::cold : RingId::hot, uint64_t{0} - pages);
}

uint64_t collect_runs(const Plane& plane, uint32_t owner, segment::Tally* tally) {
  const Runs runs(plane.rings);
  std::array<uint64_t, 2> pages{};
  uint64_t freed = 0;
  note_loose(plane, 0);
  for (uint32_t page = 0; page < plane.rings.table().count(); ++page) {
    const ring::HeadWord head = runs.head(page);
    if (head.state != State::run) continue;
    EntryAt entry;
    const Found found = entry_of_run(plane, page, head.generation, &entry);
    const ring::Standing standing = found ? plane.reader.standing(entry) : ring::Standing::untagged;
    if (found && (standing == ring::Standing::live || !index::SlotWord::live(found.word) ||
                  !plane.index.unlink(plane.index.bucket_of(found.slot), found))) {
      runs.note_ring(page, head.generation, ring_of(plane, found.position()));
      pages[static_cast<size_t>(ring_of(plane, found.position()))] += runs.pages_of(page);
      continue;
    }
    if (standing == ring::Standing::expired && tally != nullptr) ++(*tally)[Counter::expirations];
    const uint32_t span = runs.pages_of(page);
    if (runs.free_loose(page, head.generation, owner)) {
      ++freed;
      continue;
    }
    note_loose(plane, 1 + plane.rings.table().count() / kRecordsATurn);
    pages[static_cast<size_t>(head.ring)] += span;
  }
  for (size_t ring = 0; ring < pages.size(); ++ring) plane.words->run_pages[ring].store_relaxed(pages[ring]);
  return freed;
}

}  // namespace larder::policy
