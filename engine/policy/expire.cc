// expire.cc – unlinking expired entries of one page; see hand.h.
//
// The page stays in its ring and others go on using it: the expirer only announces it as its work, like a reader. Its
// new `earliest` is taken over only if no appender can have been at work on the page meanwhile; if one slips through,
// an expired entry is reclaimed later than it could be, never served.
#include <algorithm>

#include "base/copy.h"
#include "policy/hand.h"
#include "policy/loose.h"

namespace larder::policy {

using index::Found;
using index::SlotWord;
using ring::EntryAt;
using ring::RingId;
using ring::Ticket;

namespace {

struct Leftovers {
  uint64_t earliest = 0;  ///< of the entries that stay
  uint64_t live = 0;
  uint64_t unlinked = 0;
};

/// Judges one entry of an announced page.
void judge(const Plane& plane, const EntryAt& entry, uint32_t position, segment::Tally& tally, uint32_t owner,
           Leftovers& left) {
  char key[kMaxKeyBytes + 1];  // copied out: the entry may still be being written
  base::copy_out(key, entry.key(), entry.shape.key_size);
  const uint64_t expiry = ring::expiry_of(entry.words, entry.header);
  uint32_t bucket = 0;
  const Found found =
      plane.index.find_position(plane.index.probe(plane.hash({key, entry.shape.key_size})), position, &bucket);
  if (found && expiry != 0 && SlotWord::live(found.word) && plane.reader.standing(entry) == ring::Standing::expired) {
    const ring::RunRef run = plane.reader.run_of(entry);
    if (plane.index.unlink(bucket, found)) {
      plane.note_dead(position, entry.shape.total);
      if (run.bytes != 0) release_run(plane, run.head, run.generation, owner);
      ++tally[Counter::expirations];
      ++left.unlinked;
      return;
    }
  }
  if (found) ++left.live;
  if (expiry != 0 && expiry > plane.reader.now() && (left.earliest == 0 || expiry < left.earliest))
    left.earliest = expiry;
}

}  // namespace

uint64_t expire_page(const Plane& plane, segment::ThreadLine& line, segment::Tally& tally, uint32_t owner, RingId ring,
                     const Ticket& ticket) {
  const page::PageTable& table = plane.rings.table();
  const ring::PageQueue& queue = plane.rings.queue(ring);
  const uint32_t page = ticket.page();
  if (page >= table.count()) return 0;
  page::PageRecord& record = table.record(page);
  uint64_t earliest = record.earliest.load_acquire();
  if (earliest == 0 || earliest > plane.reader.now()) return 0;
  const bool newest = queue.newest().number == ticket.number + 1;
  const bool busy = newest || plane.rings.is_held(page);
  page::announce_work(line, plane.rings.region(), page);
  const uint64_t word = record.word.load_sync();
  Leftovers left;
  if (page::PageWord::state(word) == page::State::ring &&
      ring::CellWord::of_generation(ticket.cell, page::PageWord::generation(word))) {
    const uint64_t used = std::min<uint64_t>(record.tail.load_acquire(), table.page_bytes());
    for (uint32_t offset = 0; offset < used;) {
      EntryAt entry;
      const uint32_t position = table.position_of(page, offset);
      if (!plane.reader.parse(position, entry)) {
        offset = entry.header == 0 ? offset + 8 : static_cast<uint32_t>(used);
        continue;
      }
      offset += entry.shape.total;
      judge(plane, entry, position, tally, owner, left);
    }
    if (!busy && queue.at(ticket.number).cell == ticket.cell) record.earliest.cas_acq_rel(earliest, left.earliest);
  }
  page::work_done(line);
  if (!busy && left.live == 0 && left.unlinked > 0) Hand(plane, line, tally, owner).empty(ring, ticket);
  return left.unlinked;
}

}  // namespace larder::policy
