// workers.cc – `larder workers`: who is attached to a segment.
#include <fmt/format.h>

#include <memory>

#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "program.h"
#include "stat/figures_json.h"

namespace larder::tools {

namespace {

int run_workers(const Program& program, bool as_json) {
  auto inspector = program.inspect();
  if (!inspector) return report(inspector.error());
  const SegmentFigures figures = observe::read_figures(*inspector, {.census = false});
  if (as_json) {
    Json json;
    json.begin_object().field("segment", figures.name).field("worker_slots", figures.worker_slots);
    json.begin_array("workers");
    for (const WorkerFigures& worker : figures.workers) append_worker(json, worker, nullptr);
    fmt::print("{}\n", json.end_array().end_object().text());
    return kExitOk;
  }
  Table table({{"SLOT"},
               {"KIND", Table::Side::left},
               {"PID"},
               {"STATE", Table::Side::left},
               {"ATTACHED", Table::Side::left},
               {"THREADS"},
               {"PINS"},
               {"OPERATIONS"}});
  for (const WorkerFigures& worker : figures.workers) {
    table.add({std::to_string(worker.slot), worker.kind, std::to_string(worker.pid), to_string(worker.state),
               utc_time(worker.attached_unix_ms), std::to_string(worker.threads), std::to_string(worker.pins),
               grouped(worker.operations)});
  }
  if (table.empty()) {
    fmt::print("{}: nobody is attached ({} slots)\n", figures.name, figures.worker_slots);
  } else {
    fmt::print("{}", table.text());
  }
  return kExitOk;
}

}  // namespace

void add_workers(Program& program) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* verb = program.verb("workers", "List the processes attached to a segment",
                                "  larder workers\n  larder workers --segment mail --json",
                                [&program, as_json] { return run_workers(program, *as_json); });
  verb->add_flag("--json", *as_json, "Print JSON");
}

}  // namespace larder::tools
