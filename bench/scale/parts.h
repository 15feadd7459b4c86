// parts.h – what bench_scale measures: what grows with workers, with thread lines, with caches and with bytes.
//
// Every part makes a segment of its own, which is gone with it however the bench ends. Each prints one table and
// answers whether everything that was read was right and every put found room.
#pragma once

#include <cstdint>
#include <string>

#include "larder/segment.h"
#include "support/leftovers.h"

namespace larder::bench {

/// A segment for one part, made under a name of this process.
class Ground {
 public:
  /// Ends the bench with the engine's message if it cannot be made.
  explicit Ground(SegmentOptions options);
  ~Ground();
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  const std::string& name() const { return name_; }
  const Segment& segment() const { return *segment_; }

 private:
  std::string name_;
  std::unique_ptr<Leftover> leftover_;
  std::unique_ptr<Segment> segment_;
};

/// The cache through an attachment of the calling process. Ends the bench if that fails.
Cache open_cache(const std::string& segment, const std::string& cache);

/// A crowd of worker processes on all CPUs beside larderd, 95 % gets and 5 % puts in Zipf order, for so many seconds;
/// 2 workers, then `workers`.
bool measure_workers(uint32_t workers, double seconds);
/// An evicting put beside 2, 64 and 512 thread lines in use.
bool measure_lines(double seconds);
/// larderd beside 1, 16 and 256 caches that nobody uses.
bool measure_caches(double seconds);
/// A segment of so many bytes, full of entries that expire: attaching to it, and larderd beside it.
bool measure_bytes(uint64_t bytes, double seconds);

}  // namespace larder::bench
