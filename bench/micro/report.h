// report.h – the tables of a bench run: times, ratios, and whether the figures to reach were reached.
#pragma once

#include <vector>

#include "micro/contest.h"

namespace larder::bench {

/// Column heads of the lines print_result() prints.
void print_head();
/// One line for each number of workers: ns an operation for each contestant (median, in brackets least and greatest),
/// larder : floor, baseline : larder, and the throughput of two workers relative to one, of Larder and of the floor.
void print_result(const CellResult& result);
/// The figures to reach, each with what was measured. False if a value was wrong or a stored key was not found.
bool print_verdict(const std::vector<CellResult>& results);

}  // namespace larder::bench
