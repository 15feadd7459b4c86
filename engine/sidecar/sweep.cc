// sweep.cc – see sweep.h.
#include "sidecar/sweep.h"

#include <algorithm>

namespace larder::sidecar {

using cache::Region;

uint64_t expire_tickets(const Region& region, segment::ThreadState& thread, ring::RingId ring, uint64_t from,
                        uint64_t to) {
  uint64_t expired = 0;
  for (uint64_t number = from; number < to; ++number)
    if (const ring::Ticket ticket = region.plane.rings.queue(ring).at(number))
      expired += policy::expire_page(region.plane, *thread.line, thread.tally(region.number), cache::owner_of(thread),
                                     ring, ticket);
  return expired;
}

Sweep::Sweep(const Region& region, ring::RingId ring)
    : ring_(ring), memory_(region.plane.rings.queue(ring).capacity() / kBlock + 2) {}

bool Sweep::is_due(uint64_t block, uint64_t now) const {
  const Memory& known = memory_[block % memory_.size()];
  return known.block_plus_1 != block + 1 || (known.due != 0 && known.due <= now);
}

uint64_t Sweep::look(const Region& region, segment::ThreadState& thread, uint64_t block) {
  const ring::PageQueue& queue = region.plane.rings.queue(ring_);
  const page::PageTable& table = region.plane.rings.table();
  const uint64_t tail = queue.tail(), from = std::max(block * kBlock, queue.head()), end = (block + 1) * kBlock;
  const uint64_t expired = expire_tickets(region, thread, ring_, from, std::min(end, tail));
  uint64_t due = 0;
  for (uint64_t number = from; number < std::min(end, tail); ++number) {
    const ring::Ticket ticket = queue.at(number);
    if (!ticket || ticket.page() >= table.count()) continue;
    ++records_read_;
    const uint64_t earliest = table.record(ticket.page()).earliest.load_acquire();
    if (earliest != 0 && (due == 0 || earliest < due)) due = earliest;
  }
  memory_[block % memory_.size()] = {end < tail ? block + 1 : 0, due};
  return expired;
}

uint64_t Sweep::round(const Region& region, segment::ThreadState& thread, uint64_t limit) {
  const ring::PageQueue& queue = region.plane.rings.queue(ring_);
  const uint64_t tail = queue.tail(), head = queue.head();
  const uint64_t first = head / kBlock, end = (queue.bounded(head, tail) + kBlock - 1) / kBlock;
  const uint64_t now = region.plane.reader.now();
  if (cursor_ < first || cursor_ >= end) cursor_ = first;
  uint64_t expired = 0, looked = 0;
  ++turn_;
  for (uint64_t seen = first; seen < end && looked < limit; ++seen) {
    const uint64_t block = cursor_;
    cursor_ = block + 1 < end ? block + 1 : first;
    if (!is_due(block, now) && block % kTurns != turn_ % kTurns) continue;
    expired += look(region, thread, block);
    looked += kBlock;
  }
  return expired;
}

}  // namespace larder::sidecar
