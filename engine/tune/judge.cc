// judge.cc – see judge.h.
#include "tune/judge.h"

#include <algorithm>
#include <cmath>

namespace larder::tune {

bool Judge::window(std::span<const uint64_t> misses) {
  const size_t count = scores_.size();
  for (size_t i = 0; i < count; ++i) {
    scores_[i] = scores_[i] * kMemory + double(misses[i]);
    for (size_t j = 0; j < count; ++j) {
      const double difference = double(misses[i]) - double(misses[j]);
      double& spread = spread_[i * count + j];
      spread = spread * kMemory + difference * difference;
    }
  }
  margin_ = std::max(kMargin, margin_ * kCalm);
  const auto best = static_cast<size_t>(std::min_element(scores_.begin(), scores_.end()) - scores_.begin());
  const double gain = scores_[in_use_] - scores_[best];
  if (gain <= margin_ * scores_[in_use_] || gain <= kDoubt * std::sqrt(spread_[in_use_ * count + best])) return false;
  in_use_ = best;
  margin_ = std::min(margin_ * kCaution, kMostMargin);
  return true;
}

}  // namespace larder::tune
