// audit.cc – `larder audit`: checks every invariant of a segment, live or dead.
#include <fmt/format.h>

#include <memory>

#include "common/json.h"
#include "common/text.h"
#include "program.h"

namespace larder::tools {

namespace {

struct AuditOptions {
  std::string name;
  bool json = false;
};

std::string json_of(const std::string& name, const observe::AuditReport& audit) {
  Json json;
  json.begin_object().field("segment", name).field("clean", audit.violation_count == 0);
  json.field("checks", audit.checks).field("in_flight", audit.in_flight).field("quiet", audit.quiet);
  json.field("violation_count", audit.violation_count).begin_array("violations");
  for (const observe::Violation& violation : audit.violations) {
    json.begin_object().field("cache", violation.cache).field("rule", violation.rule);
    json.field("detail", violation.detail).end_object();
  }
  return json.end_array().end_object().text();
}

void print(const std::string& name, const observe::AuditReport& audit) {
  for (const observe::Violation& violation : audit.violations) {
    fmt::print("{}: {}: {}\n", violation.cache.empty() ? "segment" : violation.cache, violation.rule, violation.detail);
  }
  if (audit.violation_count > audit.violations.size()) {
    fmt::print("… {} more\n", grouped(audit.violation_count - audit.violations.size()));
  }
  fmt::print("{}: {} violations, {} facts checked, {} operations in flight, {}\n", name, grouped(audit.violation_count),
             grouped(audit.checks), grouped(audit.in_flight), audit.quiet ? "nobody attached" : "workers attached");
}

int run_audit(const Program& program, const AuditOptions& options) {
  auto inspector = program.inspect(options.name);
  if (!inspector) return report(inspector.error());
  const observe::AuditReport audit = observe::audit(*inspector);
  const std::string name(inspector->name());
  if (options.json) {
    fmt::print("{}\n", json_of(name, audit));
  } else {
    print(name, audit);
  }
  return audit.violation_count == 0 ? kExitOk : kExitNegative;
}

}  // namespace

void add_audit(Program& program) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App* verb = program.verb("audit", "Check every invariant of a segment; exit code 1 if one is violated",
                                "  larder audit\n  larder audit /var/tmp/copy-of-a-segment --json",
                                [&program, options] { return run_audit(program, *options); });
  verb->add_option("segment", options->name, "A name, or a path with a '/' (default: --segment)");
  verb->add_flag("--json", options->json, "Print the report as JSON");
}

}  // namespace larder::tools
