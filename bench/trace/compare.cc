// compare.cc – bench_trace_compare: the engine's miss ratio on recorded traces beside an exact simulation of its rules.
//
// For every trace of a directory and every cache size it runs `larder replay` with one worker and RingsSim with the
// same budget of key and value bytes, and prints both. The engine keeps whole pages, a few of them free, and remembers
// evicted keys by fingerprints; the difference is what that costs.
#include <fmt/format.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "trace/rings_sim.h"
#include "trace/trace_file.h"

namespace larder::bench {
namespace {

constexpr double kTolerance = 0.7;      ///< percentage points that engine and simulation may differ
constexpr double kLeastEntries = 2000;  ///< where the cache holds at least so many entries

/// The tool built beside this program.
std::string tool_beside() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "larder" : (self.parent_path() / "larder").string();
}

struct Plan {
  std::string tool = tool_beside();
  std::string directory = "../shared/traces";
  std::vector<double> percents{1, 3, 10, 30};
  std::string only;
};

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// What a command printed; nothing if it could not be run or failed.
std::optional<std::string> output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  std::array<char, 4096> block;
  while (const size_t got = std::fread(block.data(), 1, block.size(), pipe)) text.append(block.data(), got);
  const int status = pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return text;
}

/// The number behind a name in flat JSON.
std::optional<double> number_in(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\"");
  if (at == std::string::npos) return std::nullopt;
  const size_t colon = json.find(':', at);
  if (colon == std::string::npos) return std::nullopt;
  const char* begin = json.c_str() + colon + 1;
  char* end = nullptr;
  const double value = std::strtod(begin, &end);
  if (end == begin) return std::nullopt;
  return value;
}

double simulated_miss_percent(const Trace& trace, uint64_t budget) {
  RingsSim sim(RingRules{}, budget, trace.hash.size());
  uint64_t misses = 0;
  for (size_t i = 0; i < trace.id.size(); ++i) misses += sim.access(trace.id[i], trace.bytes[i]) ? 0 : 1;
  return 100 * double(misses) / double(trace.id.size());
}

struct Tally {
  int cells = 0;
  int failed = 0;
  int beyond = 0;
  double worst = 0;
};

void compare(const Plan& plan, const std::string& path, const Trace& trace, double percent, Tally& tally) {
  const uint64_t budget = trace.budget_at(percent);
  const std::string command = fmt::format("{} replay {} --workers 1 --requests {} --percent {} --json",
                                          quoted(plan.tool), quoted(path), kMaxRequests, percent);
  const std::optional<std::string> json = output_of(command);
  const double misses = json ? number_in(*json, "misses").value_or(-1) : -1;
  const double requests = json ? number_in(*json, "requests").value_or(-1) : -1;
  ++tally.cells;
  if (misses < 0 || requests != double(trace.id.size())) {
    fmt::print("{:<16} {:>5}  failed: {}\n", trace.name, percent, command);
    ++tally.failed;
    return;
  }
  const double engine = 100 * misses / requests;
  const double exact = simulated_miss_percent(trace, budget);
  const double difference = engine - exact;
  const bool counts = trace.entries_at(percent) >= kLeastEntries;
  const bool beyond = counts && std::abs(difference) > kTolerance;
  if (counts) tally.worst = std::max(tally.worst, std::abs(difference));
  tally.beyond += beyond;
  const double held = number_in(*json, "peak_payload_bytes").value_or(0) / double(budget);
  fmt::print("{:<16} {:>5} {:>9.0f} {:>9.3f} {:>9.3f} {:>+8.3f} {:>6.3f} {:>9.0f}  {}\n", trace.name, percent,
             trace.entries_at(percent), engine, exact, difference, held, number_in(*json, "too_large").value_or(0),
             beyond ? "BEYOND" : (counts ? "" : "(few entries)"));
  std::fflush(stdout);
}

int run(const Plan& plan) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(plan.directory, error)) {
    const std::string name = file.path().string();
    if (name.find(".bin") != std::string::npos && name.find(plan.only) != std::string::npos) files.push_back(name);
  }
  if (files.empty()) {
    fmt::print("bench_trace_compare: skipped: no traces (*.bin, *.bin.gz) in {}; name their directory with --traces\n",
               plan.directory);
    return 0;
  }
  std::sort(files.begin(), files.end());
  fmt::print("{:<16} {:>5} {:>9} {:>9} {:>9} {:>8} {:>6} {:>9}\n", "trace", "%", "entries", "engine %", "exact %",
             "diff pp", "held", "too large");
  Tally tally;
  for (const std::string& path : files) {
    Trace trace;
    std::string why;
    if (!load_trace(path, trace, why)) {
      fmt::print(stderr, "bench_trace_compare: {}\n", why);
      ++tally.failed;
      continue;
    }
    for (const double percent : plan.percents) compare(plan, path, trace, percent, tally);
  }
  fmt::print(
      "{} cells, {} failed, {} of those with at least {:.0f} entries differ by more than {} points, worst {:.3f}\n",
      tally.cells, tally.failed, tally.beyond, kLeastEntries, kTolerance, tally.worst);
  return tally.failed + tally.beyond > 0 ? 1 : 0;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  larder::bench::Plan plan;
  CLI::App app("Compares the engine's miss ratios on traces with an exact simulation of its rules.");
  app.add_option("--larder", plan.tool, "the tool to run")->capture_default_str();
  app.add_option("--traces", plan.directory, "directory of the traces")->capture_default_str();
  app.add_option("--only", plan.only, "only traces whose path contains this");
  app.add_option("--percent", plan.percents, "cache sizes, in percent of the working set")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return larder::bench::run(plan);
}
