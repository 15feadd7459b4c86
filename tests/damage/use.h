// use.h – every kind of operation on a segment, whatever it answers.
//
// What it is    one random operation a step: on its caches, on its stores, of a burier, a keeper and an onlooker. The
//               segment may be damaged, so answers are taken but not judged; what is watched is the time each takes.
// Concurrency   one Use per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "larder/segment.h"
#include "larder/store.h"
#include "sidecar/keeper.h"
#include "support/values.h"

namespace larder::test {

class Use {
 public:
  enum class Only : uint8_t { data, everything };  ///< operations on entries and records; also keeping and looking on

  Use(const Segment& segment, uint64_t seed, Only only);

  /// One operation; its name, for reports.
  const char* step();

 private:
  const char* use_cache(const Cache& cache);
  const char* write_cache(const Cache& cache, const std::string& key);
  const char* build(const Cache& cache, const std::string& key);
  const char* read_many(const Cache& cache);
  const char* use_store(Store& store);
  const char* change_value(Store& store, const std::string& key);
  const char* count(Store& store, const std::string& key);
  const char* sweep_store(Store& store);
  const char* keep();
  const char* look_on();
  std::string pick_key();
  Store::Ttl pick_ttl();

  Segment segment_;
  Random random_;
  Only only_;
  std::vector<Cache> caches_;
  std::vector<std::unique_ptr<Store>> stores_;
  std::optional<sidecar::Keeper> keeper_;
  std::vector<View> views_;
  std::vector<Builder> builders_;
  std::string buffer_;
  uint64_t version_ = 0;  ///< of a value met last
};

}  // namespace larder::test
