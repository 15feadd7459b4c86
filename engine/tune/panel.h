// panel.h – the miniature caches of one cache: the settings compared, and the sizes of its miss-ratio curve.
//
// What it is    Panel takes the samples of one cache, looks every key up in each of its miniature caches, and counts
//               who missed. A sample stands for all keys of its share of the hashes, so a miniature cache has that
//               share of the budget. After a hit of the live cache the miniature caches that missed take the entry at
//               once; after a miss, when the put arrives.
// Invariants    T1 every miniature cache sees the same lookups. T2 the number of a key is given to another only when no
//               miniature cache knows it.
// Concurrency   plain memory of one thread.
// Crash         process-private.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "segment/samples.h"
#include "tune/mini_cache.h"

namespace larder::tune {

/// A miniature cache and its misses.
struct Contender {
  MiniCache cache;
  uint64_t misses = 0;

  Contender(const PolicySetting& setting, uint64_t budget) : cache(setting, budget) {}
};

class Panel {
 public:
  /// Adds a miniature cache; before the first sample. Returns its number.
  size_t add(const PolicySetting& setting, uint64_t budget) {
    contenders_.emplace_back(setting, budget);
    return contenders_.size() - 1;
  }
  /// `now` in seconds. Samples of kinds other than hit and miss are no lookups.
  void take(const segment::Sample& sample, uint32_t now);

  uint64_t lookups() const { return lookups_; }
  size_t size() const { return contenders_.size(); }
  Contender& operator[](size_t number) { return contenders_[number]; }
  const Contender& operator[](size_t number) const { return contenders_[number]; }
  size_t keys_known() const { return numbers_.size(); }

 private:
  struct Key {
    uint64_t hash = 0;
    uint32_t expires = 0;  ///< second; 0 = never
    bool awaited = false;  ///< the live cache missed; the put belongs to that lookup
  };
  uint32_t number_of(uint64_t hash);
  void recycle();
  void look(uint32_t number, uint64_t weight, bool live_hit, uint32_t now);

  std::vector<Contender> contenders_;
  std::unordered_map<uint64_t, uint32_t> numbers_;
  std::vector<Key> keys_;
  std::vector<uint32_t> free_;
  size_t recycle_at_ = 4096;
  uint64_t lookups_ = 0;
};

/// Bytes that an entry of this key and value length takes in a page, about.
constexpr uint64_t entry_weight(uint64_t key_and_value) { return (4 + key_and_value + 7) & ~uint64_t{7}; }

}  // namespace larder::tune
