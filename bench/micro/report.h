// report.h – the tables of a bench run: times, ratios, and whether the figures to reach were reached.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "micro/contest.h"

namespace larder::bench {

/// "put+evict 1M x 64 uniform", in columns.
std::string title(const Cell& cell);
/// CPU time that an evicting put may take, in nanoseconds.
double write_limit(uint32_t value_bytes);
/// One figure to reach and whether it was; nothing if it was not measured.
void print_target(const std::string& what, const std::optional<double>& measured, double wanted, bool at_most);

/// Column heads of the lines print_result() prints.
void print_head();
/// One line for each number of workers: ns an operation for each contestant (median, in brackets least and greatest),
/// larder : floor, baseline : larder, and the throughput of two workers relative to one, of Larder and of the floor.
void print_result(const CellResult& result);
/// The figures to reach, each with what was measured. False if a value was wrong or a stored key was not found.
bool print_verdict(const std::vector<CellResult>& results);

}  // namespace larder::bench
