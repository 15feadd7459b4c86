// contest.cc – see contest.h.
#include "micro/contest.h"

#include <benchmark/benchmark.h>

#include <algorithm>

namespace larder::bench {
namespace {

constexpr uint32_t kFew = 10'000;
constexpr uint32_t kMany = 1'000'000;
constexpr uint32_t kManyLarge = 100'000;  ///< of 4096 bytes
constexpr uint32_t kLarge = 4096;

/// Hands the runs of one pass over to the result.
class Collector : public benchmark::BenchmarkReporter {
 public:
  explicit Collector(CellResult& result) : result_(result) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const auto contestant = Contestant(int(run.counters.at("contestant").value));
      const auto workers = uint32_t(run.counters.at("workers").value);
      Samples& samples = result_.samples[{contestant, workers}];
      samples.cpu_ns.push_back(run.GetAdjustedRealTime());
      samples.wall_ns.push_back(run.counters.at("wall_ns").value);
      samples.hit_share = run.counters.at("hit_share").value;
      samples.wrong += uint64_t(run.counters.at("wrong").value);
    }
  }

 private:
  CellResult& result_;
};

/// One repetition: the whole of its iterations is one order to the crew.
void repeat(benchmark::State& state, Crew& crew, Contestant contestant, Operation operation) {
  const uint64_t asked = uint64_t(state.max_iterations);
  const uint64_t operations = operation == Operation::many ? (asked + kBatch - 1) / kBatch * kBatch : asked;
  double cpu = 0;
  double wall = 0;
  double hits = 0;
  double wrong = 0;
  double reports = 0;
  while (state.KeepRunningBatch(state.max_iterations)) {
    for (const Report& report : crew.run({order_kind(contestant, operation), operations})) {
      cpu += double(report.cpu_ns);
      wall += double(report.wall_ns);
      hits += double(report.hits);
      wrong += double(report.wrong);
      ++reports;
    }
    state.SetIterationTime(cpu / reports * 1e-9 * double(asked) / double(operations));
  }
  state.counters["workers"] = reports;
  state.counters["contestant"] = double(contestant);
  state.counters["wall_ns"] = wall / reports / double(operations);
  state.counters["hit_share"] = hits / reports / double(operations);
  state.counters["wrong"] = wrong;
}

constexpr double kLatencySeconds = 0.1;  ///< time of a pass that measures single operations
constexpr int kLatencyPasses = 3;

/// Measures single operations of every contestant in turn, as often as there are passes.
void measure_latencies(const Cell& cell, std::span<const std::unique_ptr<Crew>> crews, CellResult& result) {
  if (cell.operation == Operation::many) return;
  for (int pass = 0; pass < kLatencyPasses; ++pass)
    for (auto& [who, samples] : result.samples) {
      const auto [contestant, workers] = who;
      if (contestant == Contestant::driver) continue;
      const auto operations = static_cast<uint64_t>(kLatencySeconds * 1e9 / samples.wall_ns.back());
      Latency worst;
      for (const Report& report : crews[workers - 1]->run({order_kind(contestant, cell.operation), operations, true})) {
        worst.median = std::max(worst.median, report.latency.median);
        worst.p99 = std::max(worst.p99, report.latency.p99);
        worst.p999 = std::max(worst.p999, report.latency.p999);
      }
      samples.latencies.push_back(worst);
    }
}

std::vector<DataSet> data_sets() {
  std::vector<DataSet> sets;
  for (const uint32_t bytes : {64u, 512u, kLarge}) {
    for (const uint32_t keys : {kFew, bytes == kLarge ? kManyLarge : kMany}) {
      sets.push_back({keys, bytes, false});
      sets.push_back({keys, bytes, true});
    }
  }
  return sets;
}

bool by_default(const Cell& cell) {
  const bool few = cell.data.keys == kFew;
  const bool large = cell.data.value_bytes == kLarge;
  switch (cell.operation) {
    case Operation::hit: return cell.popularity == Popularity::zipf && (few || !large);
    case Operation::many: return cell.popularity == Popularity::zipf && !large;
    case Operation::miss:
    case Operation::put: return cell.popularity == Popularity::zipf && cell.data.value_bytes == 64;
    case Operation::evict: return cell.popularity == Popularity::uniform && !few;
    case Operation::view: return cell.popularity == Popularity::zipf && few;
  }
  return false;
}

}  // namespace

std::vector<Cell> all_cells() {
  constexpr Operation kOrder[] = {Operation::hit,  Operation::miss, Operation::many,
                                  Operation::view, Operation::put,  Operation::evict};
  std::vector<Cell> cells;
  for (const DataSet& data : data_sets()) {
    for (const Operation operation : kOrder) {
      if (data.evicting != (operation == Operation::evict)) continue;
      if (operation == Operation::view && data.value_bytes != kLarge) continue;
      for (const Popularity popularity : {Popularity::zipf, Popularity::uniform}) {
        cells.push_back({operation, data, popularity});
      }
    }
  }
  return cells;
}

std::vector<Cell> default_cells() {
  std::vector<Cell> cells = all_cells();
  std::erase_if(cells, [](const Cell& cell) { return !by_default(cell); });
  return cells;
}

CellResult measure(const Cell& cell, std::span<const std::unique_ptr<Crew>> crews, const Effort& effort) {
  benchmark::ClearRegisteredBenchmarks();
  for (uint32_t i = 0; i < kContestants; ++i) {
    const auto contestant = Contestant(i);
    if (!takes_part(contestant, cell.operation)) continue;
    for (const std::unique_ptr<Crew>& crew : crews) {
      benchmark::RegisterBenchmark(to_string(contestant),
                                   [&crew, contestant, operation = cell.operation](benchmark::State& state) {
                                     repeat(state, *crew, contestant, operation);
                                   })
          ->UseManualTime()
          ->Unit(benchmark::kNanosecond)
          ->MinTime(effort.seconds)
          ->Repetitions(effort.rounds);
    }
  }
  CellResult result{cell, {}};
  Collector collector(result);
  benchmark::RunSpecifiedBenchmarks(&collector, "all");
  benchmark::ClearRegisteredBenchmarks();
  measure_latencies(cell, crews, result);
  return result;
}

}  // namespace larder::bench
