// search.h – running one relacy program: a bounded-preemption search first, then random schedules.
//
// LARDER_MODEL_ITERATIONS sets the number of random schedules; LARDER_MODEL_FULL=1 searches two preemptions everywhere,
// which takes many minutes for the page programs; LARDER_MODEL_RANDOM=1 leaves the bounded search out.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "base/atomic.h"
#include "model/orders.h"

namespace larder::model {

inline const Orders orders;  ///< weakens what LARDER_MODEL_WEAKEN says

inline unsigned iterations() {
  const char* set = std::getenv("LARDER_MODEL_ITERATIONS");
  return set != nullptr ? static_cast<unsigned>(std::strtoul(set, nullptr, 10)) : 100'000;
}

/// `preemptions`: the bound of the exhaustive search; 0 leaves it out.
template <class Suite>
bool search(const char* name, unsigned preemptions = 2) {
  if (std::getenv("LARDER_MODEL_FULL") != nullptr) preemptions = 2;
  if (std::getenv("LARDER_MODEL_RANDOM") != nullptr) preemptions = 0;
  for (const auto kind : {rl::sched_bound, rl::sched_random}) {
    if (kind == rl::sched_bound && preemptions == 0) continue;
    std::ostringstream progress;
    rl::test_params params;
    params.iteration_count = iterations();
    params.search_type = kind;
    params.context_bound = static_cast<int>(preemptions);
    params.execution_depth_limit = 4000;
    params.output_stream = &std::cout;
    params.progress_stream = &progress;
    const bool good = rl::simulate<Suite>(params);
    char how[32] = "random schedules";
    if (kind == rl::sched_bound) std::snprintf(how, sizeof how, "all with %u preemptions", preemptions);
    std::printf("%-45s %-24s %10llu runs  %s\n", name, how, static_cast<unsigned long long>(params.stop_iteration),
                good ? "ok" : "FAILED");
    std::fflush(stdout);
    if (!good) return false;
  }
  return true;
}

}  // namespace larder::model
