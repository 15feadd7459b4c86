// daemon.cc – larderd's life: adopt or create, keep, stop.
#include "sidecar/daemon.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "base/error.h"
#include "cache/build.h"
#include "config/units.h"
#include "segment/member.h"
#include "sidecar/log.h"

namespace larder::sidecar {
namespace {

constexpr milliseconds kPoll{100};      // between two looks at a segment that another daemon keeps
constexpr milliseconds kLongest{1000};  // longest sleep, so that schedules are met within a second
constexpr int kRaces = 50;              // attempts to get through a race with creators and retirers, kPoll apart

void log_changes(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.applied) {
      log_line("{}: applied", change.what);
    } else {
      log_line("{}: not applied: {}", change.what, change.why);
    }
  }
}

void log_refusal(std::string_view what, std::string_view old_value, std::string_view new_value, std::string_view why) {
  if (old_value != new_value) log_line("{}: \"{}\" -> \"{}\": not applied: {}", what, old_value, new_value, why);
}

/// Names what a running daemon does not change: its place, which stays, and what a successor of the segment will get.
void keep_file(const SegmentOptions& running, SegmentOptions& wanted) {
  constexpr std::string_view kRestart = "restart larderd", kMade = "fixed when the segment is made: retire it";
  log_refusal("segment.name", running.name, wanted.name, kRestart);
  log_refusal("segment.directory", running.directory, wanted.directory, kRestart);
  log_refusal("segment.mode", fmt::format("{:04o}", running.mode), fmt::format("{:04o}", wanted.mode), kMade);
  log_refusal("segment.group", running.group.value_or(""), wanted.group.value_or(""), kMade);
  log_refusal("segment.numa", running.numa, wanted.numa, kMade);
  wanted.name = running.name;
  wanted.directory = running.directory;
}

/// The stores that are kept on disk, each in a database of its own.
std::vector<KeptStore> kept_stores(const config::Config& config) {
  std::vector<KeptStore> kept;
  for (const auto& [name, settings] : config.persistence) {
    if (settings.directory.empty()) continue;
    const std::string path = fmt::format("{}/{}.{}.db", settings.directory, config.segment.name, name);
    kept.push_back({{name, settings.first_bytes, {path, {}}}, settings.interval});
  }
  return kept;
}

/// Names databases that a running daemon neither opens nor leaves.
void keep_databases(const config::Config& running, const config::Config& wanted) {
  std::map<std::string, std::pair<std::string, std::string>> directories;
  for (const auto& [name, settings] : running.persistence) directories[name].first = settings.directory;
  for (const auto& [name, settings] : wanted.persistence) directories[name].second = settings.directory;
  for (const auto& [name, pair] : directories)
    log_refusal(fmt::format("store.{}.persistence.directory", name), pair.first, pair.second, "restart larderd");
}

void say(const std::string& line) { log_line("{}", line); }

std::vector<config::Schedule> schedules_of(const config::Config& config) {
  std::vector<config::Schedule> schedules = config.schedules;
  schedules.insert(schedules.end(), config.purges.begin(), config.purges.end());
  return schedules;
}

void purge(Keeper& keeper, const config::Schedule& schedule) {
  const Result<uint64_t> removed = keeper.purge(schedule.name);
  if (removed)
    log_line("schedule \"{}\" of store {}: {} expired record{} removed", config::format_cron(schedule.cron),
             schedule.name, *removed, *removed == 1 ? "" : "s");
  else
    log_error(removed.error());
}

/// Failures that another process's create or retire, under way at this moment, explains.
bool passing(Code code) { return code == Code::exists || code == Code::retired; }

}  // namespace

Daemon::Daemon(const DaemonOptions& options, config::Config config, Signals signals)
    : options_(options),
      config_(std::move(config)),
      signals_(std::move(signals)),
      timetable_(schedules_of(config_), std::time(nullptr)) {}

Status Daemon::run(const DaemonOptions& options) {
  Result<Signals> signals = Signals::open();
  if (!signals) return signals.error();
  Result<config::Config> config = read_config(options);
  if (!config) return config.error();
  Daemon daemon(options, std::move(*config), std::move(*signals));
  return daemon.serve();
}

Result<config::Config> Daemon::read_config(const DaemonOptions& options) {
  Result<config::Config> config = options.config_file.empty() ? config::defaults() : config::load(options.config_file);
  if (!config) return config;
  if (options.segment) config->segment.name = *options.segment;
  if (options.directory) config->segment.directory = *options.directory;
  return config;
}

Status Daemon::serve() {
  if (Status established = establish(); !established) return established;
  if (!keeper_) return Done{};
  if (Status announced = announce_ready(); !announced) return announced;
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_cycle_) {
      upkeep();
      move_memory();
      next_cycle_ = std::chrono::steady_clock::now() + config_.sidecar.interval;
    }
    run_schedules();
    if (lost()) {
      if (Status written = leave_disk(); !written) log_line("the segment that is gone was not written wholly");
      feeder_.reset();
      keeper_.reset();
      if (Status established = establish(); !established) return established;
      if (!keeper_) return Done{};
    }
    const auto pause = std::chrono::ceil<milliseconds>(next_cycle_ - std::chrono::steady_clock::now());
    wait_and_obey(std::clamp(pause, milliseconds(0), kLongest));
  }
  return stop();
}

Status Daemon::establish() {
  bool said = false;
  int races = 0;
  while (!stopping_) {
    Result<Keeper> keeper = adopt_or_create();
    if (keeper) {
      keeper_.emplace(std::move(*keeper));
      feeder_.emplace(keeper_->caches(), config_.sidecar.share);
      return Done{};
    }
    const Error& error = keeper.error();
    if (error.code == Code::busy && options_.wait) {
      if (!said) log_line("{}; waiting for it to end", error.message);
      said = true;
    } else if (!passing(error.code) || ++races > kRaces) {
      return error;
    }
    wait_and_obey(kPoll);
  }
  return Done{};
}

Result<Keeper> Daemon::adopt_or_create() {
  const SegmentOptions& wanted = config_.segment;
  Result<Persistence> persistence = Persistence::open(kept_stores(config_), say);
  if (!persistence) return persistence.error();
  AttachOptions how;
  how.directory = wanted.directory;
  how.kind = "larderd";
  Result<Segment> segment = Segment::attach(wanted.name, how);
  const bool adopted = static_cast<bool>(segment);
  if (!adopted) {
    const Code code = segment.error().code;
    if (code != Code::not_found && code != Code::retired) return segment.error();
    segment =
        cache::create_segment(wanted, how.kind, [&](const Segment& unnamed) { return persistence->prepare(unnamed); });
    if (!segment) return segment.error();
  }
  Result<Keeper> keeper = Keeper::take(*segment);
  if (!keeper) return keeper;
  log_line("{} segment {} at {}, {} bytes", adopted ? "adopted" : "created", segment->name(), segment->path(),
           segment->bytes());
  if (adopted) log_changes(keeper->apply(wanted));
  persistence_.emplace(std::move(*persistence));
  persistence_->start(*segment);
  return keeper;
}

Status Daemon::announce_ready() const {
  if (options_.ready_fd < 0) return Done{};
  constexpr std::string_view kReady = "ready\n";
  const bool written = write(options_.ready_fd, kReady.data(), kReady.size()) == static_cast<ssize_t>(kReady.size());
  if (!written)
    return base::with_errno(fmt::format("cannot say that the segment is ready on descriptor {}", options_.ready_fd));
  close(options_.ready_fd);
  return Done{};
}

void Daemon::upkeep() {
  const Cycle cycle = keeper_->run_cycle();
  if (cycle.buried > 0) log_line("buried {} dead worker{}", cycle.buried, cycle.buried == 1 ? "" : "s");
  for (const Switch& made : cycle.switches)
    log_line("cache {}: {} missed {:.2f} %, {} misses {:.2f} %: using it", made.cache, policy_text(made.from),
             100 * made.from_misses, policy_text(made.to), 100 * made.to_misses);
  for (const std::string& wrong : cycle.budgets) log_line("{}", wrong);
}

void Daemon::move_memory() {
  const auto now = std::chrono::steady_clock::now();
  if (!config_.sidecar.move || now < next_move_) return;
  next_move_ = now + config_.sidecar.move_interval;
  for (const std::string& decided : keeper_->move_memory()) log_line("{}", decided);
}

void Daemon::run_schedules() {
  for (const config::Schedule& schedule : timetable_.due(std::time(nullptr))) {
    if (schedule.work == config::Schedule::Work::purge_store) {
      purge(*keeper_, schedule);
      continue;
    }
    const uint64_t dropped = keeper_->expire_all(schedule.name == "*" ? "" : schedule.name);
    log_line("schedule \"{}\" of {}: {} expired entries dropped", config::format_cron(schedule.cron), schedule.name,
             dropped);
  }
}

bool Daemon::lost() const {
  const Segment& segment = keeper_->segment();
  if (segment.member()->lost()) {
    log_line("{} was shortened by somebody; removing it so that its workers move to a new one", segment.path());
    if (const Status removed = segment.retire(); !removed) log_error(removed.error());
    return true;
  }
  if (segment.retired()) {
    log_line("segment {} was retired; looking for its successor", segment.name());
    return true;
  }
  const Result<os::FileFacts> facts = segment.member()->file().facts();
  if (!facts || facts->links > 0) return false;
  log_line("{} was deleted; retiring the segment so that its workers move to a new one", segment.path());
  if (const Status retired = segment.retire(); !retired) log_error(retired.error());
  return true;
}

void Daemon::wait_and_obey(milliseconds limit) {
  const std::optional<int> number = signals_.wait(limit);
  if (!number) return;
  if (*number == SIGHUP) return reload();
  log_line("stopping on signal {}", *number == SIGTERM ? "SIGTERM" : "SIGINT");
  stopping_ = true;
}

void Daemon::reload() {
  if (options_.config_file.empty()) return log_line("SIGHUP: started without a configuration file, nothing to read");
  Result<config::Config> fresh = read_config(options_);
  if (!fresh) {
    log_line("SIGHUP: the configuration is not acceptable, the old one stays:");
    return log_error(fresh.error());
  }
  keep_file(config_.segment, fresh->segment);
  keep_databases(config_, *fresh);
  config_ = std::move(*fresh);
  timetable_ = Timetable(schedules_of(config_), std::time(nullptr));
  next_cycle_ = {};
  log_line("SIGHUP: read {}", options_.config_file);
  if (keeper_) {
    log_changes(keeper_->apply(config_.segment));
    feeder_.emplace(keeper_->caches(), config_.sidecar.share);
  }
  if (persistence_) persistence_->apply(kept_stores(config_));
}

Status Daemon::leave_disk() {
  if (!persistence_) return Done{};
  Status written = persistence_->stop();
  persistence_.reset();
  return written;
}

Status Daemon::stop() {
  if (!options_.retire_on_exit && !config_.sidecar.retire) return leave_disk();
  const Segment& segment = keeper_->segment();
  Status retired = segment.retire();  // first: nothing changes any more while the rest is written
  if (retired) log_line("retired segment {}", segment.name());
  Status written = leave_disk();
  return retired ? written : retired;
}

}  // namespace larder::sidecar
