// outcome.h – what a replay found, as text and as JSON.
//
// What it is    Outcome gathers the workers' figures and the cache's; print forms for people and scripts.
// Invariants    requests == hits + misses.
// Concurrency   plain values.
// Crash         nothing is shared.
#pragma once

#include <string>

#include "larder/stats.h"
#include "replay/replay_options.h"
#include "replay/stage.h"

namespace larder::tools {

struct Outcome {
  std::string file;
  uint32_t workers = 1;
  double seconds = 0;  ///< from the opening of the gate to the last worker's end
  ReplayFigures sum;
  CacheFigures before, after;  ///< of the cache
  uint64_t peak_payload = 0;   ///< most key and value bytes seen held
  uint64_t peak_entries = 0;

  uint64_t since(Counter counter) const { return after[counter] - before[counter]; }
  uint64_t evictions() const { return since(Counter::evictions) + since(Counter::index_evictions); }
};

std::string outcome_text(const Outcome& outcome, const Stage& stage);
std::string outcome_json(const Outcome& outcome, const Stage& stage);

}  // namespace larder::tools
