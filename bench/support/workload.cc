// workload.cc – see workload.h.
#include "support/workload.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace larder::bench {
namespace {

constexpr double kExponent = 0.99;

std::vector<double> cumulated_weights(uint32_t keys) {
  std::vector<double> sums(keys);
  double sum = 0;
  for (uint32_t rank = 0; rank < keys; ++rank) sums[rank] = sum += std::pow(rank + 1, -kExponent);
  return sums;
}

/// The same for every seed: popular keys are popular with every worker.
std::vector<uint32_t> scrambled_ids(uint32_t keys) {
  std::vector<uint32_t> ids(keys);
  std::iota(ids.begin(), ids.end(), 0u);
  std::mt19937_64 random(20260101);
  std::shuffle(ids.begin(), ids.end(), random);
  return ids;
}

}  // namespace

const char* to_string(Popularity popularity) { return popularity == Popularity::zipf ? "zipf" : "uniform"; }

std::vector<uint32_t> make_trace(Popularity popularity, uint32_t keys, size_t requests, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint32_t> trace(requests);
  if (popularity == Popularity::uniform) {
    std::uniform_int_distribution<uint32_t> any(0, keys - 1);
    for (uint32_t& id : trace) id = any(random);
    return trace;
  }
  const std::vector<double> sums = cumulated_weights(keys);
  const std::vector<uint32_t> ids = scrambled_ids(keys);
  std::uniform_real_distribution<double> any(0, sums.back());
  for (uint32_t& id : trace) {
    const auto rank = std::upper_bound(sums.begin(), sums.end() - 1, any(random)) - sums.begin();
    id = ids[size_t(rank)];
  }
  return trace;
}

}  // namespace larder::bench
