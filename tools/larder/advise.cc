// advise.cc – `larder advise`: what each cache would gain or lose with other sizes, and the split that costs least.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "config/units.h"
#include "larder/options.h"
#include "observe/advice.h"
#include "observe/policy.h"
#include "program.h"

namespace larder::tools {

namespace {

using observe::Demand;

constexpr double kLadder[] = {0.5, 1, 2, 4};
constexpr double kStep = 64 << 10;  ///< advised sizes are whole multiples of it, or of a sixteenth in small caches

struct AdviseOptions {
  std::vector<std::string> costs;
  std::string total;
  uint64_t least_samples = 2000;
  bool json = false;
};

std::string in_percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

/// "name=number" of each --cost.
Result<std::map<std::string, double>> parse_costs(const std::vector<std::string>& texts) {
  std::map<std::string, double> costs;
  for (const std::string& text : texts) {
    const size_t at = text.rfind('=');
    char* end = nullptr;
    const double cost = at == std::string::npos ? -1 : std::strtod(text.c_str() + at + 1, &end);
    if (!(cost > 0) || !std::isfinite(cost) || *end != '\0')
      return Error{Code::invalid_argument, fmt::format("--cost {}: not CACHE=NUMBER with a number above zero", text),
                   "for example --cost dnsTxt=20"};
    costs[text.substr(0, at)] = cost;
  }
  return costs;
}

Result<std::vector<Demand>> read_demands(const observe::Inspector& inspector, const AdviseOptions& options) {
  auto costs = parse_costs(options.costs);
  if (!costs) return costs.error();
  std::vector<Demand> demands;
  for (const observe::PolicyFigures& f : observe::read_policies(inspector)) {
    Demand demand{f.cache, double(f.budget), double(f.lookups), f.miss_cost, {}};
    if (const auto cost = costs->find(f.cache); cost != costs->end()) {
      demand.cost = cost->second;
      costs->erase(cost);
    }
    if (f.curve_samples >= options.least_samples)
      for (const observe::CurvePoint& point : f.curve)
        demand.curve.push_back({point.size * double(f.budget), point.misses});
    demands.push_back(demand);
  }
  if (!costs->empty())
    return Error{Code::not_found, fmt::format("--cost {}: there is no such cache", costs->begin()->first),
                 "`larder policy --all` lists them"};
  return demands;
}

/// A size to write down, near the exact one, never more.
uint64_t rounded(double bytes) {
  const double step = bytes >= 16 * kStep ? kStep : std::max(1024.0, std::exp2(std::floor(std::log2(bytes / 16))));
  return std::clamp(uint64_t(std::floor(bytes / step) * step), kMinCacheBytes, kMaxCacheBytes);
}

void print_ladder(const std::vector<Demand>& demands) {
  Table table({{"CACHE", Table::Side::left}, {"SIZE"}, {"LOOKUPS"}, {"COST"}, {"x 1/2"}, {"NOW"}, {"x 2"}, {"x 4"}});
  for (const Demand& demand : demands) {
    if (demand.curve.empty()) continue;
    std::vector<std::string> row{demand.cache, short_bytes(uint64_t(demand.bytes)), short_number(demand.lookups),
                                 fmt::format("{:g}", demand.cost)};
    for (const double size : kLadder) row.push_back(in_percent(demand.misses_at(size * demand.bytes)));
    table.add(row);
  }
  fmt::print("Misses of the lookups, measured and with other sizes:\n{}", table.text());
}

void print_split(const std::vector<Demand>& demands, const observe::Split& split) {
  fmt::print("\nCost of misses: now {:.0f}, with the sizes below {:.0f} ({:+.1f} %)\n\n", split.cost_now,
             split.cost_then, split.cost_now > 0 ? 100 * (split.cost_then / split.cost_now - 1) : 0.0);
  fmt::print("[cache]\n");
  for (size_t i = 0; i < demands.size(); ++i)
    if (!demands[i].curve.empty())
      fmt::print("{} = \"{}\"\n", demands[i].cache, config::format_size(rounded(split.bytes[i])));
}

std::string json_of(const std::vector<Demand>& demands, const observe::Split& split) {
  Json json;
  json.begin_object().field("cost_now", split.cost_now).field("cost_then", split.cost_then).begin_array("caches");
  for (size_t i = 0; i < demands.size(); ++i) {
    const Demand& demand = demands[i];
    json.begin_object().field("name", demand.cache).field("bytes", uint64_t(demand.bytes));
    json.field("lookups", uint64_t(demand.lookups)).field("cost", demand.cost).field("known", !demand.curve.empty());
    json.field("advised_bytes", demand.curve.empty() ? uint64_t(demand.bytes) : rounded(split.bytes[i]));
    json.begin_array("curve");
    for (const observe::SizePoint& point : demand.curve)
      json.begin_object().field("bytes", uint64_t(point.bytes)).field("miss_ratio", point.misses).end_object();
    json.end_array().end_object();
  }
  return json.end_array().end_object().text();
}

int run_advise(const Program& program, const AdviseOptions& options) {
  auto inspector = program.inspect();
  if (!inspector) return report(inspector.error());
  auto demands = read_demands(*inspector, options);
  if (!demands) return report(demands.error());
  double total = 0;
  for (const Demand& demand : *demands) total += demand.bytes;
  if (!options.total.empty()) {
    auto bytes = config::parse_size(options.total);
    if (!bytes) return report(bytes.error());
    total = double(*bytes);
  }
  const bool known = std::any_of(demands->begin(), demands->end(), [](const Demand& d) { return !d.curve.empty(); });
  if (!known)
    return report(kExitNegative,
                  fmt::format("{}: no cache has {} sampled lookups yet", inspector->name(), options.least_samples),
                  "let larderd run while the workers do, and ask again; --least-samples lowers the bar");
  const observe::Split split = observe::best_split(*demands, total);
  if (options.json) {
    fmt::print("{}\n", json_of(*demands, split));
    return kExitOk;
  }
  print_ladder(*demands);
  print_split(*demands, split);
  return kExitOk;
}

}  // namespace

void add_advise(Program& program) {
  auto options = std::make_shared<AdviseOptions>();
  CLI::App* verb =
      program.verb("advise", "What each cache would gain or lose at other sizes; the best split of the memory",
                   "  larder advise\n  larder advise --cost accounts=5 --cost dnsTxt=20 --total 256mb",
                   [&program, options] { return run_advise(program, *options); });
  verb->add_option("--cost", options->costs,
                   "CACHE=NUMBER: what a miss costs, in any unit (default: as configured, else 1)");
  verb->add_option("--total", options->total, "Memory to split, e.g. 256mb (default: what the caches have now)");
  verb->add_option("--least-samples", options->least_samples, "Sampled lookups a cache needs to be advised on")
      ->capture_default_str();
  verb->add_flag("--json", options->json, "Print JSON");
}

}  // namespace larder::tools
