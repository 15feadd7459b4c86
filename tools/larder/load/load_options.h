// load_options.h – options of `larder load`, shared by the parent and its worker processes.
//
// What it is    the parent hands them on to the hidden verb `load-worker` as command-line arguments.
// Invariants    none.
// Concurrency   plain values.
// Crash         nothing is shared.
#pragma once

#include <cstdint>
#include <string>

namespace larder::tools {

/// Operations per second of one worker if not asked otherwise: three workers then keep a laptop core half idle.
constexpr double kDefaultRate = 20'000;

struct LoadOptions {
  uint32_t smtp = 1, imap = 1, jmap = 1;
  double seconds = 20;      ///< 0 = until interrupted
  uint64_t operations = 0;  ///< per worker; 0 = as many as the time allows
  double rate = kDefaultRate;
  uint64_t seed = 1;
  uint32_t users = 20'000, domains = 5'000;
  bool respawn = false, json = false;
  std::string kind, seat;  ///< of a worker process
  uint32_t number = 0;     ///< of a worker process, among its kind

  /// What a worker process needs to know (worker_options.h).
  template <class Visit>
  void hand_over(const Visit& visit) {
    visit("--kind", kind);
    visit("--number", number);
    visit("--seconds", seconds);
    visit("--operations", operations);
    visit("--rate", rate);
    visit("--seed", seed);
    visit("--users", users);
    visit("--domains", domains);
  }
};

}  // namespace larder::tools
