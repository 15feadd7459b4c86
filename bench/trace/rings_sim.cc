// rings_sim.cc – see rings_sim.h.
#include "rings_sim.h"

#include <algorithm>

namespace larder::bench {

RingsSim::RingsSim(const RingRules& rules, uint64_t budget, size_t ids, uint64_t largest)
    : rules_(rules), budget_(budget), largest_(std::min(largest, budget / 2)), nodes_(ids) {}

bool RingsSim::access(uint32_t id, uint32_t bytes) {
  Node& node = nodes_[id];
  if (node.where == kCold || node.where == kHot) {
    if (node.references < rules_.cap) ++node.references;
    return true;
  }
  if (bytes > largest_) return false;
  const bool ghost = node.where == kGhost;
  if (ghost) unlink(id);
  node.bytes = bytes;
  node.references = 0;
  append(id, ghost && wins_place_in_hot(bytes) ? kHot : kCold);
  while (fifos_[kCold].bytes + fifos_[kHot].bytes > budget_) {
    const bool cold_over_share = double(fifos_[kCold].bytes) > rules_.cold * double(budget_);
    if (cold_over_share || fifos_[kHot].bytes == 0) {
      move_cold_hand();
    } else {
      move_hot_hand();
    }
  }
  return false;
}

void RingsSim::append(uint32_t id, Where where) {
  Node& node = nodes_[id];
  Fifo& fifo = fifos_[where];
  node.where = where;
  node.next = kNone;
  node.before = fifo.newest;
  (fifo.newest == kNone ? fifo.oldest : nodes_[fifo.newest].next) = id;
  fifo.newest = id;
  fifo.bytes += node.bytes;
}

void RingsSim::unlink(uint32_t id) {
  Node& node = nodes_[id];
  Fifo& fifo = fifos_[node.where];
  (node.before == kNone ? fifo.oldest : nodes_[node.before].next) = node.next;
  (node.next == kNone ? fifo.newest : nodes_[node.next].before) = node.before;
  fifo.bytes -= node.bytes;
  node.where = kNowhere;
}

bool RingsSim::hot_has_room(uint32_t bytes) const {
  return double(fifos_[kHot].bytes + bytes) <= (1 - rules_.cold) * double(budget_);
}

bool RingsSim::wins_place_in_hot(uint32_t bytes) {
  if (!rules_.challenge || hot_has_room(bytes)) return true;
  const uint32_t next = fifos_[kHot].oldest;
  if (next == kNone || nodes_[next].references == 0) return true;
  unlink(next);
  --nodes_[next].references;
  append(next, kHot);
  return false;
}

void RingsSim::move_cold_hand() {
  const uint32_t id = fifos_[kCold].oldest;
  Node& node = nodes_[id];
  if (node.references >= rules_.promote || hot_has_room(node.bytes)) {
    unlink(id);
    node.references = 0;
    append(id, kHot);
  } else {
    evict(id, true);
  }
}

void RingsSim::move_hot_hand() {
  const uint32_t id = fifos_[kHot].oldest;
  Node& node = nodes_[id];
  if (node.references == 0) {
    evict(id, rules_.demote);
  } else {
    unlink(id);
    --node.references;
    append(id, kHot);
  }
}

void RingsSim::evict(uint32_t id, bool leave_ghost) {
  unlink(id);
  if (!leave_ghost) return;
  append(id, kGhost);
  while (double(fifos_[kGhost].bytes) > rules_.ghosts * double(budget_)) unlink(fifos_[kGhost].oldest);
}

}  // namespace larder::bench
