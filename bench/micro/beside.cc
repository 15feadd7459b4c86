// beside.cc – see beside.h.
#include "micro/beside.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "micro/report.h"
#include "support/figures.h"
#include "support/sidecar.h"

namespace larder::bench {
namespace {

constexpr uint64_t kFirstPuts = 200'000;  ///< find out how long one takes, and get the rings into their steady state
constexpr double kTailAlone = 50'000;     ///< 99.9th percentile of a put that frees its own pages, ns
constexpr double kTailBeside = 5'000;     ///< the same with larderd
constexpr uint32_t kCpuOfSidecar = 1;     ///< the crew's one worker is on the first

struct Turn {
  double put_ns = 0;      ///< CPU time of a put in the worker
  double sidecar_ns = 0;  ///< CPU time of larderd for each put
  double freed = 0;       ///< share of the emptied pages that larderd emptied
  Latency latency;
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
  Latency latency() const {
    return {median([](const Turn& turn) { return turn.latency.median; }),
            median([](const Turn& turn) { return turn.latency.p99; }),
            median([](const Turn& turn) { return turn.latency.p999; })};
  }

 private:
  std::vector<Turn> turns_;
};

void print_turns(const char* how, const Turns& turns) {
  const Latency latency = turns.latency();
  fmt::print("  {:<16} {:>8.1f} {:>9.1f} {:>8.1f} {:>8.0f} %   {:.0f} / {:.0f} / {:.0f}\n", how, turns.put(),
             turns.sidecar(), turns.sum(), 100 * turns.freed(), latency.median, latency.p99, latency.p999);
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
  const auto puts = [&](uint64_t count, bool each) {
    const Report report = crew.run({kind, count, each}).front();
    refused += count - report.hits;
    return report;
  };
  const double first = double(puts(kFirstPuts, false).wall_ns) / kFirstPuts;
  const auto count = static_cast<uint64_t>(effort.seconds * 1e9 / first);
  Turns alone, beside;
  for (int round = 0; round < effort.rounds; ++round)
    for (const bool with : {round % 2 == 0, round % 2 != 0}) {
      std::optional<Sidecar> sidecar;
      if (with) sidecar.emplace(arena.segment_name(), kCpuOfSidecar);
      puts(count / 4, false);  // larderd finds the pace
      const int64_t before = sidecar ? sidecar->cpu_ns() : 0;
      const CacheFigures start = figures_of(arena.segment_name(), kCacheName);
      Turn turn;
      turn.put_ns = double(puts(count, false).cpu_ns) / double(count);
      turn.sidecar_ns = sidecar ? double(sidecar->cpu_ns() - before) / double(count) : 0;
      const CacheFigures end = figures_of(arena.segment_name(), kCacheName);
      turn.freed = share_freed(start, end);
      turn.latency = puts(count, true).latency;
      (with ? beside : alone).add(turn);
    }
  fmt::print("{}\n  {:<16} {:>8} {:>9} {:>8} {:>10}   {}\n", title(cell), "ns of CPU a put", "worker", "larderd", "sum",
             "larderd's", "p50 / p99 / p99.9 ns");
  print_turns("without larderd", alone);
  print_turns("with larderd", beside);
  const std::string name = title(cell);
  print_target(name + "  ns, without", alone.sum(), write_limit(cell.data.value_bytes), true);
  print_target(name + "  ns, both", beside.sum(), write_limit(cell.data.value_bytes), true);
  print_target(name + "  p99.9 ns, without", alone.latency().p999, kTailAlone, true);
  print_target(name + "  p99.9 ns, with", beside.latency().p999, kTailBeside, true);
  if (refused > 0) fmt::print("WRONG: {}: {} puts were refused\n", name, refused);
  std::fflush(stdout);
  return refused == 0;
}

}  // namespace larder::bench
