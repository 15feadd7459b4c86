// replay_options.h – options of `larder replay` and the figures of its workers, shared by parent and workers.
//
// What it is    the parent hands options on to the hidden verb `replay-worker`; a worker writes ReplayFigures to its
//               seat of the board when it is done.
// Invariants    ReplayFigures is plain numbers.
// Concurrency   plain values.
// Crash         a killed worker's figures are missing, which the parent reports.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/histogram.h"

namespace larder::tools {

constexpr uint32_t kTraceKeyBytes = 8;

struct ReplayOptions {
  std::vector<std::string> files;
  uint32_t workers = 1;
  uint64_t requests = 0;       ///< at most so many of each file; 0 = all
  std::string budget;          ///< key and value bytes to hold, as text; empty = percent
  double percent = 10;         ///< of the working set
  uint32_t value_bytes = 100;  ///< key and value bytes of a record in traces without sizes
  std::string page;            ///< page size as text; empty = chosen by the engine
  std::string cache;           ///< in a live segment
  bool json = false;
};

struct ReplayWorkerOptions {
  std::string file, cache, seat;
  uint32_t workers = 1, number = 0;
  uint64_t requests = 0;
  uint32_t record_bytes = 0;  ///< of every record; 0 = as recorded

  /// What a worker process needs to know (worker_options.h).
  template <class Visit>
  void hand_over(const Visit& visit) {
    visit("--file", file);
    visit("--cache", cache);
    visit("--workers", workers);
    visit("--number", number);
    visit("--requests", requests);
    visit("--record-bytes", record_bytes);
  }
};

struct ReplayFigures {
  uint64_t done = 0;  ///< 1 once complete
  uint64_t requests = 0, hits = 0, misses = 0;
  uint64_t stored = 0, too_large = 0, no_room = 0, failed = 0;
  uint64_t call_ns = 0;   ///< spent in get and put, and between them
  uint64_t timer_ns = 0;  ///< what one measurement costs, included in each
  Histogram get_ns, put_ns;

  void add(const ReplayFigures& other) {
    requests += other.requests;
    hits += other.hits;
    misses += other.misses;
    stored += other.stored;
    too_large += other.too_large;
    no_room += other.no_room;
    failed += other.failed;
    call_ns += other.call_ns;
    timer_ns = std::max(timer_ns, other.timer_ns);
    get_ns.merge(other.get_ns);
    put_ns.merge(other.put_ns);
  }
};

}  // namespace larder::tools
