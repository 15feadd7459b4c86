// traces.cc – bench_traces: what the engine keeps, on recorded traces, beside published policies.
//
// For every trace of a directory and every cache size: the misses of the engine under its default setting and tuned by
// a sidecar, of an exact simulation of the default setting, and of FIFO and the optimum from the file of peers. At the
// end the mean reduction of the miss ratio relative to FIFO, the worst cell, and the share of the way from FIFO to the
// optimum, of the engine and of the peers over the same cells.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "trace/engine_run.h"
#include "trace/peers.h"
#include "trace/trace_file.h"
#include "tune/mini_cache.h"

namespace larder::bench {
namespace {

constexpr double kLeastEntries = 20;  ///< smaller caches are left out
constexpr const char* kOptimum = "Belady";

struct Plan {
  std::string directory = "../shared/traces";
  std::string peers;
  std::string only;
  std::string csv;
  std::vector<double> percents{0.1, 1, 3, 10, 30};
  bool tuned = true;
};

struct Cell {
  std::string trace;
  double percent = 0, entries = 0;
  double fifo = 0, optimum = 0;              ///< miss ratios; negative = not known
  double exact = 0, engine = 0, tuned = -1;  ///< of the default setting, by simulation and by the engine; tuned
  double held = 0;
  uint32_t switches = 0;
  std::vector<observe::CurvePoint> curve;  ///< as the tuner predicts
};

/// Errors of predicted miss ratios.
struct Errors {
  double sum = 0, worst = 0;
  int count = 0;

  void add(double error) {
    sum += std::abs(error);
    worst = std::max(worst, std::abs(error));
    ++count;
  }
};

/// The miss ratio at a size (in budgets) of a predicted curve, straight lines over the logarithm of the size; negative
/// outside of the curve.
double predicted(const std::vector<observe::CurvePoint>& curve, double size) {
  for (size_t i = 1; i < curve.size(); ++i) {
    const observe::CurvePoint &a = curve[i - 1], &b = curve[i];
    if (size < a.size || size > b.size) continue;
    return a.misses + (b.misses - a.misses) * std::log(size / a.size) / std::log(b.size / a.size);
  }
  return -1;
}

/// What the tuner of one cache size predicts for its own size, and for the others of the same trace.
void compare_curves(const std::vector<Cell>& cells, Errors& own, Errors& others) {
  for (const Cell& from : cells)
    for (const Cell& to : cells) {
      const double guess = from.trace == to.trace ? predicted(from.curve, to.percent / from.percent) : -1;
      if (guess >= 0) (&from == &to ? own : others).add(guess - to.tuned);
    }
}

/// Means over cells of one policy.
struct Mark {
  std::string policy;
  double sum = 0, worst = 1, way = 0;
  std::string worst_cell{};
  int cells = 0;

  void add(const Cell& cell, double misses) {
    if (misses < 0 || cell.fifo < 0) return;
    const double gain = reduction(cell.fifo, misses);
    sum += gain;
    if (gain < worst) {
      worst = gain;
      worst_cell = fmt::format("{} {}", cell.trace, cell.percent);
    }
    if (cell.optimum >= 0 && cell.fifo > cell.optimum) way += (cell.fifo - misses) / (cell.fifo - cell.optimum);
    ++cells;
  }
  double mean() const { return cells > 0 ? sum / cells : 0; }
};

double simulated(const Trace& trace, uint64_t budget) {
  tune::MiniCache cache({}, budget);
  uint64_t misses = 0;
  for (size_t i = 0; i < trace.id.size(); ++i) misses += cache.access(trace.id[i], trace.bytes[i]) ? 0 : 1;
  return double(misses) / double(trace.id.size());
}

/// False if the engine could not be run.
bool measure(const Plan& plan, const Trace& trace, const Peers& peers, Cell& cell) {
  const uint64_t budget = trace.budget_at(cell.percent);
  const double requests = double(trace.id.size());
  cell.trace = trace.name;
  cell.entries = trace.entries_at(cell.percent);
  cell.fifo = peers.misses(trace.name, cell.percent, "FIFO");
  cell.optimum = peers.misses(trace.name, cell.percent, kOptimum);
  cell.exact = simulated(trace, budget);
  const EngineRun fixed = run_engine(trace, budget, {});
  if (!fixed.failure.empty()) {
    fmt::print(stderr, "bench_traces: {} at {} %: {}\n", trace.name, cell.percent, fixed.failure);
    return false;
  }
  cell.engine = double(fixed.misses) / requests;
  cell.held = fixed.held;
  if (plan.tuned) {
    const EngineRun tuned = run_engine(trace, budget, {.tuned = true, .memory = fixed.memory});
    cell.tuned = double(tuned.misses) / requests;
    cell.switches = tuned.switches;
    cell.curve = tuned.curve;
  }
  return true;
}

std::string in_percent(double ratio) { return ratio < 0 ? "-" : fmt::format("{:.3f}", 100 * ratio); }

void print(const Cell& c) {
  const double engine = c.fifo < 0 ? 0 : reduction(c.fifo, c.engine);
  const double tuned = c.fifo < 0 || c.tuned < 0 ? 0 : reduction(c.fifo, c.tuned);
  fmt::print("{:<16} {:>5} {:>8.0f} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7.3f} {:>7.3f} {:>6.3f} {:>5}\n", c.trace,
             c.percent, c.entries, in_percent(c.fifo), in_percent(c.optimum), in_percent(c.exact), in_percent(c.engine),
             in_percent(c.tuned), engine, tuned, c.held, c.switches);
  std::fflush(stdout);
}

void write_csv(const std::string& path, const std::vector<Cell>& cells) {
  std::ofstream file(path);
  file << "trace,percent,entries,fifo,optimum,exact,engine,tuned,switches\n";
  for (const Cell& c : cells)
    file << fmt::format("{},{},{:.0f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{}\n", c.trace, c.percent, c.entries, c.fifo,
                        c.optimum, c.exact, c.engine, c.tuned, c.switches);
  if (!file) fmt::print(stderr, "bench_traces: {}: not written completely\n", path);
}

void summarise(const Plan& plan, const Peers& peers, const std::vector<Cell>& cells) {
  std::vector<Mark> marks{{.policy = "larder, exact simulation"}, {.policy = "larder"}};
  if (plan.tuned) marks.push_back({.policy = "larder, tuned"});
  for (const Cell& cell : cells) {
    marks[0].add(cell, cell.exact);
    marks[1].add(cell, cell.engine);
    if (plan.tuned) marks[2].add(cell, cell.tuned);
  }
  const int all = marks[1].cells;
  for (const std::string& algorithm : peers.algorithms()) {
    Mark mark{.policy = algorithm};
    for (const Cell& cell : cells) mark.add(cell, peers.misses(cell.trace, cell.percent, algorithm));
    if (mark.cells == all && algorithm != kOptimum) marks.push_back(mark);
  }
  if (all == 0) return fmt::print("no cell has a FIFO figure among the peers: no summary\n");
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.mean() > b.mean(); });
  fmt::print(
      "\n{} cells; mean reduction of the miss ratio relative to FIFO, worst cell, share of the way to the optimum\n",
      all);
  for (const Mark& mark : marks)
    fmt::print("  {:<26} {:>7.4f}  {:>7.4f} {:<22} {:>6.3f}\n", mark.policy, mark.mean(), mark.worst, mark.worst_cell,
               mark.way / all);
}

int run(const Plan& plan) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(plan.directory, error)) {
    const std::string name = file.path().string();
    if (name.find(".bin") != std::string::npos && name.find(plan.only) != std::string::npos) files.push_back(name);
  }
  if (files.empty()) {
    fmt::print("bench_traces: skipped: no traces (*.bin, *.bin.gz) in {}; name their directory with --traces\n",
               plan.directory);
    return 0;
  }
  std::sort(files.begin(), files.end());
  Peers peers;
  std::string why;
  if (!peers.load(plan.peers.empty() ? plan.directory + "/peers.csv" : plan.peers, why))
    fmt::print("bench_traces: without peers, so without FIFO and the optimum: {}\n", why);
  fmt::print("{:<16} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>6} {:>5}\n", "misses in %", "%",
             "entries", "FIFO", kOptimum, "exact", "engine", "tuned", "engine-", "tuned-", "held", "switched");
  std::vector<Cell> cells;
  bool good = true;
  for (const std::string& path : files) {
    Trace trace;
    if (!load_trace(path, trace, why)) {
      fmt::print(stderr, "bench_traces: {}\n", why);
      good = false;
      continue;
    }
    for (const double percent : plan.percents) {
      Cell cell;
      cell.percent = percent;
      if (trace.entries_at(percent) < kLeastEntries) continue;
      if (!measure(plan, trace, peers, cell)) {
        good = false;
        continue;
      }
      print(cell);
      cells.push_back(cell);
    }
  }
  if (!plan.csv.empty()) write_csv(plan.csv, cells);
  summarise(plan, peers, cells);
  Errors own, others;
  compare_curves(cells, own, others);
  if (own.count > 0)
    fmt::print(
        "predicted miss ratios, mean and worst error in points: {:.2f}, {:.2f} at the cache's size ({} cells); "
        "{:.2f}, {:.2f} at the other sizes within 1/8 and 8 times ({} pairs)\n",
        100 * own.sum / own.count, 100 * own.worst, own.count, 100 * others.sum / std::max(1, others.count),
        100 * others.worst, others.count);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  larder::bench::Plan plan;
  CLI::App app("Replays recorded traces through the engine and compares its misses with published policies.");
  app.add_option("--traces", plan.directory, "directory of the traces")->capture_default_str();
  app.add_option("--peers", plan.peers, "miss ratios of other policies (default: peers.csv beside the traces)");
  app.add_option("--only", plan.only, "only traces whose path contains this");
  app.add_option("--percent", plan.percents, "cache sizes, in percent of the working set")->capture_default_str();
  app.add_option("--csv", plan.csv, "writes the table to this file, for bench/trace/plot.gp");
  app.add_flag("!--no-tuned", plan.tuned, "leaves out the tuned runs");
  CLI11_PARSE(app, argc, argv);
  return larder::bench::run(plan);
}
