// main.cc – bench_versus: Larder beside what its users would pick instead, all in one run.
//
//   bench_versus                                       every cell, in about ten minutes
//   bench_versus --quick                               one small data set and one that evicts, in about a minute
//   bench_versus --only get --contestants larder,lmdb  some of it
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "support/leftovers.h"
#include "versus/tables.h"

namespace larder::bench::versus {
namespace {

constexpr uint32_t kFew = 10'000;
constexpr uint32_t kMany = 1'000'000;
constexpr uint32_t kQuickMany = 100'000;
constexpr size_t kTraceRequests = size_t{4} << 20;

struct Options {
  std::string only;
  uint32_t keys = 0;
  std::vector<std::string> contestants;
  std::string csv;
  bool quick = false;
  std::optional<double> seconds;
  std::optional<int> rounds;

  Effort effort() const {
    const Effort usual = quick ? Effort{0.05, 3} : Effort{};
    return {seconds.value_or(usual.seconds), rounds.value_or(usual.rounds)};
  }
};

struct Plan {
  DataSet data;
  std::vector<Task> tasks;
};

std::vector<Plan> plans(const Options& options) {
  std::vector<Plan> all;
  for (const uint32_t keys : {kFew, kMany})
    for (const uint32_t bytes : {64u, 512u}) all.push_back({{keys, bytes, false}, {Task::get, Task::mix}});
  for (const uint32_t bytes : {64u, 512u}) all.push_back({{kMany, bytes, true}, {Task::put}});
  if (options.quick) all = {{{kFew, 64, false}, {Task::get, Task::mix}}, {{kQuickMany, 64, true}, {Task::put}}};
  for (Plan& plan : all)
    std::erase_if(plan.tasks, [&](Task task) {
      return std::string_view(to_string(task)).find(options.only) == std::string_view::npos ||
             (options.keys != 0 && plan.data.keys != options.keys);
    });
  std::erase_if(all, [](const Plan& plan) { return plan.tasks.empty(); });
  return all;
}

std::string last_line(const std::string& file) {
  std::ifstream lines(file);
  std::string last;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) last = line;
  return last;
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {}

  bool run() {
    for (const Plan& plan : plans(options_)) run_plan(plan);
    print_tables(cells_, footprints_);
    if (!options_.csv.empty()) write_csv(options_.csv, cells_, footprints_);
    return print_verdict(cells_);
  }

 private:
  void run_plan(const Plan& plan) {
    make_traces(plan.data);
    std::vector<Present> present;
    for (const Entrant& entrant : entrants())
      if (wanted(entrant, plan.data)) start(entrant, plan.data, present);
    for (const Task task : plan.tasks) {
      say(fmt::format("{}, {} keys of {} bytes", to_string(task), plan.data.keys, plan.data.value_bytes));
      cells_.push_back(measure(task, plan.data, present, options_.effort()));
    }
  }

  /// The loops alone are measured beside whatever they are the loops of.
  bool wanted(const Entrant& entrant, const DataSet& data) const {
    if (missing_.contains(entrant.name) || (data.evicting && !entrant.evicts)) return false;
    const auto& named = options_.contestants;
    const auto is_named = [&](const char* name) { return std::find(named.begin(), named.end(), name) != named.end(); };
    if (named.empty() || is_named(entrant.name) || entrant.start == start_driver) return true;
    return (entrant.start == start_php_driver && is_named("apcu")) ||
           (entrant.start == start_lua_driver && is_named("nginx"));
  }

  void start(const Entrant& entrant, const DataSet& data, std::vector<Present>& present) {
    const Setting setting{data, traces_, fmt::format("{}/{}", scratch_.path(), ++directories_)};
    if (entrant.start == nullptr) return leave_out(entrant, "built without its library");
    std::filesystem::create_directory(setting.directory);
    std::unique_ptr<Contestant> contestant = entrant.start(setting);
    if (!contestant) return leave_out(entrant, "did not start: " + last_line(setting.log()));
    if (const std::optional<Memory> memory = contestant->memory()) footprints_.push_back({&entrant, data, *memory});
    present.push_back({&entrant, std::move(contestant)});
  }

  void leave_out(const Entrant& entrant, const std::string& why) {
    missing_.insert(entrant.name);
    say(fmt::format("{} is left out, {}; to have it: apt-get install {}", entrant.name, why, entrant.packages));
  }

  void make_traces(const DataSet& data) {
    const Popularity popularity = data.evicting ? Popularity::uniform : Popularity::zipf;
    if (made_for_ == std::pair(data.keys, popularity)) return;
    made_for_ = {data.keys, popularity};
    traces_ = {};
    for (uint32_t worker = 0; worker < kMaxCrew; ++worker) {
      const auto& ids = traces_.ids.emplace_back(make_trace(popularity, data.keys, kTraceRequests, 1000 + worker));
      const std::string& file = traces_.files.emplace_back(fmt::format("{}/trace-{}", scratch_.path(), worker));
      std::ofstream out(file, std::ios::binary);
      out.write(reinterpret_cast<const char*>(ids.data()), std::streamsize(ids.size() * sizeof ids[0]));
      if (!out.flush()) fail("cannot write a trace", file.c_str());
    }
  }

  static void say(const std::string& text) { fmt::print(stderr, "bench_versus: {}\n", text); }

  Options options_;
  ScratchDirectory scratch_;
  uint32_t directories_ = 0;
  Traces traces_;
  std::pair<uint32_t, Popularity> made_for_{};
  std::set<std::string> missing_;
  std::vector<Cell> cells_;
  std::vector<Footprint> footprints_;
};

bool known(const std::string& name) {
  return std::any_of(entrants().begin(), entrants().end(), [&](const Entrant& one) { return name == one.name; });
}

}  // namespace
}  // namespace larder::bench::versus

int main(int argc, char** argv) {
  using namespace larder::bench::versus;
  Options options;
  CLI::App app("Measures Larder beside other caches that programs share, all in one run.");
  app.add_flag("--quick", options.quick, "one small data set and one that evicts, about a minute");
  app.add_option("--only", options.only, "only tasks whose name contains this: get, mix (95 % get, 5 % put), put");
  app.add_option("--keys", options.keys, "only data sets of this many keys: 10000 or 1000000");
  app.add_option(
         "--contestants", options.contestants,
         "only these, with commas between: larder, floor, boost, hyperclock, lmdb, apcu, nginx, redis, memcached")
      ->delimiter(',')
      ->check([](const std::string& name) { return known(name) ? "" : name + " is none of the contestants"; });
  app.add_option("--seconds", options.seconds, "time of a repetition")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "repetitions of every contestant")->check(CLI::Range(1, 1000));
  app.add_option("--csv", options.csv, "a file that gets all figures as a table");
  CLI11_PARSE(app, argc, argv);
  if (plans(options).empty()) {
    fmt::print(stderr, "bench_versus: nothing matches --only {} --keys {}; without them all is run\n", options.only,
               options.keys);
    return 2;
  }
  return Bench(options).run() ? 0 : 1;
}
