// load_worker.cc – the hidden verb `load-worker`: one worker process of the workload.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "common/crew.h"
#include "common/interrupt.h"
#include "load/load_options.h"
#include "load/worker.h"
#include "program.h"
#include "worker_options.h"

namespace larder::tools {

std::unique_ptr<MailWorker> make_worker(std::string_view kind, const WorkerOptions& options) {
  if (kind == "smtp") return make_smtp(options);
  if (kind == "imap") return make_imap(options);
  if (kind == "jmap") return make_jmap(options);
  return nullptr;
}

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kReportEvery = std::chrono::milliseconds(100);
constexpr double kScanSeconds = 4;                 ///< between two mass mailings, at the rate asked for
constexpr uint64_t kScanEveryUnlimited = 500'000;  ///< the same in operations, at full speed

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Attaches again after the segment was retired: its successor may take a moment to appear.
Result<Desk> sit_down_again(const Program& program, const LoadOptions& options) {
  const auto begin = Clock::now();
  for (;;) {
    auto desk = Desk::open(program.segment, program.directory, options.kind);
    if (desk || interrupt::requested() || seconds_between(begin, Clock::now()) > 5) return desk;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

int run_load_worker(const Program& program, const LoadOptions& options) {
  interrupt::install();
  auto seat = Seat::parse(options.seat);
  if (!seat) return report(seat.error());
  const uint64_t scan_every = options.rate > 0 ? uint64_t(options.rate * kScanSeconds) : kScanEveryUnlimited;
  auto worker = make_worker(options.kind, {options.users, options.domains, options.seed, options.number, scan_every});
  if (!worker) return report(kExitUsage, fmt::format("--kind {}: not smtp, imap or jmap", options.kind));
  auto desk = Desk::open(program.segment, program.directory, options.kind);
  if (!desk) return report(desk.error());
  const auto begin = Clock::now();
  auto reported = begin;
  for (auto now = begin; !interrupt::requested(); now = Clock::now()) {
    if (options.seconds > 0 && seconds_between(begin, now) >= options.seconds) break;
    if (options.operations > 0 && desk->tally().operations >= options.operations) break;
    if (now - reported >= kReportEvery) {
      if (const Status written = seat->write(desk->tally()); !written) return report(written.error());
      reported = now;
    }
    if (options.rate > 0) {
      const double ahead = double(desk->tally().operations) / options.rate - seconds_between(begin, now);
      if (ahead > 0.002) std::this_thread::sleep_for(std::chrono::duration<double>(std::min(ahead, 0.05)));
      if (ahead > 0.05) continue;
    }
    worker->step(*desk);
    if (!desk->lost()) continue;
    const Tally tally = desk->tally();
    const std::string why = desk->why_lost();
    desk = sit_down_again(program, options);
    if (!desk)
      return report(exit_code(desk.error().code) == kExitNotFound ? kExitNotFound : kExitDamaged,
                    fmt::format("{}: {}", why, desk.error().message), desk.error().hint);
    desk->inherit(tally);
  }
  const Status written = seat->write(desk->tally());
  return written ? int(kExitOk) : report(written.error());
}

}  // namespace

void add_load_worker(Program& program) {
  add_worker<LoadOptions>(program, "load-worker", "One worker process of `larder load`", &run_load_worker);
}

}  // namespace larder::tools
