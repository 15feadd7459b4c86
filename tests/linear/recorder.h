// recorder.h – makes processes work on a few hot keys of one cache or store and records what they did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linear/history.h"

namespace larder::test {

constexpr uint64_t kLongestRound = 24'000;  ///< operations; kills come at the beginning of each

/// One recording: rounds of `processes` processes on keys of their own, some of which are killed and replaced.
struct Recording {
  std::string directory;          ///< of a segment "test" with a cache "main" or a store "memory"
  uint64_t operations = 200'000;  ///< over all rounds and processes
  uint32_t rounds = 10;           ///< more than that if they would be longer than kLongestRound
  uint32_t processes = 4;
  uint32_t keys = 6;    ///< per round
  uint32_t kills = 3;   ///< per round
  bool removes = true;  ///< without, a key stays once it was put, and its index slot is only ever updated
  uint64_t large = 0;   ///< one value in so many takes several pages; 0 = none
  uint64_t seed = 1;
  bool store = false;  ///< works on the store; every other key is durable
};

struct Recorded {
  std::vector<Event> events;
  uint32_t killed = 0;      ///< processes killed while they were at work
  uint64_t unanswered = 0;  ///< operations they were inside
  uint32_t failed = 0;      ///< processes that met a wrong value or answer (their text is on stderr)
};
Recorded record(const Recording& recording);

/// The life of one process at work on the store, until its log is full; recorder.cc has that of a cache's.
int act_on_store(const Recording& recording, uint32_t round, uint32_t number, Log& log);

}  // namespace larder::test
