// program.h – what every verb of the tool gets: the global options and a place for what to run.
//
// What it is    one Program a process. Each verb has a file of its own with one `add_<verb>` function, which declares
//               the options and what to run; main.cc calls them all.
// Invariants    parsing has no effects; at most one verb runs, after parsing is complete.
// Concurrency   main thread only.
// Crash         nothing is shared.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "common/exit.h"
#include "observe/observe.h"

namespace larder::tools {

struct Program {
  CLI::App app{"Watches, fills, checks and replays Larder's shared-memory caches."};
  std::string segment = "larder";
  std::string directory;
  bool segment_given = false;   ///< on the command line, not only by LARDER_SEGMENT
  std::function<int()> action;  ///< what to run after parsing; empty = no verb

  /// A subcommand with usage examples below its options. `run` returns the exit code.
  CLI::App* verb(const std::string& name, const std::string& summary, const std::string& examples,
                 std::function<int()> run);
  /// The segment of the global options, mapped read-only. `name` overrides (a name, or a path with a '/').
  Result<observe::Inspector> inspect(const std::string& name = {}) const;
};

void add_advise(Program& program);
void add_audit(Program& program);
void add_conf(Program& program);
void add_create(Program& program);
void add_del(Program& program);
void add_doctor(Program& program);
void add_dump(Program& program);
void add_get(Program& program);
void add_keys(Program& program);
void add_load(Program& program);
void add_load_dump(Program& program);
void add_load_worker(Program& program);
void add_policy(Program& program);
void add_put(Program& program);
void add_replay(Program& program);
void add_replay_worker(Program& program);
void add_resize(Program& program);
void add_retire(Program& program);
void add_stat(Program& program);
void add_store(Program& program);
void add_workers(Program& program);

/// What `larder` without a verb does: the segments of the directory, or how to make one.
int list_segments(const Program& program);

}  // namespace larder::tools
