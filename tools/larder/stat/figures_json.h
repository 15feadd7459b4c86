// figures_json.h – figures as JSON, with stable names that carry their units (docs/tools.md lists them).
//
// What it is    one object a sample; scripts and dashboards read it, so fields are added but never renamed.
// Invariants    every counter of counters.def appears under "counters" by its own name.
// Concurrency   pure functions.
// Crash         nothing is shared.
#pragma once

#include <string>

#include "common/json.h"
#include "stat/sampler.h"

namespace larder::tools {

/// Appends one worker; `operations_per_second` may be null if it was not measured.
void append_worker(Json& json, const WorkerFigures& worker, const double* operations_per_second);
/// The whole sample; `rows` are the caches chosen.
std::string figures_json(const Sampler& sampler, const std::vector<CacheRow>& rows);

}  // namespace larder::tools
