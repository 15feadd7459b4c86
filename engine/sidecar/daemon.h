// daemon.h – larderd: one process that keeps one segment.
//
// What it is    Daemon reads the configuration, adopts the segment of that name or creates it, and then runs rounds of
//               upkeep until it is told to stop. SIGTERM and SIGINT stop it, SIGHUP reads the configuration again.
// Invariants    D1 at most one daemon keeps a segment (Keeper's lock); another waits or gives up, as told. D2 a
//               configuration that is broken at SIGHUP changes nothing. D3 a segment that others retire or delete is
//               replaced: the old one is marked retired so that its workers move, and a successor is adopted or made.
//               D4 what a store keeps on disk is in a new segment before anybody can see it.
// Concurrency   one thread, one that keeps pages free (feeder.h) and one that writes to disk (persistence.h); waits in
//               poll, never spins.
// Crash         killed anywhere, it leaves a segment that works without it; the next daemon adopts it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "config/config.h"
#include "larder/result.h"
#include "sidecar/feeder.h"
#include "sidecar/keeper.h"
#include "sidecar/persistence.h"
#include "sidecar/signals.h"
#include "sidecar/timetable.h"

namespace larder::sidecar {

struct DaemonOptions {
  std::string config_file;               ///< empty = defaults
  std::optional<std::string> segment;    ///< overrides segment.name
  std::optional<std::string> directory;  ///< overrides segment.directory
  bool wait = false;                     ///< wait while another daemon keeps the segment
  bool retire_on_exit = false;           ///< retire the segment on a clean stop, whatever the configuration says
  int ready_fd = -1;                     ///< gets "ready\n" and is closed once the segment is kept
};

class Daemon {
 public:
  /// Runs until told to stop. Code::busy if another daemon keeps the segment and waiting was not asked for.
  static Status run(const DaemonOptions& options);

 private:
  Daemon(const DaemonOptions& options, config::Config config, Signals signals);

  /// The configuration with the command line's overrides.
  static Result<config::Config> read_config(const DaemonOptions& options);
  Status serve();
  /// Adopts or creates the segment and takes its lock; tries again where trying helps. Without a Keeper after success,
  /// a stop was asked for meanwhile.
  Status establish();
  Result<Keeper> adopt_or_create();
  Status announce_ready() const;

  void upkeep();
  void move_memory();
  void run_schedules();
  /// True if the segment was retired or its file deleted.
  bool lost() const;
  /// Waits for a signal and obeys it.
  void wait_and_obey(milliseconds limit);
  void reload();
  /// Writes what the disk does not have and closes the databases.
  Status leave_disk();
  Status stop();

  const DaemonOptions options_;
  config::Config config_;
  Signals signals_;
  Timetable timetable_;
  std::optional<Keeper> keeper_;
  std::optional<FeederThread> feeder_;      ///< of the kept segment, as the next
  std::optional<Persistence> persistence_;  ///< ends before the keeper: it works on the kept segment
  std::chrono::steady_clock::time_point next_cycle_{};
  std::chrono::steady_clock::time_point next_move_{};
  bool stopping_ = false;
};

}  // namespace larder::sidecar
