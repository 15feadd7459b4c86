// beside.cc – see beside.h.
#include "micro/beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "micro/report.h"
#include "support/figures.h"
#include "support/sidecar.h"

namespace larder::bench {
namespace {

constexpr uint64_t kFirstPuts = 200'000;  ///< find out how long one takes, and bring the rings into their steady state
constexpr double kTailAlone = 50'000;     ///< 99.9th percentile of a put that frees its own pages, ns
constexpr double kTailBeside = 5'000;     ///< the same with larderd
constexpr uint32_t kCpuOfSidecar = 1;     ///< the crew's one worker is on the first
constexpr uint32_t kGap = 5'000;          ///< ns between two puts of a writer that has other things to do

/// How larderd takes part.
struct Company {
  const char* name;
  const char* configuration;  ///< null = there is none
};
constexpr std::array<Company, 3> kCompanies{
    {{"without larderd", nullptr}, {"with larderd", ""}, {"with share = 1", "[sidecar]\nshare = 1.0\n"}}};

struct Turn {
  double put_ns = 0;      ///< CPU time of a put in the worker
  double sidecar_ns = 0;  ///< CPU time of larderd for each put
  double freed = 0;       ///< share of the emptied pages that larderd emptied
  Latency latency;        ///< at full speed
  Latency paced;          ///< one put every kGap
};

class Turns {
 public:
  void add(const Turn& turn) { turns_.push_back(turn); }
  template <class Part>
  double median(Part part) const {
    std::vector<double> values;
    for (const Turn& turn : turns_) values.push_back(part(turn));
    std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
  }
  double put() const {
    return median([](const Turn& turn) { return turn.put_ns; });
  }
  double sidecar() const {
    return median([](const Turn& turn) { return turn.sidecar_ns; });
  }
  double sum() const {
    return median([](const Turn& turn) { return turn.put_ns + turn.sidecar_ns; });
  }
  double freed() const {
    return median([](const Turn& turn) { return turn.freed; });
  }
  Latency latency(Latency Turn::*which) const {
    const auto part = [&](double Latency::*percentile) {
      return median([=](const Turn& turn) { return turn.*which.*percentile; });
    };
    return {part(&Latency::median), part(&Latency::p99), part(&Latency::p999)};
  }

 private:
  std::vector<Turn> turns_;
};

std::string shown(const Latency& latency) {
  return fmt::format("{:.0f} / {:.0f} / {:.0f}", latency.median, latency.p99, latency.p999);
}

void print_turns(const char* how, const Turns& turns) {
  fmt::print("  {:<16} {:>8.1f} {:>9.1f} {:>8.1f} {:>8.0f} %   {:<22} {}\n", how, turns.put(), turns.sidecar(),
             turns.sum(), 100 * turns.freed(), shown(turns.latency(&Turn::latency)),
             shown(turns.latency(&Turn::paced)));
}

double share_freed(const CacheFigures& start, const CacheFigures& end) {
  const uint64_t all = end[Counter::pages_emptied] - start[Counter::pages_emptied];
  const uint64_t by_worker = end[Counter::inline_hands] - start[Counter::inline_hands];
  return all > by_worker ? double(all - by_worker) / double(all) : 0;
}

}  // namespace

bool measure_beside(const Arena& arena, const Cell& cell, Crew& crew, const Effort& effort) {
  const uint32_t kind = order_kind(Contestant::larder, Operation::evict);
  uint64_t refused = 0;
  const auto puts = [&](uint64_t count, bool each, uint32_t gap_ns = 0) {
    const Report report = crew.run({kind, count, each, gap_ns}).front();
    refused += count - report.hits;
    return report;
  };
  const double first = double(puts(kFirstPuts, false).wall_ns) / kFirstPuts;
  const auto count = static_cast<uint64_t>(effort.seconds * 1e9 / first);
  const auto paced = static_cast<uint64_t>(effort.seconds * 1e9 / kGap);
  std::array<Turns, kCompanies.size()> turns;
  for (size_t step = 0; step < kCompanies.size() * static_cast<size_t>(effort.rounds); ++step) {
    const size_t who = step % kCompanies.size();
    std::optional<Sidecar> sidecar;
    if (const char* configuration = kCompanies[who].configuration)
      sidecar.emplace(arena.segment_name(), kCpuOfSidecar, configuration);
    puts(count / 4, false);  // larderd finds the pace
    const CacheFigures start = figures_of(arena.segment_name(), kCacheName);
    const int64_t before = sidecar ? sidecar->cpu_ns() : 0;
    Turn turn;
    turn.put_ns = double(puts(count, false).cpu_ns) / double(count);
    turn.sidecar_ns = sidecar ? double(sidecar->cpu_ns() - before) / double(count) : 0;
    turn.freed = share_freed(start, figures_of(arena.segment_name(), kCacheName));
    turn.latency = puts(count, true).latency;
    puts(paced / 4, true, kGap);
    turn.paced = puts(paced, true, kGap).latency;
    turns[who].add(turn);
  }
  fmt::print("{}\n  {:<16} {:>8} {:>9} {:>8} {:>10}   {:<22} {}\n", title(cell), "ns of CPU a put", "worker", "larderd",
             "sum", "larderd's", "p50 / p99 / p99.9 ns", fmt::format("one put every {} us", kGap / 1000));
  for (size_t who = 0; who < turns.size(); ++who) print_turns(kCompanies[who].name, turns[who]);
  const std::string name = title(cell);
  const auto tail = [](const Turns& of, Latency Turn::*which) { return of.latency(which).p999; };
  print_target(name + "  ns of both", turns[1].sum(), write_limit(cell.data.value_bytes), true);
  print_target(name + "  p99.9 ns, without", tail(turns[0], &Turn::latency), kTailAlone, true);
  print_target(name + "  p99.9 ns, with", tail(turns[1], &Turn::latency), kTailBeside, true);
  print_target(name + "  p99.9 ns, with, paced", tail(turns[1], &Turn::paced), kTailBeside, true);
  print_target(name + "  p99.9 ns, share = 1", tail(turns[2], &Turn::latency), kTailBeside, true);
  if (refused > 0) fmt::print("WRONG: {}: {} puts were refused\n", name, refused);
  std::fflush(stdout);
  return refused == 0;
}

}  // namespace larder::bench
