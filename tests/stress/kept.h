// kept.h – entries of a cache that refuses instead of evicting: the last value that was acknowledged stays.
//
// What it is    Keeping replaces a few entries of its seat again and again and writes down, outside of the segment,
// what
//               it is about to put and what was answered. After its death each entry has the version that was answered,
//               or the one it was just putting.
// Concurrency   a seat belongs to one life at a time; the shelf is shared by processes.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "larder/segment.h"
#include "stress/counting.h"

namespace larder::test {

constexpr const char* kShelf = "shelf";
constexpr uint32_t kKept = 24;  ///< entries of a seat

/// Shared by all, outside of the segment.
struct Shelf {
  std::atomic<uint64_t> answered[kSeats][kKept];  ///< version; 0 = never put
  std::atomic<uint64_t> begun[kSeats][kKept];     ///< version that was put last, answered or not
};

/// Of the cache, with room for all of them.
CacheOptions shelf_options();

class Keeping {
 public:
  Keeping(const Segment& segment, Shelf& shelf, uint32_t seat);
  /// Replaces one entry. Empty, or what went wrong.
  std::string step();

 private:
  const Cache cache_;
  Shelf& shelf_;
  const uint32_t seat_;
  uint32_t next_ = 0;
};

/// With all of them dead: empty, or what is not as it was answered. Takes what it finds as answered, counts into
/// `there`.
std::string missing(const Cache& cache, Shelf& shelf, uint64_t& there);

}  // namespace larder::test
