// panel.cc – see panel.h.
#include "tune/panel.h"

#include <algorithm>

namespace larder::tune {

using segment::Sample;
using segment::SampleKind;
using segment::SampleWord;

void Panel::take(const Sample& sample, uint32_t now) {
  const uint32_t number = number_of(sample.hash);
  Key& key = keys_[number];
  const uint64_t weight = entry_weight(SampleWord::Bytes::get(sample.word));
  switch (sample.kind()) {
    case SampleKind::hit: return look(number, weight, true, now);
    case SampleKind::miss: return look(number, 0, false, now);
    case SampleKind::put: {
      const auto ttl = static_cast<uint32_t>(SampleWord::Ttl::get(sample.word));
      key.expires = ttl == 0 ? 0 : now + ttl;
      for (Contender& c : contenders_) {
        if (!key.awaited) c.cache.look(number, now);  // an entry that is put again gains a reference
        c.cache.store(number, weight, key.expires);
      }
      key.awaited = false;
      return;
    }
    case SampleKind::remove:
      for (Contender& c : contenders_) c.cache.remove(number);
  }
}

void Panel::look(uint32_t number, uint64_t weight, bool live_hit, uint32_t now) {
  Key& key = keys_[number];
  ++lookups_;
  for (Contender& c : contenders_) {
    if (c.cache.look(number, now)) continue;
    ++c.misses;
    if (live_hit) c.cache.store(number, weight, key.expires);
  }
  key.awaited = !live_hit;
}

uint32_t Panel::number_of(uint64_t hash) {
  const auto found = numbers_.find(hash);
  if (found != numbers_.end()) return found->second;
  if (free_.empty() && keys_.size() >= recycle_at_) recycle();
  uint32_t number = static_cast<uint32_t>(keys_.size());
  if (free_.empty()) {
    keys_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  keys_[number] = {hash, 0, false};
  numbers_.emplace(hash, number);
  return number;
}

void Panel::recycle() {
  for (auto it = numbers_.begin(); it != numbers_.end();) {
    const uint32_t number = it->second;
    const bool known = std::any_of(contenders_.begin(), contenders_.end(),
                                   [number](const Contender& c) { return c.cache.knows(number); });
    if (known) {
      ++it;
    } else {
      free_.push_back(number);
      it = numbers_.erase(it);
    }
  }
  recycle_at_ = std::max<size_t>(4096, 2 * (keys_.size() - free_.size()));
}

}  // namespace larder::tune
