// storm.h – a fleet of workers, larderd and the tool on one segment, and a tormentor above them.
//
// What it is    workers use caches (every value proves itself) and a store (increments and leases are written down
//               outside), fork children, and are killed, stopped and replaced; so are larderd, of which there may be
//               two, and the tool, which looks on in all its ways. A supervisor checks the segment all the while.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "larder/options.h"
#include "support/temp_directory.h"

namespace larder::test {

struct Storm {
  std::chrono::milliseconds duration{};
  uint64_t seed = 1;
  uint32_t workers = 6;  ///< at most kSeats
};

struct Damages {
  uint64_t operations = 0;  ///< of workers
  uint64_t increments = 0, uncertain = 0, leases = 0;
  uint64_t forks = 0;
  uint32_t worker_kills = 0, daemon_kills = 0, tool_kills = 0;
  uint32_t everybody_kills = 0;  ///< all workers and daemons at one moment
  uint32_t stops = 0;
  uint32_t daemons = 0, tools = 0;  ///< started
  uint64_t buried = 0;
  uint64_t audits = 0, checks = 0;
  std::vector<std::string> violations;  ///< what was wrong; the storm ends with the first
};

SegmentOptions storm_options(const TempDirectory& directory);

/// Lets it blow over a segment of storm_options() and reports.
Damages blow(const TempDirectory& directory, const Storm& storm);

}  // namespace larder::test
