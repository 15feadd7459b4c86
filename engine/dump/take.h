// take.h – takes a dump of a segment: what its caches and stores hold, while others work on it.
//
// What it is    the way from an Inspector to a Writer.
// Invariants    reads only. Each record is as it was at one moment of the dump; the records together are of no one
//               moment. A record of a store that is there from beginning to end is in the dump; an entry of a cache
//               that is written faster than it can be copied may be missing. What has expired is left out.
// Concurrency   beside any number of workers, live, stopped or dead.
// Crash         the segment is untouched; what was written has no trailer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dump/writer.h"
#include "observe/observe.h"

namespace larder::dump {

struct TakeOptions {
  std::vector<std::string> names{};     ///< caches and stores; empty = all
  std::string prefix{};                 ///< only keys that begin so
  std::function<bool()> interrupted{};  ///< asked now and then; true ends the dump with Code::busy
};

/// What was taken of one region.
struct Taken {
  Region region;
  uint64_t entries = 0, values = 0, counters = 0;
  uint64_t payload_bytes = 0;  ///< of keys and values
};
struct Receipt {
  std::vector<Taken> regions;
  uint64_t records = 0;
  uint64_t file_bytes = 0;
};

/// Code::not_found if a name is none of the segment's; else what the sink says.
Result<Receipt> take(const observe::Inspector& inspector, const TakeOptions& options, const Sink& sink);
/// Into a file that only its owner may read and that has its name once it is complete and on disk. Code::exists if
/// there is one and `replace` is false.
Result<Receipt> take_to_file(const observe::Inspector& inspector, const TakeOptions& options, const std::string& path,
                             bool replace);

}  // namespace larder::dump
