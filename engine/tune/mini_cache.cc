// mini_cache.cc – see mini_cache.h.
#include "tune/mini_cache.h"

#include <algorithm>

#include "policy/balance.h"
#include "policy/price.h"

namespace larder::tune {

using policy::Price;

namespace {

constexpr double kForget = 0.001;  ///< weight of the newest entry in the average, once there are enough

Price price_of(const PolicySetting& setting, double weight, double average, uint32_t key, uint64_t round) {
  if (!setting.by_size || average == 0) return {};
  return Price::of(weight / average, Price::dice(key * 0x9e3779b97f4a7c15u, round));
}

}  // namespace

bool MiniCache::look(uint32_t key, uint32_t now) {
  if (key >= nodes_.size()) return false;
  Node& n = nodes_[key];
  if (!resident(n)) return false;
  if (n.expires != 0 && n.expires <= now) {
    unlink(key);
    return false;
  }
  if (n.references < setting_.cap) ++n.references;
  return true;
}

void MiniCache::store(uint32_t key, uint64_t weight, uint32_t expires) {
  Node& n = node(key);
  n.expires = expires;
  if (weight > budget_ / 2) return forget(key);
  if (resident(n)) {
    lists_[n.list].weight += weight - n.weight;
    n.weight = static_cast<uint32_t>(weight);
    return shrink();
  }
  note_weight(weight);
  const bool cold_ghost = n.list == kColdGhost, hot_ghost = n.list == kHotGhost;
  if (cold_ghost || hot_ghost) {
    balance(n, weight);
    unlink(key);
  }
  n.weight = static_cast<uint32_t>(weight);
  enter(key, cold_ghost || (hot_ghost && setting_.demote));
}

void MiniCache::remove(uint32_t key) {
  if (key < nodes_.size() && resident(nodes_[key])) unlink(key);
}

void MiniCache::forget(uint32_t key) {
  if (knows(key)) unlink(key);
}

void MiniCache::use(const PolicySetting& setting) {
  setting_ = setting;
  trim(kColdGhost, setting_.ghosts);
  trim(kHotGhost, setting_.demote ? setting_.ghosts : policy::kRecent);
}

double MiniCache::cold_share() const { return setting_.adapt ? share_ : setting_.cold; }

void MiniCache::note_weight(uint64_t weight) {
  ++seen_;
  average_ += (double(weight) - average_) * std::max(kForget, 1.0 / double(seen_));
}

/// The rings' balance (policy/balance.h): only what returns soon counts.
void MiniCache::balance(const Node& ghost, uint64_t weight) {
  const bool cold = ghost.list == kColdGhost;
  const double age = double(dropped_[cold ? 0 : 1] - ghost.dropped_at) / double(budget_);
  if (!setting_.adapt || age > policy::kRecent) return;
  const double step = policy::ColdShare::kGain * double(weight) / double(budget_);
  share_ = std::clamp(share_ + (cold ? step : -step), policy::ColdShare::kLeast, policy::ColdShare::kMost);
}

void MiniCache::enter(uint32_t key, bool returning) {
  nodes_[key].references = 0;
  append(key, returning && wins_place_in_hot(key) ? kHot : kCold);
  shrink();
}

void MiniCache::append(uint32_t key, List list) {
  Node& n = nodes_[key];
  Fifo& fifo = lists_[list];
  n.list = list;
  n.next = kNone;
  n.before = fifo.newest;
  (fifo.newest == kNone ? fifo.oldest : nodes_[fifo.newest].next) = key;
  fifo.newest = key;
  fifo.weight += n.weight;
}

void MiniCache::unlink(uint32_t key) {
  Node& n = nodes_[key];
  Fifo& fifo = lists_[n.list];
  (n.before == kNone ? fifo.oldest : nodes_[n.before].next) = n.next;
  (n.next == kNone ? fifo.newest : nodes_[n.next].before) = n.before;
  fifo.weight -= n.weight;
  n.list = kNowhere;
}

bool MiniCache::hot_has_room(uint64_t weight) const {
  return double(lists_[kHot].weight + weight) <= (1 - cold_share()) * double(budget_);
}

/// Rule 3.
bool MiniCache::wins_place_in_hot(uint32_t key) {
  if (!setting_.challenge || hot_has_room(nodes_[key].weight)) return true;
  const uint32_t next = lists_[kHot].oldest;
  if (next == kNone) return true;
  const uint32_t price = price_of(setting_, nodes_[next].weight, average_, next, ++rounds_).stay;
  if (nodes_[next].references < price || nodes_[next].references == 0) return true;
  unlink(next);
  nodes_[next].references = static_cast<uint8_t>(nodes_[next].references - price);
  append(next, kHot);
  return false;
}

void MiniCache::shrink() {
  while (weight() > budget_) {
    const bool cold_over_share = double(lists_[kCold].weight) > cold_share() * double(budget_);
    if ((cold_over_share && lists_[kCold].oldest != kNone) || lists_[kHot].oldest == kNone) {
      move_cold_hand();
    } else {
      move_hot_hand();
    }
  }
}

/// Rule 4.
void MiniCache::move_cold_hand() {
  const uint32_t key = lists_[kCold].oldest;
  Node& n = nodes_[key];
  const int price = price_of(setting_, n.weight, average_, key, 0).promotion;
  if (n.references >= static_cast<int>(setting_.promote) + price || hot_has_room(n.weight)) {
    unlink(key);
    n.references = 0;
    append(key, kHot);
  } else {
    drop(key, kCold);
  }
}

/// Rule 5.
void MiniCache::move_hot_hand() {
  const uint32_t key = lists_[kHot].oldest;
  Node& n = nodes_[key];
  const uint32_t price = price_of(setting_, n.weight, average_, key, ++rounds_).stay;
  if (n.references < price) {
    drop(key, kHot);
  } else {
    unlink(key);
    n.references = static_cast<uint8_t>(n.references - price);
    append(key, kHot);
  }
}

void MiniCache::drop(uint32_t key, List from) {
  unlink(key);
  uint64_t& dropped = dropped_[from == kCold ? 0 : 1];
  dropped += nodes_[key].weight;
  nodes_[key].dropped_at = dropped;
  if (from == kCold) {
    append(key, kColdGhost);
    trim(kColdGhost, setting_.ghosts);
  } else if (setting_.demote || setting_.adapt) {
    append(key, kHotGhost);
    trim(kHotGhost, setting_.demote ? setting_.ghosts : policy::kRecent);
  }
}

void MiniCache::trim(List list, double budgets) {
  while (double(lists_[list].weight) > budgets * double(budget_)) unlink(lists_[list].oldest);
}

}  // namespace larder::tune
