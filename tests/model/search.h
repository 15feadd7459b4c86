// search.h – running one relacy program: a bounded-preemption search first, then random schedules.
//
// LARDER_MODEL_ITERATIONS raises the number of schedules of each kind.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "base/atomic.h"

namespace larder::model {

inline unsigned iterations() {
  const char* set = std::getenv("LARDER_MODEL_ITERATIONS");
  return set != nullptr ? static_cast<unsigned>(std::strtoul(set, nullptr, 10)) : 100'000;
}

template <class Suite>
bool search(const char* name) {
  for (const auto kind : {rl::sched_bound, rl::sched_random}) {
    std::ostringstream progress;
    rl::test_params params;
    params.iteration_count = iterations();
    params.search_type = kind;
    params.context_bound = 2;
    params.execution_depth_limit = 4000;
    params.output_stream = &std::cout;
    params.progress_stream = &progress;
    const bool good = rl::simulate<Suite>(params);
    const char* how = kind == rl::sched_bound ? "at most two preemptions" : "random schedules";
    std::printf("%-45s %-24s %10llu runs  %s\n", name, how, static_cast<unsigned long long>(params.stop_iteration), good ? "ok" : "FAILED");
    std::fflush(stdout);
    if (!good) return false;
  }
  return true;
}

}  // namespace larder::model
