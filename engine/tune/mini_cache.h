// mini_cache.h – the rules of docs/design/policy.md, entry by entry, with nothing but numbers.
//
// What it is    a cache without bytes: keys are small dense numbers, an entry is its weight. It tells for each lookup
//               whether a cache of this setting and budget would have had the entry. Fed with every access it is the
//               yardstick that the engine is measured against; fed with the accesses of a sampled share of the keys,
//               and given that share of the budget, it predicts the engine's misses (miniature simulation).
// Invariants    N1 cold + hot weight <= budget after every call. N2 ghosts weigh at most `ghosts` budgets, what the hot
//               ring dropped last at most kRecent. N3 a key is in one list or in none.
// Concurrency   plain memory of one thread.
// Crash         process-private.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "larder/options.h"

namespace larder::tune {

class MiniCache {
 public:
  MiniCache(const PolicySetting& setting, uint64_t budget) : setting_(setting), budget_(budget), share_(setting.cold) {}

  /// Counts a reference if the entry is there and has not expired. `now` in seconds, of any clock.
  bool look(uint32_t key, uint32_t now = 0);
  /// Puts an entry, or puts it again. What weighs more than half the budget is not kept. `expires` 0 = never.
  void store(uint32_t key, uint64_t weight, uint32_t expires = 0);
  void remove(uint32_t key);
  /// A lookup and, if it missed, the put that follows. True for a hit.
  bool access(uint32_t key, uint64_t weight) {
    if (look(key)) return true;
    store(key, weight);
    return false;
  }

  /// Goes on under another setting with what is there. The adapted share stays.
  void use(const PolicySetting& setting);
  /// Forgets what a key ever was, so that its number can be another's.
  void forget(uint32_t key);
  bool knows(uint32_t key) const { return key < nodes_.size() && nodes_[key].list != kNowhere; }
  double cold_share() const;
  uint64_t budget() const { return budget_; }
  uint64_t weight() const { return lists_[kCold].weight + lists_[kHot].weight; }
  const PolicySetting& setting() const { return setting_; }

 private:
  enum List : uint8_t { kNowhere, kCold, kHot, kColdGhost, kHotGhost, kLists };
  static constexpr uint32_t kNone = ~0u;
  struct Node {
    uint32_t next = kNone;
    uint32_t before = kNone;
    uint32_t expires = 0;
    uint32_t weight = 0;
    uint64_t dropped_at = 0;  ///< of a ghost: weight its ring had dropped before
    uint8_t references = 0;
    List list = kNowhere;
  };
  struct Fifo {
    uint32_t oldest = kNone;
    uint32_t newest = kNone;
    uint64_t weight = 0;
  };

  Node& node(uint32_t key) {
    if (key >= nodes_.size()) nodes_.resize(key + key / 2 + 64);
    return nodes_[key];
  }
  bool resident(const Node& node) const { return node.list == kCold || node.list == kHot; }
  void append(uint32_t key, List list);
  void unlink(uint32_t key);
  void note_weight(uint64_t weight);
  void balance(const Node& ghost, uint64_t weight);
  void enter(uint32_t key, bool returning);
  bool hot_has_room(uint64_t weight) const;
  bool wins_place_in_hot(uint32_t key);
  void shrink();
  void move_cold_hand();
  void move_hot_hand();
  void drop(uint32_t key, List from);
  void trim(List list, double budgets);

  PolicySetting setting_;
  uint64_t budget_;
  double share_;        ///< of the cold ring, adapted
  double average_ = 0;  ///< weight of the entries that came
  uint64_t seen_ = 0;
  uint64_t rounds_ = 0;  ///< moves of the hot hand, for its dice
  std::vector<Node> nodes_;
  std::array<Fifo, kLists> lists_{};
  std::array<uint64_t, 2> dropped_{};  ///< weight, by the cold ring and by the hot ring
};

}  // namespace larder::tune
