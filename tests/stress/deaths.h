// deaths.h – everybody at work on a segment dies at one moment, again and again; what the next one to attach finds.
//
// What it is    each round starts workers (users of caches, counters, keepers of entries that must stay, and every
// other
//               round a keeper), kills all of them by one signal at a random moment, and attaches anew, timed. Outside
//               of the segment it is written down what was answered: nothing of that may be lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larder/options.h"
#include "support/temp_directory.h"

namespace larder::test {

struct Deaths {
  uint32_t rounds = 0;
  uint32_t workers = 5;        ///< up to kSeats
  uint32_t rounds_a_look = 8;  ///< after so many the dead segment is audited
  uint64_t seed = 1;
};

/// What the rounds took and found.
struct Survival {
  uint32_t rounds = 0;
  uint64_t killed = 0;      ///< workers and keepers
  uint64_t operations = 0;  ///< of workers
  uint64_t increments = 0, uncertain = 0;
  uint64_t stayed = 0;  ///< entries that were looked for after a round, and there
  uint64_t buried = 0;  ///< by who attached, after the attach, which buries one
  std::vector<double> attach_ms, attach_cpu_ms, bury_ms;
  std::vector<double> audit_ms;         ///< of the mapped segment
  uint64_t bytes = 0;                   ///< of the segment
  std::vector<std::string> violations;  ///< the campaign ends with the first round that has any
};

/// The segment "test" for it.
SegmentOptions deaths_options(const TempDirectory& directory);
Survival survive(const TempDirectory& directory, const Deaths& deaths);

}  // namespace larder::test
