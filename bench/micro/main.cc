// main.cc – bench_micro: what an operation costs, beside the floor and beside a cache under a mutex.
//
//   bench_micro                 a subset of the cells, in a few minutes
//   bench_micro --full          every cell
//   bench_micro --only hit      cells whose operation contains the word
//   bench_micro --sidecar       evicting puts with and without larderd beside them
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "micro/beside.h"
#include "micro/contest.h"
#include "micro/report.h"

namespace larder::bench {
namespace {

constexpr size_t kTraceRequests = size_t{4} << 20;

/// Hands Google Benchmark the one flag of its own that the bench needs.
void set_up_google_benchmark() {
  std::string program = "bench_micro";
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  char* arguments[] = {program.data(), interleave.data(), nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
}

std::vector<std::vector<uint32_t>> make_traces(const Cell& cell) {
  std::vector<std::vector<uint32_t>> traces;
  for (uint32_t worker = 0; worker < kMaxCrew; ++worker) {
    traces.push_back(make_trace(cell.popularity, cell.data.keys, kTraceRequests, 1000 + worker));
  }
  return traces;
}

std::unique_ptr<Crew> make_crew(const Arena& arena, const std::vector<std::vector<uint32_t>>& traces,
                                uint32_t workers) {
  return std::make_unique<Crew>(workers, [&](uint32_t worker) -> Crew::Work {
    auto driver = std::make_shared<Driver>(arena, traces[worker]);
    return [driver](const Order& order) { return driver->run(order); };
  });
}

CellResult run_cell(const Arena& arena, const Cell& cell, uint32_t max_workers, const Effort& effort) {
  const std::vector<std::vector<uint32_t>> traces = make_traces(cell);
  std::vector<std::unique_ptr<Crew>> crews;
  for (uint32_t workers = 1; workers <= max_workers; ++workers) crews.push_back(make_crew(arena, traces, workers));
  return measure(cell, crews, effort);
}

bool run_all(const std::vector<Cell>& cells, uint32_t max_workers, const Effort& effort) {
  std::vector<CellResult> results;
  std::unique_ptr<Arena> arena;
  print_head();
  for (const Cell& cell : cells) {
    if (!arena || arena->data() != cell.data) {
      arena.reset();
      arena = std::make_unique<Arena>(cell.data);
    }
    results.push_back(run_cell(*arena, cell, max_workers, effort));
    print_result(results.back());
  }
  return print_verdict(results);
}

bool run_beside(const std::vector<Cell>& cells, const Effort& effort) {
  bool fine = true;
  for (const Cell& cell : cells) {
    const Arena arena(cell.data);
    const std::vector<std::vector<uint32_t>> traces = make_traces(cell);
    fine = measure_beside(arena, cell, *make_crew(arena, traces, 1), effort) && fine;
  }
  return fine;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  CLI::App app("Measures cache operations beside the floor and beside a cache under a mutex.");
  bool full = false;
  std::string only;
  uint32_t workers = kMaxCrew;
  uint32_t keys = 0;
  bool huge = false;
  bool sidecar = false;
  Effort effort;
  app.add_flag("--huge", huge, "floor and baseline in pages of 2 MiB, as Larder's segments are where the kernel can");
  app.add_flag("--full", full, "every cell, about half an hour");
  app.add_flag("--sidecar", sidecar, "evicting puts of one worker, with and without larderd beside it");
  app.add_option("--only", only, "only operations whose name contains this, e.g. \"hit\"");
  app.add_option("--keys", keys, "only data sets of this many keys");
  app.add_option("--workers", workers, "most worker processes")->check(CLI::Range(1u, kMaxCrew));
  app.add_option("--rounds", effort.rounds, "repetitions of every contestant")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", effort.seconds, "least time of a repetition")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  if (sidecar) only = to_string(Operation::evict);
  std::vector<Cell> cells = full ? all_cells() : default_cells();
  std::erase_if(cells, [&](const Cell& cell) {
    return std::string(to_string(cell.operation)).find(only) == std::string::npos || (keys && cell.data.keys != keys);
  });
  if (cells.empty()) {
    fmt::print(stderr, "bench_micro: no cell matches --only {} --keys {}; without them all are run\n", only, keys);
    return 2;
  }
  use_huge_pages(huge);
  if (sidecar) return run_beside(cells, effort) ? 0 : 1;
  set_up_google_benchmark();
  return run_all(cells, workers, effort) ? 0 : 1;
}
