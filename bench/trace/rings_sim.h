// rings_sim.h – the two rings of docs/design/policy.md, entry by entry, with nothing but numbers.
//
// The yardstick for the engine: no pages, no bytes, no concurrency. Rules 1 to 5: a hit counts a reference; a new key
// enters the cold ring, one found among the ghosts the hot ring unless the entry it would push out wins the challenge;
// over budget, the cold hand promotes, fills or evicts, and the hot hand spares or drops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace larder::bench {

struct RingRules {
  double cold = 0.10;
  uint32_t promote = 1;
  uint32_t cap = 3;
  double ghosts = 2.0;
  bool demote = false;
  bool challenge = true;
};

class RingsSim {
 public:
  /// Records of more than `largest` bytes are never stored.
  RingsSim(const RingRules& rules, uint64_t budget, size_t ids, uint64_t largest);
  /// One request: get, and on a miss put. True for a hit.
  bool access(uint32_t id, uint32_t bytes);

 private:
  enum Where : uint8_t { kNowhere, kCold, kHot, kGhost };
  static constexpr uint32_t kNone = ~0u;
  struct Node {
    uint32_t next = kNone;
    uint32_t before = kNone;
    uint32_t bytes = 0;
    uint8_t references = 0;
    Where where = kNowhere;
  };
  struct Fifo {
    uint32_t oldest = kNone;
    uint32_t newest = kNone;
    uint64_t bytes = 0;
  };

  void append(uint32_t id, Where where);
  void unlink(uint32_t id);
  bool hot_has_room(uint32_t bytes) const;
  bool wins_place_in_hot(uint32_t bytes);
  void move_cold_hand();
  void move_hot_hand();
  void evict(uint32_t id, bool leave_ghost);

  RingRules rules_;
  uint64_t budget_;
  uint64_t largest_;
  std::vector<Node> nodes_;
  Fifo fifos_[4];
};

}  // namespace larder::bench
