// measure.cc – see measure.h.
#include "versus/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace larder::bench::versus {
namespace {

constexpr int kLatencyPasses = 3;
constexpr double kLatencySeconds = 0.06;     ///< of a pass
constexpr uint64_t kMostSingles = 200'000;   ///< operations of a pass
constexpr uint64_t kFirstTry = 16 * kBatch;  ///< operations
constexpr double kWarmShare = 0.25;          ///< of a repetition, by then its length is known

/// A row while it is measured.
struct Runner {
  Contestant* contestant;
  Task task;
  Row row;
  uint64_t operations = kFirstTry;  ///< of a repetition, each worker

  Report run(uint64_t count, bool each) {
    const Report report = contestant->run(row.workers, {task, row.batched, count, each});
    row.wrong += report.wrong;
    return report;
  }

  /// Doubles the operations until they take a part of a repetition, which also warms up, then reckons the whole.
  void calibrate(double seconds) {
    for (;;) {
      const double lasted = double(std::max<int64_t>(run(operations, false).wall_ns, 1)) * 1e-9;
      if (lasted < seconds * kWarmShare) {
        operations *= 2;
        continue;
      }
      operations = std::max<uint64_t>(uint64_t(double(operations) * seconds / lasted) / kBatch, 1) * kBatch;
      return;
    }
  }

  void repeat() {
    const Report report = run(operations, false);
    row.cpu_ns.push_back(double(report.cpu_ns) / double(operations));
    row.wall_ns.push_back(double(report.wall_ns) / double(operations));
    row.done += report.hits;
    row.asked += operations * row.workers;
  }

  void time_singles() {
    if (row.batched) return;
    const double fitting = kLatencySeconds * 1e9 / spread_of(row.wall_ns).median;
    row.latencies.push_back(run(std::clamp<uint64_t>(uint64_t(fitting), 1000, kMostSingles), true).latency);
  }
};

/// The rows of one contestant. They are measured one after the other, after its memory was touched: a turn of the
/// others may have driven its pages out of the processor's tables (under a hypervisor, out of the shadow tables as
/// well).
struct Group {
  Contestant* contestant;
  std::vector<Runner> runners;

  template <class Step>
  void each(Step step) {
    contestant->run(kMaxCrew, {.task = Task::touch});
    for (Runner& runner : runners) step(runner);
  }
};

std::vector<Group> groups_of(Task task, std::vector<Present>& present) {
  std::vector<Group> groups;
  for (const Present& one : present) {
    Group& group = groups.emplace_back(Group{one.contestant.get(), {}});
    for (const bool batched : {false, true})
      for (uint32_t workers = 1; workers <= kMaxCrew; ++workers) {
        if (!one.contestant->offers(task, batched)) continue;
        Row row;
        row.entrant = one.entrant;
        row.batched = batched;
        row.workers = workers;
        group.runners.push_back({group.contestant, task, row});
      }
  }
  return groups;
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

std::string Row::name() const { return batched ? fmt::format("{}/{}", entrant->name, kBatch) : entrant->name; }

Spread Cell::time_of(const Row& row) const {
  if (row.entrant->clock == Clock::wall) return spread_of(row.wall_ns);
  if (row.entrant->clock == Clock::cpu || row.workers == 1) return spread_of(row.cpu_ns);
  double share = 1;  // of wall time, that a loop which never sleeps had a CPU for
  for (const Row& other : rows)
    if (other.entrant->start == start_driver && other.workers == row.workers)
      share = spread_of(other.cpu_ns).median / spread_of(other.wall_ns).median;
  const Spread wall = spread_of(row.wall_ns);
  return {wall.median * share, wall.least * share, wall.greatest * share};
}

Cell measure(Task task, const DataSet& data, std::vector<Present>& present, const Effort& effort) {
  std::vector<Group> groups = groups_of(task, present);
  for (Group& group : groups) group.each([&](Runner& runner) { runner.calibrate(effort.seconds); });
  std::mt19937 random(20260101);
  for (int round = 0; round < effort.rounds; ++round) {
    std::shuffle(groups.begin(), groups.end(), random);
    for (Group& group : groups)
      group.each([&](Runner& runner) {
        runner.repeat();
        if (round < kLatencyPasses) runner.time_singles();
      });
  }
  Cell cell{task, data, {}};
  for (Group& group : groups)
    for (Runner& runner : group.runners) cell.rows.push_back(std::move(runner.row));
  std::sort(cell.rows.begin(), cell.rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.entrant, a.batched, a.workers) < std::tie(b.entrant, b.batched, b.workers);
  });
  return cell;
}

}  // namespace larder::bench::versus
