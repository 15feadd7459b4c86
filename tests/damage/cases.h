// cases.h – many damages, one after the other: attach, use, look; and what came of it.
//
// What it is    each case damages an image, attaches to it and uses it. Cases run in children: a crash or a hang ends a
//               child and is a line of the report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace larder::test {

struct Campaign {
  uint64_t first_seed = 1;  ///< case k is that of seed first_seed + k, whatever the others are
  uint64_t cases = 0;
  uint32_t operations = 1000;  ///< of each case
};

struct Outcome {
  uint64_t cases = 0;
  uint64_t refused = 0;     ///< attach said why not
  uint64_t operations = 0;  ///< done on damaged segments
  uint64_t audits = 0;
  uint64_t diagnoses = 0;
  uint64_t repeated = 0;              ///< because an operation seemed to be slow
  uint64_t worst_us = 0;              ///< processor time of the longest operation
  std::string worst;                  ///< which one that was
  std::vector<std::string> failures;  ///< crashes, hangs, operations beyond kLongest, changed constants; at most 20
};

/// Runs the campaign on these images, which take turns.
Outcome run_cases(const std::vector<std::string>& images, const Campaign& campaign);

}  // namespace larder::test
