// torture.h – a fleet of worker processes that a tormentor kills, stops and replaces at random.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_directory.h"
#include "support/values.h"

namespace larder::test {

struct Torture {
  uint32_t workers = 6;
  bool keeper = false;  ///< a keeper process runs too (and is killed and replaced now and then)
  std::chrono::milliseconds duration{};
  uint64_t seed = 1;
};

struct Toll {
  uint64_t operations = 0;
  uint32_t kills = 0;
  uint32_t keeper_kills = 0;
  uint32_t stops = 0;
  uint32_t failures = 0;  ///< workers that met something wrong (their text is on stderr)
  uint32_t live_audits = 0;
  std::string live_violation;   ///< the first one an audit of the running segment found
  std::vector<double> bury_ms;  ///< from death to an empty slot, with a keeper
};

/// Runs the fleet on a segment "test" in the directory until the time is up and everybody has left.
Toll torture(const TempDirectory& directory, const Torture& torture);

}  // namespace larder::test
