// report.cc – see report.h.
#include "micro/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace larder::bench {
namespace {

constexpr double kFloorRatio = 1.15;
constexpr double kFloorRatioPacked = 1.0;  ///< where memory decides: a log packs what the floor keeps apart
constexpr double kFloorRatioMany = 1.3;
constexpr double kFloorTail = 1.5;  ///< 99.9th percentiles
constexpr double kWriteScaling = 1.7;
constexpr double kWriteTail = 50'000;  ///< 99.9th percentile of a put that frees its own pages, ns
constexpr double kBaselineRatio = 12;
constexpr double kScaling = 1.9;
constexpr double kHitShare = 0.999;

struct Spread {
  double median, least, greatest;
};

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

const Samples* find(const CellResult& result, Contestant contestant, uint32_t workers) {
  const auto found = result.samples.find({contestant, workers});
  return found == result.samples.end() ? nullptr : &found->second;
}

/// Share of wall time that a contestant that never sleeps had a CPU for.
double cpu_share(const CellResult& result, uint32_t workers) {
  const Samples* larder = find(result, Contestant::larder, workers);
  return larder ? spread_of(larder->cpu_ns).median / spread_of(larder->wall_ns).median : 1;
}

/// Time of an operation: CPU time; where the baseline sleeps on its lock, wall time as on a machine of one's own.
std::optional<Spread> time_of(const CellResult& result, Contestant contestant, uint32_t workers) {
  const Samples* samples = find(result, contestant, workers);
  if (!samples) return std::nullopt;
  if (contestant != Contestant::baseline || workers == 1) return spread_of(samples->cpu_ns);
  Spread wall = spread_of(samples->wall_ns);
  const double share = cpu_share(result, workers);
  return Spread{wall.median * share, wall.least * share, wall.greatest * share};
}

std::string shown(const std::optional<Spread>& time) {
  if (!time) return "-";
  return fmt::format("{:.1f} ({:.0f}-{:.0f})", time->median, time->least, time->greatest);
}

std::optional<double> ratio(const CellResult& result, Contestant above, Contestant below, uint32_t workers) {
  const auto a = time_of(result, above, workers);
  const auto b = time_of(result, below, workers);
  if (!a || !b) return std::nullopt;
  return a->median / b->median;
}

/// Throughput of two workers relative to one.
std::optional<double> scaling(const CellResult& result, Contestant contestant) {
  const auto one = time_of(result, contestant, 1);
  const auto two = time_of(result, contestant, 2);
  if (!one || !two) return std::nullopt;
  return 2 * one->median / two->median;
}

std::string shown(const std::optional<double>& number) { return number ? fmt::format("{:.2f}", *number) : "-"; }

std::string keys_of(uint32_t keys) {
  return keys >= 1'000'000 ? fmt::format("{}M", keys / 1'000'000) : fmt::format("{}k", keys / 1000);
}

std::optional<Latency> latency_of(const CellResult& result, Contestant contestant, uint32_t workers) {
  const Samples* samples = find(result, contestant, workers);
  if (!samples || samples->latencies.empty()) return std::nullopt;
  const auto middle = [&](double Latency::*part) {
    std::vector<double> values;
    for (const Latency& latency : samples->latencies) values.push_back(latency.*part);
    return spread_of(std::move(values)).median;
  };
  return Latency{middle(&Latency::median), middle(&Latency::p99), middle(&Latency::p999)};
}

std::string shown(const std::optional<Latency>& latency) {
  if (!latency) return "-";
  return fmt::format("{:.0f} / {:.0f} / {:.0f}", latency->median, latency->p99, latency->p999);
}

/// What the machine allows: the floor shares nothing that anybody writes.
void print_machine(const std::optional<double>& floors, double wanted, const char* what) {
  if (floors && *floors < wanted) fmt::print("  {:<58} {:>6.2f}  {}\n", "    (floor)", *floors, what);
}

bool trustworthy(const CellResult& result) {
  bool fine = true;
  for (const auto& [who, samples] : result.samples) {
    const auto [contestant, workers] = who;
    if (samples.wrong > 0) {
      fmt::print("WRONG: {} with {} worker(s), {}: {} values were not their key's\n", title(result.cell), workers,
                 to_string(contestant), samples.wrong);
      fine = false;
    }
    const Operation operation = result.cell.operation;
    const bool reads = operation == Operation::hit || operation == Operation::many || operation == Operation::view;
    const bool short_of_hits = reads && contestant != Contestant::driver && samples.hit_share < kHitShare;
    const bool hits_nothing = operation == Operation::miss && samples.hit_share > 0;
    if (short_of_hits || hits_nothing) {
      fmt::print("SUSPECT: {} with {} worker(s), {}: hit share {:.4f}\n", title(result.cell), workers,
                 to_string(contestant), samples.hit_share);
      fine = false;
    }
  }
  return fine;
}

}  // namespace

std::string title(const Cell& cell) {
  return fmt::format("{:<11} {:>5} x {:<4} {:<7}", to_string(cell.operation), keys_of(cell.data.keys),
                     cell.data.value_bytes, to_string(cell.popularity));
}

double write_limit(uint32_t value_bytes) { return value_bytes <= 64 ? 200 : value_bytes <= 512 ? 300 : 450; }

void print_target(const std::string& what, const std::optional<double>& measured, double wanted, bool at_most) {
  if (!measured) return;
  const bool reached = at_most ? *measured <= wanted : *measured >= wanted;
  fmt::print("  {:<58} {:>6.2f}  wanted {} {:<5} {}\n", what, *measured, at_most ? "<=" : ">=", wanted,
             reached ? "reached" : "NOT REACHED");
}

void print_head() {
  fmt::print("{:<33} w  {:<20} {:<20} {:<24} {:>6} {:>6} {:>5} {:>8}\n", "ns an operation: median (range)", "larder",
             "floor", "baseline", "l:f", "b:l", "2:1", "floor2:1");
}

void print_result(const CellResult& result) {
  for (uint32_t workers = 1; workers <= kMaxCrew; ++workers) {
    const auto larder = time_of(result, Contestant::larder, workers);
    if (!larder) continue;
    const auto floor = time_of(result, Contestant::floor, workers);
    const auto baseline = time_of(result, Contestant::baseline, workers);
    fmt::print("{:<33} {}  {:<20} {:<20} {:<24} {:>6} {:>6} {:>5} {:>8}", title(result.cell), workers, shown(larder),
               shown(floor), shown(baseline), shown(ratio(result, Contestant::larder, Contestant::floor, workers)),
               shown(ratio(result, Contestant::baseline, Contestant::larder, workers)),
               workers == 2 ? shown(scaling(result, Contestant::larder)) : "",
               workers == 2 ? shown(scaling(result, Contestant::floor)) : "");
    if (const auto driver = time_of(result, Contestant::driver, workers)) {
      fmt::print("   driver {:.1f}", driver->median);
    }
    fmt::print("\n");
    if (latency_of(result, Contestant::larder, workers))
      fmt::print("{:>35}  {:<20} {:<20} {}\n", "p50 / p99 / p99.9",
                 shown(latency_of(result, Contestant::larder, workers)),
                 shown(latency_of(result, Contestant::floor, workers)),
                 shown(latency_of(result, Contestant::baseline, workers)));
  }
  std::fflush(stdout);
}

namespace {

void print_hit_targets(const CellResult& result) {
  const Cell& cell = result.cell;
  const bool packed = cell.data.keys > 10'000 && cell.data.value_bytes == 64;
  const double wanted = packed ? kFloorRatioPacked : kFloorRatio;
  for (uint32_t workers = 1; workers <= kMaxCrew; ++workers) {
    const std::string who = fmt::format("{}, {} worker{}", title(cell), workers, workers == 1 ? "" : "s");
    print_target(who + "  larder : floor", ratio(result, Contestant::larder, Contestant::floor, workers), wanted, true);
    const auto ours = latency_of(result, Contestant::larder, workers),
               least = latency_of(result, Contestant::floor, workers);
    if (ours && least) print_target(who + "  p99.9 larder : floor", ours->p999 / least->p999, kFloorTail, true);
  }
  if (cell.data.value_bytes == 64) {
    print_target(title(cell) + "  baseline : larder, 2 workers",
                 ratio(result, Contestant::baseline, Contestant::larder, 2), kBaselineRatio, false);
    print_machine(ratio(result, Contestant::baseline, Contestant::floor, 2), kBaselineRatio,
                  "the least any hash cache must do is no faster here");
  }
  print_target(title(cell) + "  throughput, 2 workers : 1", scaling(result, Contestant::larder), kScaling, false);
  print_machine(scaling(result, Contestant::floor), kScaling, "the floor scales no better on this machine now");
}

void print_write_targets(const CellResult& result) {
  const Cell& cell = result.cell;
  if (const auto time = time_of(result, Contestant::larder, 1))
    print_target(title(cell) + "  ns, 1 worker", time->median, write_limit(cell.data.value_bytes), true);
  if (const auto latency = latency_of(result, Contestant::larder, 1))
    print_target(title(cell) + "  p99.9 ns, 1 worker", latency->p999, kWriteTail, true);
  print_target(title(cell) + "  throughput, 2 workers : 1", scaling(result, Contestant::larder), kWriteScaling, false);
}

}  // namespace

bool print_verdict(const std::vector<CellResult>& results) {
  fmt::print("\nFigures to reach\n");
  bool fine = true;
  for (const CellResult& result : results) {
    fine = trustworthy(result) && fine;
    const Cell& cell = result.cell;
    const bool zipf = cell.popularity == Popularity::zipf;
    if (cell.operation == Operation::hit && zipf) print_hit_targets(result);
    if (cell.operation == Operation::evict && !zipf) print_write_targets(result);
    if (cell.operation == Operation::many && zipf)
      print_target(title(cell) + "  larder : floor, 1 worker", ratio(result, Contestant::larder, Contestant::floor, 1),
                   kFloorRatioMany, true);
  }
  return fine;
}

}  // namespace larder::bench
