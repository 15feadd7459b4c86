// challenge.cc – rule 3: a returning key meets the entry the hot hand would take next; see hand.h.
//
// A preview cursor looks at the oldest hot pages ahead of the hot hand: an entry under it that the hand would drop
// gives its room to the newcomer, one that it would spare sends the newcomer to the cold ring. The exact rules make
// each promotion into a full hot ring drive the hot hand on until it drops something; a paged cold hand promotes in
// bursts, so the room it took is written down (owed) and the cursor pays it back evenly while the next cold page fills.
// Without that, challenges meet runs of referenced entries and too few returning keys win; paid at once, they lose one
// by one after it. The cursor and the debt are hints: two threads may look at one entry. Pages are read without owning
// them, so an entry counts only if a slot points at it.
#include <algorithm>

#include "base/copy.h"
#include "policy/hand.h"

namespace larder::policy {

using index::Found;
using index::SlotWord;
using ring::EntryAt;
using ring::RingId;
using ring::Ticket;

namespace {

constexpr uint32_t kLooks = 256;  ///< words and entries one look may step over
constexpr uint32_t kSteps = 64;   ///< entries one challenge may pass to pay what is due

}  // namespace

bool Hand::admits_ghost(uint64_t bytes) {
  if (SettingWord::Challenge::get(plane_.setting()) == 0 || plane_.hot_has_room()) return true;
  const int64_t owed = static_cast<int64_t>(plane_.words->owed.load_relaxed());
  if (owed < 0 && uint64_t(-owed) >= bytes) {  // the hot hand dropped more than promotions took
    plane_.words->owed.add_relaxed(bytes);
    return true;
  }
  uint64_t cursor = plane_.words->preview.load_relaxed();
  pay_evenly(&cursor);
  const Seen seen = look(&cursor);
  plane_.words->preview.store_relaxed(cursor);
  return !seen.found || !seen.stays;
}

/// Moves the cursor over unreferenced entries until no more is owed than the open cold page has still to fill.
void Hand::pay_evenly(uint64_t* cursor) {
  const ring::Ticket open = plane_.rings.queue(RingId::cold).newest();
  const page::PageTable& table = plane_.rings.table();
  if (!open || open.page() >= table.count()) return;
  const uint64_t used = std::min<uint64_t>(table.record(open.page()).tail.load_relaxed(), table.page_bytes());
  const auto debt = static_cast<int64_t>(plane_.words->debt.load_relaxed());
  const int64_t due = static_cast<int64_t>(double(debt) * (1 - double(used) / table.page_bytes()));
  for (uint32_t steps = 0; steps<kSteps&& static_cast<int64_t>(plane_.words->owed.load_relaxed())> due; ++steps) {
    const Seen seen = look(cursor);
    if (!seen.found) return;
    if (!seen.stays) plane_.words->owed.add_relaxed(uint64_t{0} - seen.bytes);
  }
}

/// The next live entry at or behind the cursor, which moves past it.
Hand::Seen Hand::look(uint64_t* cursor) {
  const ring::PageQueue& hot = plane_.rings.queue(RingId::hot);
  const uint64_t oldest = hot.oldest().number, newest = hot.newest().number;
  uint64_t number = PreviewWord::Ticket::get(*cursor);
  uint32_t offset = static_cast<uint32_t>(PreviewWord::Offset::get(*cursor)) * 8;
  if (number < oldest || number + 1 >= newest) {
    number = oldest;
    offset = 0;
  }
  Seen seen;
  for (uint32_t looks = 0; looks < kLooks && !seen.found && number + 1 < newest; ++looks) {
    const Ticket ticket = hot.at(number);
    if (!ticket || ticket.page() >= plane_.rings.table().count() || offset >= plane_.rings.table().page_bytes()) {
      ++number;
      offset = 0;
      continue;
    }
    seen = look_at(ticket, offset, &offset);
  }
  *cursor = PreviewWord::Ticket::make(number) | PreviewWord::Offset::make(offset / 8);
  return seen;
}

/// What stands at `offset` of the ticket's page; `next` becomes the offset behind it.
Hand::Seen Hand::look_at(const Ticket& ticket, uint32_t offset, uint32_t* next) {
  const page::PageTable& table = plane_.rings.table();
  EntryAt entry;
  const uint32_t position = table.position_of(ticket.page(), offset);
  if (!plane_.reader.parse(position, entry)) {
    *next = entry.header == 0 ? offset + 8 : table.page_bytes();
    return {};
  }
  *next = offset + entry.shape.total;
  char key[kMaxKeyBytes + 1];
  base::copy_out(key, entry.key(), entry.shape.key_size);
  uint32_t bucket = 0;
  const uint64_t hash = plane_.hash({key, entry.shape.key_size});
  const index::Probe probe = plane_.index.probe(hash);
  const Found found = plane_.index.find_position(probe, position, &bucket);
  if (!found || !SlotWord::live(found.word)) return {};
  const uint64_t weight = plane_.weight_of(entry);
  return {true, SlotWord::Refs::get(found.word) >= plane_.price_of(weight, hash, ticket.number).stay, weight};
}

}  // namespace larder::policy
