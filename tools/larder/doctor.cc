// doctor.cc – `larder doctor`: what is wrong, why, and the next command, on one screen.
#include "doctor/doctor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "common/json.h"
#include "common/text.h"
#include "program.h"

namespace larder::tools {

namespace {

using doctor::Finding;
using doctor::Verdict;

struct DoctorOptions {
  std::string name, config;
  bool json = false, all = false;
};

int exit_code_of(Verdict worst) {
  if (worst == Verdict::error) return 2;
  return worst == Verdict::warning ? 1 : 0;
}

std::string json_of(const doctor::Diagnosis& diagnosis) {
  Json json;
  json.begin_object().field("segment", diagnosis.segment).field("path", diagnosis.path);
  json.field("worst", to_string(diagnosis.worst())).begin_array("findings");
  for (const Finding& finding : diagnosis.findings) {
    json.begin_object().field("check", finding.check).field("verdict", to_string(finding.verdict));
    json.field("what", finding.what).field("cause", finding.cause).field("next", finding.next).end_object();
  }
  return json.end_array().end_object().text();
}

/// Names come from files that anybody may have made: nothing in them reaches a terminal as a control character.
void print_finding(const Finding& finding) {
  fmt::print("{:<8} {}: {}\n", to_string(finding.verdict), finding.check, printable(finding.what));
  if (!finding.cause.empty()) fmt::print("{:8} why:  {}\n", "", printable(finding.cause));
  if (!finding.next.empty()) fmt::print("{:8} next: {}\n", "", printable(finding.next));
}

void print(const doctor::Diagnosis& diagnosis, bool all) {
  fmt::print("{}\n", printable(diagnosis.path));
  std::vector<std::string> fine, skipped;
  for (const Verdict verdict : {Verdict::error, Verdict::warning, Verdict::notice})
    for (const Finding& finding : diagnosis.findings)
      if (finding.verdict == verdict) print_finding(finding);
  for (const Finding& finding : diagnosis.findings) {
    if (finding.verdict == Verdict::ok && all) print_finding(finding);
    if (finding.verdict == Verdict::ok) fine.push_back(finding.check);
    if (finding.verdict == Verdict::skipped) skipped.push_back(finding.check);
  }
  if (!fine.empty() && !all) fmt::print("fine:    {}\n", fmt::join(fine, ", "));
  if (!skipped.empty()) fmt::print("skipped: {}\n", fmt::join(skipped, ", "));
}

int run_doctor(const Program& program, const DoctorOptions& options) {
  const doctor::Diagnosis diagnosis =
      doctor::diagnose({options.name.empty() ? program.segment : options.name, program.directory, options.config});
  if (options.json) {
    fmt::print("{}\n", json_of(diagnosis));
  } else {
    print(diagnosis, options.all);
  }
  return exit_code_of(diagnosis.worst());
}

std::string all_checks() {
  std::string text = "Looks at:\n";
  for (const doctor::CheckInfo& check : doctor::checks())
    text += fmt::format("  {:<14} {}\n", check.name, check.looks_at);
  return text;
}

}  // namespace

void add_doctor(Program& program) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb =
      program.verb("doctor", "Say what is wrong, why, and the next command; exit code 1: warnings, 2: errors",
                   "  larder doctor\n  larder doctor mail --config /etc/larder/larder.toml\n"
                   "  larder doctor /var/tmp/copy-of-a-segment.larder --json\n\n" +
                       all_checks(),
                   [&program, options] { return run_doctor(program, *options); });
  verb->add_option("segment", options->name, "A name, or a path with a '/' (default: --segment)");
  verb->add_option("--config", options->config, "A configuration file to check as well");
  verb->add_flag("--all", options->all, "Also say what is fine");
  verb->add_flag("--json", options->json, "Print the findings as JSON");
}

}  // namespace larder::tools
