// tables.cc – see tables.h.
#include "versus/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace larder::bench::versus {
namespace {

constexpr double kAllHit = 0.999;  ///< share of the gets that must hit where every key is in

std::string name_of(const DataSet& data) {
  return fmt::format("{}{} x {} B", data.keys >= 1'000'000 ? data.keys / 1'000'000 : data.keys / 1000,
                     data.keys >= 1'000'000 ? "M" : "k", data.value_bytes);
}

/// Three digits, and thousands as k.
std::string short_number(double value) {
  if (value >= 99'950) return fmt::format("{:.0f}k", value / 1000);
  if (value >= 9'995) return fmt::format("{:.1f}k", value / 1000);
  return value >= 99.5 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

const Row* find(const Cell& cell, const std::string& name, uint32_t workers) {
  for (const Row& row : cell.rows)
    if (row.workers == workers && row.name() == name) return &row;
  return nullptr;
}

Latency median_latency(const Row& row) {
  std::vector<double> medians, p99s, p999s;
  for (const Latency& pass : row.latencies) {
    medians.push_back(pass.median);
    p99s.push_back(pass.p99);
    p999s.push_back(pass.p999);
  }
  return {spread_of(medians).median, spread_of(p99s).median, spread_of(p999s).median};
}

std::string shown_time(const Cell& cell, const Row& row) {
  const Spread time = cell.time_of(row);
  const std::string text =
      fmt::format("{} ({}-{})", short_number(time.median), short_number(time.least), short_number(time.greatest));
  const Row* larder = find(cell, entrants()[0].name, row.workers);
  if (larder == nullptr || larder == &row) return text;
  return text + fmt::format(" {:.2f}x", time.median / cell.time_of(*larder).median);
}

std::string shown_latency(const Cell&, const Row& row) {
  if (row.latencies.empty()) return "-";
  const Latency latency = median_latency(row);
  return fmt::format("{} / {} / {}", short_number(latency.median), short_number(latency.p99),
                     short_number(latency.p999));
}

/// A line for each contestant of the task, a column for each data set and number of workers.
template <class Shown>
void print_table(const std::vector<Cell>& cells, Task task, const char* what, Shown shown) {
  std::string head = "\n| " + std::string(to_string(task)) + ", " + what + " |", rule = "|---|";
  std::vector<std::pair<const Entrant*, std::string>> names;
  for (const Cell& cell : cells) {
    if (cell.task != task) continue;
    for (uint32_t workers = 1; workers <= kMaxCrew; ++workers) {
      head += fmt::format(" {}, {}w |", name_of(cell.data), workers);
      rule += "---|";
    }
    for (const Row& row : cell.rows) names.emplace_back(row.entrant, row.name());
  }
  if (names.empty()) return;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  fmt::print("{}\n{}\n", head, rule);
  for (const auto& [entrant, name] : names) {
    std::string line = "| " + name + " |";
    for (const Cell& cell : cells) {
      if (cell.task != task) continue;
      for (uint32_t workers = 1; workers <= kMaxCrew; ++workers) {
        const Row* row = find(cell, name, workers);
        line += " " + (row ? shown(cell, *row) : "-") + " |";
      }
    }
    fmt::print("{}\n", line);
  }
}

void print_memory(const std::vector<Footprint>& footprints) {
  if (footprints.empty()) return;
  fmt::print("\n| memory | data set | entries held | bytes an entry beyond key and value |\n|---|---|---|---|\n");
  for (const Footprint& one : footprints)
    fmt::print("| {} | {}{} | {} | {:.0f} |\n", one.entrant->name, name_of(one.data),
               one.data.evicting ? ", a tenth kept" : "", one.memory.entries, one.overhead());
}

}  // namespace

double Footprint::overhead() const {
  return memory.entries ? double(memory.bytes) / double(memory.entries) - data.payload() : 0;
}

void print_tables(const std::vector<Cell>& cells, const std::vector<Footprint>& footprints) {
  for (const Task task : {Task::get, Task::mix, Task::put}) {
    print_table(cells, task, "ns an operation", shown_time);
    print_table(cells, task, "p50 / p99 / p99.9 ns", shown_latency);
  }
  print_memory(footprints);
}

bool print_verdict(const std::vector<Cell>& cells) {
  uint64_t wrong = 0;
  fmt::print("\n");
  for (const Cell& cell : cells)
    for (const Row& row : cell.rows) {
      wrong += row.wrong;
      const std::string where = fmt::format("{}, {}, {}, {}", row.name(), to_string(cell.task), name_of(cell.data),
                                            row.workers == 1 ? "one worker" : "two workers");
      if (row.wrong != 0) fmt::print("{}: {} values were WRONG\n", where, row.wrong);
      const bool counts = row.done != 0 || !std::string_view(row.entrant->name).starts_with("driver");
      if (counts && row.done_share() < kAllHit)
        fmt::print("{}: only {:.2f} % of the operations hit or stored\n", where, row.done_share() * 100);
    }
  fmt::print("{} wrong values.\n", wrong);
  return wrong == 0;
}

void write_csv(const std::string& file, const std::vector<Cell>& cells, const std::vector<Footprint>& footprints) {
  std::ofstream out(file);
  out << "task,keys,value_bytes,contestant,workers,ns,least,greatest,cpu_ns,wall_ns,p50,p99,p999,done,overhead\n";
  for (const Cell& cell : cells)
    for (const Row& row : cell.rows) {
      const Spread time = cell.time_of(row);
      const Latency latency = median_latency(row);
      double overhead = 0;
      for (const Footprint& one : footprints)
        if (one.entrant == row.entrant && one.data == cell.data) overhead = one.overhead();
      out << fmt::format("{},{},{},{},{},{:.2f},{:.2f},{:.2f},{:.2f},{:.2f},{:.0f},{:.0f},{:.0f},{:.5f},{:.1f}\n",
                         to_string(cell.task), cell.data.keys, cell.data.value_bytes, row.name(), row.workers,
                         time.median, time.least, time.greatest, spread_of(row.cpu_ns).median,
                         spread_of(row.wall_ns).median, latency.median, latency.p99, latency.p999, row.done_share(),
                         overhead);
    }
  out.close();
  if (!out) fail("cannot write the table", file.c_str());
}

}  // namespace larder::bench::versus
