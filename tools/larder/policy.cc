// policy.cc – `larder policy`: the setting of each cache, how others would do, and which switches were made.
#include "observe/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "program.h"

namespace larder::tools {

namespace {

using observe::PolicyFigures;

struct PolicyOptions {
  std::string cache;
  bool all = false;
  bool json = false;
};

std::string setting_text(const PolicySetting& s) {
  std::string text = s.adapt ? std::string("adapted") : fmt::format("cold {:g}", std::round(s.cold * 1000) / 1000);
  text += fmt::format(", promote {}, ghosts {:g}", s.promote, s.ghosts);
  if (s.cap != PolicySetting{}.cap) text += fmt::format(", cap {}", s.cap);
  if (s.demote) text += ", demote";
  if (s.challenge) text += ", challenge";
  if (!s.by_size) text += ", blind to size";
  return text;
}

std::string cause_text(const observe::BudgetChange& change) {
  switch (change.cause) {
    case policy::BudgetCause::hand: return "by hand";
    case policy::BudgetCause::configuration: return "by the configuration";
    case policy::BudgetCause::moved:
      return change.peer.empty() ? "by larderd, from what the caches have left" : "by larderd, for " + change.peer;
  }
  return "for a reason unknown";
}

std::string in_percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

void append_setting(Json& json, const char* name, const PolicySetting& s) {
  json.begin_object(name).field("cold", s.cold).field("promote", s.promote).field("cap", s.cap);
  json.field("ghosts", s.ghosts).field("demote", s.demote).field("challenge", s.challenge);
  json.field("adapt", s.adapt).field("by_size", s.by_size).field("tune", s.tune).end_object();
}

void append(Json& json, const PolicyFigures& f) {
  json.begin_object().field("name", f.cache).field("lookups", f.lookups).field("sampled_lookups", f.samples);
  json.field("simulated_entries", f.entries).field("cold_share", f.cold_share);
  append_setting(json, "configured", f.configured);
  append_setting(json, "in_use", f.in_use);
  json.begin_array("compared");
  for (const observe::ArmFigures& arm : f.arms) {
    json.begin_object().field("miss_ratio", arm.misses);
    append_setting(json, "setting", arm.setting);
    json.end_object();
  }
  json.end_array().field("switches", f.switches).begin_array("decisions");
  for (const observe::DecisionFigures& d : f.decisions) {
    json.begin_object().field("unix_ms", d.unix_ms);
    append_setting(json, "from", d.from);
    append_setting(json, "to", d.to);
    json.field("from_miss_ratio", d.from_misses).field("to_miss_ratio", d.to_misses).end_object();
  }
  json.end_array().begin_array("curve");
  for (const observe::CurvePoint& point : f.curve)
    json.begin_object().field("budgets", point.size).field("miss_ratio", point.misses).end_object();
  json.end_array().field("budget_changes", f.budget_changes).begin_array("budget_log");
  for (const observe::BudgetChange& change : f.budget_log) {
    json.begin_object().field("unix_ms", change.unix_ms).field("from_bytes", change.from).field("to_bytes", change.to);
    json.field("cause", cause_text(change)).end_object();
  }
  json.end_array().end_object();
}

void print_budget(const PolicyFigures& f) {
  if (f.budget_log.empty()) return;
  fmt::print("  {} change{} of the budget; the last:\n", grouped(f.budget_changes), f.budget_changes == 1 ? "" : "s");
  for (const observe::BudgetChange& change : f.budget_log)
    fmt::print("  {}  {} -> {}  {}\n", utc_time(change.unix_ms), long_bytes(change.from), long_bytes(change.to),
               cause_text(change));
}

void print_one(const PolicyFigures& f) {
  fmt::print("{}: {}; cold ring {:.1f} % of {}\n", f.cache, setting_text(f.in_use), 100 * f.cold_share,
             long_bytes(f.budget));
  if (!f.in_use.tune) fmt::print("  not tuned: tune = false\n");
  fmt::print("  {} of {} lookups sampled, simulated with {} entries\n", grouped(f.samples), grouped(f.lookups),
             grouped(f.entries));
  for (const observe::ArmFigures& arm : f.arms)
    fmt::print("  {:>8}  {}\n", in_percent(arm.misses), setting_text(arm.setting));
  print_budget(f);
  if (f.decisions.empty()) return;
  fmt::print("  {} switch{}; the last:\n", grouped(f.switches), f.switches == 1 ? "" : "es");
  for (const observe::DecisionFigures& d : f.decisions)
    fmt::print("  {}  {} ({})  ->  {} ({})\n", utc_time(d.unix_ms), setting_text(d.from), in_percent(d.from_misses),
               setting_text(d.to), in_percent(d.to_misses));
}

void print_all(const std::vector<PolicyFigures>& policies, bool all) {
  Table table({{"CACHE", Table::Side::left},
               {"COLD"},
               {"SAMPLED"},
               {"MISSES"},
               {"SWITCHES"},
               {"SETTING IN USE", Table::Side::left}});
  for (const PolicyFigures& f : policies) {
    if (!all && f.lookups == 0) continue;
    const double lookups = double(f.lookups);
    const auto used = std::find_if(f.arms.begin(), f.arms.end(), [&](const observe::ArmFigures& arm) {
      return setting_text(arm.setting) == setting_text(f.in_use);
    });
    table.add({f.cache, in_percent(f.cold_share), lookups > 0 ? in_percent(double(f.samples) / lookups) : "-",
               used != f.arms.end() ? in_percent(used->misses) : "-", grouped(f.switches), setting_text(f.in_use)});
  }
  if (table.empty()) {
    fmt::print("no cache was asked for anything yet; --all shows them\n");
  } else {
    fmt::print("{}", table.text());
  }
}

int run_policy(const Program& program, const PolicyOptions& options) {
  auto inspector = program.inspect();
  if (!inspector) return report(inspector.error());
  std::vector<PolicyFigures> policies = observe::read_policies(*inspector);
  if (!options.cache.empty()) {
    std::erase_if(policies, [&](const PolicyFigures& f) { return f.cache != options.cache; });
    if (policies.empty())
      return report(kExitNotFound, fmt::format("{}: no cache {}", inspector->name(), options.cache),
                    "`larder policy --all` lists them");
  }
  if (options.json) {
    Json json;
    json.begin_object().field("segment", std::string(inspector->name())).begin_array("caches");
    for (const PolicyFigures& f : policies) append(json, f);
    fmt::print("{}\n", json.end_array().end_object().text());
  } else if (options.cache.empty()) {
    print_all(policies, options.all);
  } else {
    print_one(policies.front());
  }
  return kExitOk;
}

}  // namespace

void add_policy(Program& program) {
  auto options = std::make_shared<PolicyOptions>();
  CLI::App* verb = program.verb("policy", "The setting of each cache, how others would do, and the switches made",
                                "  larder policy\n  larder policy --cache dnsTxt\n  larder policy --json",
                                [&program, options] { return run_policy(program, *options); });
  verb->add_option("--cache", options->cache, "One cache, with all settings compared and the log of switches");
  verb->add_flag("--all", options->all, "Also caches that nobody asked yet");
  verb->add_flag("--json", options->json, "Print JSON");
}

}  // namespace larder::tools
