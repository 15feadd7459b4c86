// replay.cc – `larder replay`: recorded traces against one cache, by several worker processes.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "common/crew.h"
#include "common/interrupt.h"
#include "program.h"
#include "replay/outcome.h"
#include "replay/stage.h"
#include "worker_options.h"

namespace larder::tools {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kWatchEvery = std::chrono::milliseconds(500);  ///< between two looks at the bytes held
constexpr int kReadyMs = 30'000;

std::vector<std::string> arguments_of(const Program& program, const ReplayOptions& options, const Stage& stage,
                                      const std::string& file, uint32_t number) {
  ReplayWorkerOptions worker;
  worker.file = file;
  worker.cache = stage.cache();
  worker.workers = options.workers;
  worker.number = number;
  worker.requests = options.requests;
  worker.record_bytes = stage.record_bytes();
  return worker_arguments("replay-worker", stage.segment(), program.directory, worker);
}

Status note_peak(const Stage& stage, Outcome& outcome) {
  auto figures = stage.figures();
  if (!figures) return figures.error();
  outcome.after = *figures;
  outcome.peak_payload = std::max(outcome.peak_payload, figures->payload_bytes);
  outcome.peak_entries = std::max(outcome.peak_entries, figures->entries);
  return Done{};
}

/// Waits for the end of all workers, looking at the cache now and then. The exit code.
int watch(const Stage& stage, Crew& crew, Outcome& outcome) {
  int code = kExitOk;
  auto look = Clock::now() + kWatchEvery;
  bool told = false;
  while (crew.running() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (const Crew::Ended& ended : crew.collect()) {
      ReplayFigures figures;
      if (ended.clean() && crew.read(ended.seat, figures) && figures.done == 1) {
        outcome.sum.add(figures);
        continue;
      }
      if (ended.code() < 0) report(kExitNegative, fmt::format("replay worker {} {}", ended.pid, ended.text()));
      code = std::max(code, ended.code() > 0 ? ended.code() : int(kExitNegative));
    }
    if ((interrupt::requested() || code != kExitOk) && !told) {
      crew.signal_all(SIGTERM);
      told = true;
    }
    if (Clock::now() < look) continue;
    if (const Status noted = note_peak(stage, outcome); !noted) return report(noted.error());
    look = Clock::now() + kWatchEvery;
  }
  return code;
}

int replay_file(const Program& program, const ReplayOptions& options, const std::string& file) {
  auto stage = Stage::build(program, options, file);
  if (!stage) return report(stage.error());
  Outcome outcome;
  outcome.file = file;
  outcome.workers = options.workers;
  if (const Status noted = note_peak(*stage, outcome); !noted) return report(noted.error());
  outcome.before = outcome.after;
  auto crew = Crew::open(options.workers, sizeof(ReplayFigures));
  if (!crew) return report(crew.error());
  for (uint32_t number = 0; number < options.workers; ++number) {
    const Status started = crew->start(number, arguments_of(program, options, *stage, file, number));
    if (!started) return report(started.error());
  }
  if (!crew->wait_ready(options.workers, kReadyMs) && !interrupt::requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // lets the one that failed say why
    for (const Crew::Ended& ended : crew->collect()) {
      if (ended.code() > 0) return ended.code();
    }
    return report(kExitTimeout, fmt::format("{}: the replay workers did not get ready", file),
                  "is the machine overloaded?");
  }
  const auto begin = Clock::now();
  crew->open_gate();
  const int code = watch(*stage, *crew, outcome);
  outcome.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (code != kExitOk) return code;
  if (const Status noted = note_peak(*stage, outcome); !noted) return report(noted.error());
  fmt::print("{}", options.json ? outcome_json(outcome, *stage) + "\n" : outcome_text(outcome, *stage));
  std::fflush(stdout);
  return kExitOk;
}

int run_replay(const Program& program, const ReplayOptions& options) {
  interrupt::install();
  if (program.segment_given && (!options.budget.empty() || !options.page.empty())) {
    return report(kExitUsage, "--budget and --page size a private segment, but --segment names a live one",
                  "leave out --segment, or --budget and --page");
  }
  for (const std::string& file : options.files) {
    const int code = replay_file(program, options, file);
    if (code != kExitOk) return code;
    if (interrupt::requested()) return report(kExitNegative, "interrupted; the figures above cover what was replayed");
  }
  return kExitOk;
}

}  // namespace

void add_replay(Program& program) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* verb = program.verb("replay", "Replay recorded traces against one cache and measure it",
                                "  larder replay web.bin.gz --workers 2 --percent 10\n"
                                "  larder replay *.bin.gz --segment mail --cache messages --json",
                                [&program, options] { return run_replay(program, *options); });
  verb->add_option("files", options->files, "Trace files, gzip-compressed or plain")->required();
  verb->add_option("--workers", options->workers, "Worker processes; each takes every N-th request")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  CLI::Option* percent = verb->add_option("--percent", options->percent, "Share of the working set to hold")
                             ->capture_default_str()
                             ->check(CLI::Range(0.0001, 1000.0));
  verb->add_option("--budget", options->budget, "Key and value bytes to hold, e.g. 64mb")->excludes(percent);
  verb->add_option("--requests", options->requests, "At most so many of each file");
  verb->add_option("--value-bytes", options->value_bytes, "Key and value bytes where the trace has no sizes")
      ->capture_default_str()
      ->check(CLI::Range(8, 131072));
  verb->add_option("--page", options->page, "Page size, e.g. 4kb (default: the engine's choice)");
  verb->add_option("--cache", options->cache,
                   "With --segment: the cache, cleared first (default: the only one, or replay)");
  verb->add_flag("--json", options->json, "One JSON object a file");
}

}  // namespace larder::tools
