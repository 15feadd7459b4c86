// arena.h – one data set held by every contestant: a Larder segment, the floor and the baseline.
//
// The parent builds and fills all three; workers forked afterwards attach to the segment by its name and inherit the
// other two mappings. Everything is removed when the arena ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "larder/segment.h"
#include "micro/baseline.h"
#include "micro/floor.h"
#include "support/leftovers.h"

namespace larder::bench {

constexpr const char* kCacheName = "bench";

/// A set of keys 0..keys-1 with values of one size.
struct DataSet {
  uint32_t keys = 0;
  uint32_t value_bytes = 0;
  bool evicting = false;  ///< the caches may hold a tenth of it; then there is no floor
  bool operator==(const DataSet&) const = default;
};

class Arena {
 public:
  explicit Arena(const DataSet& data);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  const DataSet& data() const { return data_; }
  const std::string& segment_name() const { return name_; }
  Floor* floor() const { return floor_.get(); }
  Baseline& baseline() const { return *baseline_; }

 private:
  void create_segment();
  void fill();

  DataSet data_;
  std::string name_;
  std::unique_ptr<Leftover> leftover_;  ///< the segment's file
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<Floor> floor_;
  std::unique_ptr<Baseline> baseline_;
};

/// The arena's cache, through an attachment of the calling process. Ends the bench if that fails.
Cache attach_cache(const Arena& arena);

}  // namespace larder::bench
