// desk.h – what a mail worker does with its caches: read, fill on a miss, refresh, invalidate; and check every hit.
//
// What it is    Desk attaches to the segment as one kind of worker and holds a handle per cache of the workload. Each
//               value that comes back is computed again from its key; a difference is a wrong value, the one thing that
//               must never happen.
// Invariants    tally().wrong counts every hit whose bytes are not exactly those that some worker stored under the key.
// Concurrency   one thread.
// Crash         the tally is written to the crew's board several times a second; what a killed worker did last is lost.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "larder/segment.h"
#include "load/places.h"

namespace larder::tools {

/// Plain counts of one worker; summed by the parent.
struct Tally {
  uint64_t operations = 0, hits = 0, misses = 0, puts = 0, removes = 0, touches = 0;
  uint64_t refused = 0;  ///< puts answered no_room or too_large
  uint64_t wrong = 0;    ///< hits with wrong or torn bytes
  void add(const Tally& other);
};

class Desk {
 public:
  static Result<Desk> open(const std::string& segment, const std::string& directory, const std::string& kind);

  /// get; on a miss a put, as a resolver or directory would answer. True for a hit.
  bool fetch(Place place, std::string_view key, std::optional<uint32_t> tag = {});
  /// get only. True for a hit.
  bool look(Place place, std::string_view key);
  /// get_many; puts what was missing.
  void fetch_many(Place place, std::span<const std::string> keys);
  /// Reads in place; on a miss a put.
  void read_in_place(Place place, std::string_view key);
  /// Publishes the next revision of a snapshot: read, then replace (or put, if it is gone).
  void refresh(Place place, std::string_view key);
  /// Stores the first revision unless a live entry is there.
  void add(Place place, std::string_view key);
  void remove(Place place, std::string_view key);
  void remove_tag(Place place, uint32_t tag);
  void touch(Place place, std::string_view key);

  const Tally& tally() const { return tally_; }
  /// True once an operation was answered `retired` or `detached`: this desk is of no use any more.
  bool lost() const { return lost_; }
  std::string why_lost() const;
  /// Continues the counts of an earlier desk of this worker.
  void inherit(const Tally& tally) { tally_ = tally; }

 private:
  Desk(Segment segment, std::vector<Cache> caches) : segment_(std::move(segment)), caches_(std::move(caches)) {}

  const Cache& cache(Place place) const { return caches_[static_cast<size_t>(place)]; }
  static uint64_t seed_of(Place place, std::string_view key);
  /// Counts an answer and checks the value of a hit. Returns its revision.
  uint32_t judge(Place place, std::string_view key, const Lookup& answer, std::string_view value);
  const std::string& value_of(Place place, std::string_view key, uint32_t revision);
  void store(Place place, std::string_view key, uint32_t revision, std::optional<uint32_t> tag);
  void count(PutResult result);

  Segment segment_;
  std::vector<Cache> caches_;  ///< by Place
  Tally tally_;
  bool lost_ = false;
  std::string read_, written_;  ///< buffers
};

}  // namespace larder::tools
