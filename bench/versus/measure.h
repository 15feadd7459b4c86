// measure.h – the measurement of one cell: a task on a data set, by all contestants, with one worker and with two.
//
// Each row of a cell first finds the number of operations that fills a repetition; then the contestants take turns, a
// repetition of each of their rows a turn, in a random order that is the same in every run, so that what the machine
// does meanwhile hits all alike. Latencies of single operations are measured in passes of their own, in the first three
// turns.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "versus/contestant.h"

namespace larder::bench::versus {

struct Effort {
  double seconds = 0.15;  ///< of a repetition
  int rounds = 5;         ///< repetitions of every row
};

/// A contestant with the data set in it.
struct Present {
  const Entrant* entrant = nullptr;
  std::unique_ptr<Contestant> contestant;
};

struct Spread {
  double median = 0, least = 0, greatest = 0;
};
Spread spread_of(std::vector<double> values);

/// What was measured of one contestant with one number of workers.
struct Row {
  const Entrant* entrant = nullptr;
  bool batched = false;
  uint32_t workers = 0;
  std::vector<double> cpu_ns, wall_ns;  ///< of an operation, a value a repetition
  std::vector<Latency> latencies;       ///< a value a pass
  uint64_t done = 0;                    ///< operations that hit or stored, of the repetitions
  uint64_t asked = 0;
  uint64_t wrong = 0;  ///< hits whose value was not the key's

  std::string name() const;  ///< of the contestant, and /16 if batched: one word
  double done_share() const { return asked ? double(done) / double(asked) : 0; }
};

struct Cell {
  Task task = Task::get;
  DataSet data;
  std::vector<Row> rows;

  /// The time of an operation by the contestant's clock; see docs/performance.md.
  Spread time_of(const Row& row) const;
};

Cell measure(Task task, const DataSet& data, std::vector<Present>& present, const Effort& effort);

}  // namespace larder::bench::versus
