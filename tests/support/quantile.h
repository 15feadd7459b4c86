// quantile.h – a quantile of what was measured.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace larder::test {

/// The value that `share` (0..1) of all lie below; 0 of none.
inline double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

}  // namespace larder::test
