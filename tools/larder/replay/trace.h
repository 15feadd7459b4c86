// trace.h – recorded traces: files of 16-byte records, gzip-compressed or plain, read as a stream.
//
// What it is    TraceReader hands out records block by block; survey() reads a file once and says what is in it.
// Invariants    a file whose length is no multiple of a record, or whose compression is damaged, is an error.
// Concurrency   one thread per reader.
// Crash         only reads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "larder/result.h"

namespace larder::tools {

/// One request, as in the file (little endian).
struct TraceRecord {
  uint64_t key = 0;
  uint32_t size = 0;  ///< bytes of key and value; 1 = unknown
  uint32_t ttl = 0;   ///< seconds; 0 = none
};
static_assert(sizeof(TraceRecord) == 16);

class TraceReader {
 public:
  static Result<TraceReader> open(const std::string& path);
  /// Fills the block as far as there are records; 0 at the end.
  Result<size_t> read(std::span<TraceRecord> block);

 private:
  struct Close {
    void operator()(void* file) const;
  };
  TraceReader(std::string path, void* file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  std::unique_ptr<void, Close> file_;  ///< a gzFile
};

constexpr uint32_t kLargestChosenPage = 64 << 10;

/// What a trace holds, up to the limit of requests.
struct TraceSurvey {
  uint64_t requests = 0;
  uint64_t keys = 0;       ///< distinct
  uint64_t key_bytes = 0;  ///< recorded sizes of the distinct keys, as first seen
  bool unit_size = true;   ///< no sizes are known
  // Of the distinct keys whose record fits the largest page that the engine chooses by itself:
  uint64_t fitting = 0;
  double fitting_bytes = 0;    ///< sum of sizes
  double fitting_squares = 0;  ///< sum of squared sizes
};
Result<TraceSurvey> survey(const std::string& path, uint64_t limit);

}  // namespace larder::tools
