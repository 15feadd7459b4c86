// reads.h – a thousand million reads while everything that is read is replaced and evicted; each value proves itself.
//
// What it is    one Writer puts new versions of few keys as fast as it can: into a cache that holds them all, one that
//               always evicts, one of large values that always evicts, and a store whose records move. Readers get
//               them by every call there is and look at every byte (support/proof.h), and that no key goes back to an
//               older version.
// Concurrency   one Reader or Writer per thread; of writers there is one, so that versions only grow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "larder/segment.h"
#include "larder/store.h"
#include "support/proof.h"
#include "support/temp_directory.h"
#include "support/values.h"

namespace larder::test {

/// What one process did, or all.
struct ReadCounts {
  uint64_t gets = 0, many = 0, views = 0, large = 0,
           store = 0;                     ///< reads by get, get_many, view, of large values, records
  uint64_t hits = 0, torn = 0, back = 0;  ///< back: a version older than one seen before
  uint64_t puts = 0, removes = 0;
  uint64_t reads() const { return gets + many + views + large + store; }
  void add(const ReadCounts& other);
};

SegmentOptions reads_options(const TempDirectory& directory);

/// The keys of one cache or the store, in order, and the longest value there is of them.
struct ReadField {
  std::string name;
  std::vector<std::string> keys;
  std::vector<Proof> proofs;
  size_t longest;
};
const std::vector<ReadField>& read_fields();

class Reader {
 public:
  Reader(const Segment& segment, uint64_t seed);
  /// One read, or one batch.
  void step();
  const ReadCounts& counts() const { return counts_; }

 private:
  struct Place {
    const ReadField* field;
    Cache cache;
    std::vector<uint64_t> seen;  ///< newest version of each key
  };
  Place& pick() { return places_[random_.below(4) == 0 ? 1 : 0]; }
  void get(Place& place);
  void get_many(Place& place);
  void view(Place& place);
  void get_large();
  void get_record();
  void judge(const ReadField& field, std::vector<uint64_t>& seen, size_t key, std::string_view value);

  Random random_;
  std::vector<Place> places_;
  std::unique_ptr<Store> store_;
  std::vector<uint64_t> seen_in_store_;
  std::string buffer_;
  ReadCounts counts_;
};

class Writer {
 public:
  Writer(const Segment& segment, uint64_t seed);
  /// One new version, or a removal.
  void step();
  const ReadCounts& counts() const { return counts_; }

 private:
  Random random_;
  std::vector<Cache> caches_;
  std::unique_ptr<Store> store_;
  std::vector<std::vector<uint64_t>> versions_;  ///< put last, of each field's keys
  std::string value_;
  ReadCounts counts_;
};

/// What all readers and the writer did until `wanted` reads were done, or something was wrong.
struct Readings {
  ReadCounts counts;
  uint64_t evictions = 0, moved = 0;  ///< entries dropped by caches; pages of the store compacted
  double seconds = 0;
  std::string complaint;  ///< a process that did not end well
};
Readings read_under_storm(const TempDirectory& directory, uint64_t wanted, uint32_t readers, uint64_t seed);

}  // namespace larder::test
