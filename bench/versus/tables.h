// tables.h – what bench_versus prints: Markdown tables of times, latencies and memory, and a table for programs (CSV).
#pragma once

#include <string>
#include <vector>

#include "versus/measure.h"

namespace larder::bench::versus {

/// Memory of one contestant with one data set in it.
struct Footprint {
  const Entrant* entrant = nullptr;
  DataSet data;
  Memory memory;

  double overhead() const;  ///< bytes beyond key and value, of each entry
};

/// Everything measured, in tables; times of a contestant are followed by how many times Larder's they are.
void print_tables(const std::vector<Cell>& cells, const std::vector<Footprint>& footprints);

/// Says what is wrong, if anything: values that were not their key's, keys that were not found. False for wrong values.
bool print_verdict(const std::vector<Cell>& cells);

/// One line a row of a cell. Ends the bench if the file cannot be written.
void write_csv(const std::string& file, const std::vector<Cell>& cells, const std::vector<Footprint>& footprints);

}  // namespace larder::bench::versus
