// trace_file.h – a recorded trace in memory, ready for the simulations.
//
// A trace file holds records of 16 bytes, little endian: u64 key, u32 size (1 = unknown), u32 time to live. Keys become
// dense ids here. A trace whose sizes are all unknown is given kUnitBytes a record, as `larder replay` does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace larder::bench {

constexpr uint32_t kUnitBytes = 100;        ///< key and value bytes of a record of unknown size
constexpr size_t kMaxRequests = 4'000'000;  ///< requests read of a trace: those the published figures are made of

struct Trace {
  std::string name;             ///< file name without ".bin.gz"
  std::vector<uint32_t> id;     ///< one per request, dense
  std::vector<uint32_t> bytes;  ///< one per request: key and value
  std::vector<uint64_t> hash;   ///< one per id
  uint64_t distinct_bytes = 0;  ///< of the first request of every id
  uint64_t distinct_paged = 0;  ///< the same as entries in pages: header and alignment added
  bool unit = false;            ///< sizes unknown

  double average_bytes() const { return double(distinct_bytes) / double(hash.size()); }
  double entries_at(double percent) const { return double(hash.size()) * percent / 100; }
  /// A share of the distinct keys' bytes; of a unit trace, whole entries.
  uint64_t budget_at(double percent) const {
    return unit ? uint64_t(entries_at(percent)) * kUnitBytes : uint64_t(double(distinct_bytes) * percent / 100);
  }
};

/// Bytes an entry of this key and value length takes in a page.
constexpr uint32_t paged_bytes(uint32_t key_and_value) { return 8 + ((key_and_value + 7) & ~7u); }

/// Reads a gzip or plain trace. On failure returns false and says why in `error`.
bool load_trace(const std::string& path, Trace& trace, std::string& error);

}  // namespace larder::bench
