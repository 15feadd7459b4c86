// contest.h – which cells are measured, and the measurement of one of them with Google Benchmark.
//
// A cell is an operation on a data set with a popularity. All contestants of a cell, with one worker and with two, are
// registered together and run in one pass with random interleaving of their repetitions, so that what the machine does
// meanwhile hits all alike. The iteration time is set by hand from the workers' own clocks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "micro/drive.h"
#include "support/crew.h"
#include "support/workload.h"

namespace larder::bench {

struct Cell {
  Operation operation;
  DataSet data;
  Popularity popularity;
};

/// The cells in the order in which they are measured: those of one data set together, writes after reads.
std::vector<Cell> all_cells();
std::vector<Cell> default_cells();

struct Effort {
  double seconds = 0.2;  ///< least time of a repetition
  int rounds = 5;        ///< repetitions of every contestant
};

/// Samples of one contestant with one number of workers, a value a repetition.
struct Samples {
  std::vector<double> cpu_ns;      ///< CPU time of an operation, mean of the workers
  std::vector<double> wall_ns;     ///< wall time of an operation, mean of the workers
  std::vector<Latency> latencies;  ///< of single operations, a pass of its own each
  double hit_share = 0;            ///< of the last repetition
  uint64_t wrong = 0;              ///< values that were not the key's, over all repetitions
};

struct CellResult {
  Cell cell;
  std::map<std::pair<Contestant, uint32_t>, Samples> samples;  ///< by contestant and number of workers
};

/// Measures the cell with each of the crews (the first has one worker, the second two).
CellResult measure(const Cell& cell, std::span<const std::unique_ptr<Crew>> crews, const Effort& effort);

}  // namespace larder::bench
