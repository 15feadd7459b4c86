// engine_run.h – a recorded trace through the real engine, in this process.
//
// Every policy is charged the key and value bytes it holds, nothing else: the engine gets the memory in which it holds
// just the budget, found by trial. Each request is a get; after a miss comes a put.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larder/options.h"
#include "observe/policy.h"
#include "trace/trace_file.h"

namespace larder::bench {

struct EngineRun {
  uint64_t misses = 0;
  uint64_t too_large = 0;
  double held = 0;                         ///< greatest key and value bytes seen, in budgets
  uint64_t memory = 0;                     ///< bytes of the cache
  uint32_t switches = 0;                   ///< of the setting, by a tuner
  std::vector<observe::CurvePoint> curve;  ///< misses at other sizes, as the tuner predicts them
  std::string failure;                     ///< not empty: why there are no figures
};

struct EngineCase {
  PolicySetting policy{};
  bool tuned = false;   ///< a sidecar takes the samples between any two batches of requests
  uint64_t memory = 0;  ///< bytes of the cache; 0 = to be found
};

EngineRun run_engine(const Trace& trace, uint64_t budget, const EngineCase& how);

}  // namespace larder::bench
