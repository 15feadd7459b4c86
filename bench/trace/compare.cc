// compare.cc – bench_trace_compare: the engine's miss ratio on recorded traces beside an exact simulation of its rules.
//
// For every trace of a directory and every cache size it runs `larder replay` with one worker and tune::MiniCache with
// the same budget of key and value bytes, and prints both. The engine keeps whole pages, a few of them free, and
// remembers evicted keys by fingerprints; the difference is what that costs. Where the engine met values larger than a
// page, which it refuses, `refusing` is the simulation that refuses them too; elsewhere it equals `exact`.
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

#include "trace/trace_file.h"
#include "tune/mini_cache.h"

namespace larder::bench {
namespace {

constexpr double kTolerance = 0.7;      ///< percentage points that engine and simulation may differ
constexpr double kLeastEntries = 2000;  ///< where the cache holds at least so many entries
constexpr int kCorrections = 4;         ///< of the memory given to the engine
constexpr double kHeldTolerance = 0.005;

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

double simulated_miss_percent(const Trace& trace, uint64_t budget, uint64_t largest) {
  tune::MiniCache sim(PolicySetting{}, budget);
  uint64_t misses = 0;
  for (size_t i = 0; i < trace.id.size(); ++i)
    misses += trace.bytes[i] <= largest && sim.access(trace.id[i], trace.bytes[i]) ? 0 : 1;
  return 100 * double(misses) / double(trace.id.size());
}

struct Tally {
  int cells = 0;
  int failed = 0;
  int beyond = 0;
  double worst = 0;
};

/// What the replay said of one run.
struct Replayed {
  double misses = -1;
  double requests = -1;
  double held = 0;  ///< greatest payload seen, in budgets
  double too_large = 0;
  double page_bytes = 0;
};

Replayed replay(const std::string& command, uint64_t budget) {
  const std::optional<std::string> json = output_of(command);
  if (!json) return {};
  return {number_in(*json, "misses").value_or(-1), number_in(*json, "requests").value_or(-1),
          number_in(*json, "peak_payload_bytes").value_or(0) / double(budget),
          number_in(*json, "too_large").value_or(0), number_in(*json, "page_bytes").value_or(0)};
}

/// Replays with the memory that holds just the budget in keys and values: how much goes to headers, padding and page
/// ends depends on which sizes stay, so the first run's `held` says what the next one is given.
Replayed replay_at(const Plan& plan, const std::string& path, double percent, uint64_t budget, bool counts) {
  const auto command = [&](double given) {
    return fmt::format("{} replay {} --workers 1 --requests {} --percent {:.4f} --json", quoted(plan.tool),
                       quoted(path), kMaxRequests, given);
  };
  double given = percent;
  Replayed result = replay(command(given), budget);
  for (int i = 0; i < kCorrections && counts && std::abs(result.held - 1) > kHeldTolerance; ++i) {
    if (result.misses < 0 || result.held <= 0) break;
    given /= result.held;
    result = replay(command(given), budget);
  }
  return result;
}

void compare(const Plan& plan, const std::string& path, const Trace& trace, double percent, Tally& tally) {
  const uint64_t budget = trace.budget_at(percent);
  const bool counts = trace.entries_at(percent) >= kLeastEntries;
  const Replayed replayed = replay_at(plan, path, percent, budget, counts);
  ++tally.cells;
  if (replayed.misses < 0 || replayed.requests != double(trace.id.size())) {
    fmt::print("{:<16} {:>5}  failed\n", trace.name, percent);
    ++tally.failed;
    return;
  }
  const double engine = 100 * replayed.misses / replayed.requests;
  const double exact = simulated_miss_percent(trace, budget, budget);
  // Refusing what no page holds is a policy of its own, often a good one: the engine must be near the exact rules, or
  // explained by that refusal.
  const double refusing =
      replayed.too_large > 0 ? simulated_miss_percent(trace, budget, uint64_t(replayed.page_bytes)) : exact;
  const double difference = engine - exact;
  const double unexplained = engine - std::clamp(engine, std::min(exact, refusing), std::max(exact, refusing));
  const bool beyond = counts && std::abs(unexplained) > kTolerance;
  if (counts) tally.worst = std::max(tally.worst, std::abs(unexplained));
  tally.beyond += beyond;
  fmt::print("{:<16} {:>5} {:>9.0f} {:>9.3f} {:>9.3f} {:>9.3f} {:>+8.3f} {:>6.3f} {:>9.0f}  {}\n", trace.name, percent,
             trace.entries_at(percent), engine, exact, refusing, difference, replayed.held, replayed.too_large,
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
  fmt::print("{:<16} {:>5} {:>9} {:>9} {:>9} {:>9} {:>8} {:>6} {:>9}\n", "trace", "%", "entries", "engine %", "exact %",
             "refusing", "diff pp", "held", "too large");
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
