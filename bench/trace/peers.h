// peers.h – miss ratios of published policies on the same traces, from a file of their simulations.
//
// The file has a heading and lines `trace,size_pct,cache_size,algorithm,miss_ratio,…`.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace larder::bench {

class Peers {
 public:
  /// On failure returns false and says why.
  bool load(const std::string& path, std::string& error);
  /// Miss ratio 0..1, or a negative number if the file does not say.
  double misses(const std::string& trace, double percent, const std::string& algorithm) const;
  /// In the order of the file.
  const std::vector<std::string>& algorithms() const { return algorithms_; }

 private:
  std::map<std::string, double> misses_;
  std::vector<std::string> algorithms_;
};

/// Reduction of the miss ratio relative to FIFO as the S3-FIFO paper reports it: symmetric, so that a bad cell cannot
/// outweigh all others.
double reduction(double fifo, double misses);

}  // namespace larder::bench
