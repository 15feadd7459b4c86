// people.cc – checks of who is attached: larderd, workers, and whether there is a place for the next one.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "config/config.h"
#include "doctor/patient.h"
#include "observe/inspector.h"

namespace larder::doctor {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{20};
constexpr milliseconds kPatience{400};  ///< how long progress is waited for
constexpr uint64_t kNearlyAll = 10;     ///< a tenth of the places left: time to say so

std::string start_larderd(const Patient& patient) {
  return fmt::format("larderd --segment {} --directory {}", patient.name(), patient.directory());
}

/// Looks again until `done` likes what it sees; false if it never does.
template <class Done>
bool comes_true(Patient& patient, const Done& done) {
  for (milliseconds waited{0}; waited < kPatience; waited += kPause) {
    if (done(patient.look_again())) return true;
    std::this_thread::sleep_for(kPause);
  }
  return done(patient.look_again());
}

std::vector<WorkerFigures> in_state(const SegmentFigures& figures, WorkerState state) {
  std::vector<WorkerFigures> found;
  for (const WorkerFigures& worker : figures.workers)
    if (worker.state == state) found.push_back(worker);
  return found;
}

std::string who(const WorkerFigures& worker) {
  return fmt::format("{} in slot {} (pid {})", worker.kind, worker.slot, worker.pid);
}

void say_stopped(const WorkerFigures& worker, Report& report) {
  const std::string next = fmt::format("kill -CONT {0}, or end it: kill -KILL {0}", worker.pid);
  if (worker.pins > 0)
    report.warning(
        fmt::format("{} is stopped and holds {} pages", who(worker), worker.pins),
        "a signal, a debugger or a frozen container stopped it in the middle of its work; the pages are out of "
        "circulation until it goes on or dies",
        next);
  else
    report.notice(fmt::format("{} is stopped", who(worker)),
                  "a signal, a debugger or a frozen container; it holds nothing", next);
}

void say_dead(const SegmentFigures& figures, Patient& patient, Report& report) {
  const std::vector<WorkerFigures> dead = in_state(figures, WorkerState::dead);
  report.warning(fmt::format("{} dead workers are not buried, first {}", dead.size(), who(dead.front())),
                 figures.sidecar_alive ? "larderd does not get to it"
                                       : "nobody keeps the segment; the next one who "
                                         "attaches does it",
                 figures.sidecar_alive ? fmt::format("look at the log of larderd (pid {})", figures.sidecar_pid)
                                       : start_larderd(patient));
}

}  // namespace

void check_sidecar(Patient& patient, Report& report) {
  const SegmentFigures& figures = patient.figures();
  if (!figures.sidecar_alive)
    return report.warning("nobody keeps the segment",
                          "expiry stays exact and workers free pages themselves, but the dead are buried only when "
                          "somebody attaches, and schedules do not run",
                          start_larderd(patient));
  for (const WorkerFigures& worker : in_state(figures, WorkerState::stopped))
    if (worker.pid == figures.sidecar_pid && worker.kind == "larderd")
      return report.warning(fmt::format("larderd (pid {}) is stopped", worker.pid),
                            "a signal, a debugger or a frozen container; it keeps its lock, so no other takes over",
                            fmt::format("kill -CONT {}", worker.pid));
  if (!comes_true(patient, [&](const SegmentFigures& now) { return now.sidecar_cycles != figures.sidecar_cycles; }))
    return report.warning(
        fmt::format("larderd (pid {}) made no round of upkeep in {} ms", figures.sidecar_pid, kPatience.count()),
        "it has no processor time, hangs, or its interval is that long",
        fmt::format("look at its log; workers go on while it is ended and started again: kill {}",
                    figures.sidecar_pid));
  report.ok(fmt::format("pid {}, {} rounds of upkeep", figures.sidecar_pid, figures.sidecar_cycles));
}

void check_workers(Patient& patient, Report& report) {
  const SegmentFigures& figures = patient.figures();
  const auto all_buried = [](const SegmentFigures& now) { return in_state(now, WorkerState::dead).empty(); };
  if (!all_buried(figures) && !(figures.sidecar_alive && comes_true(patient, all_buried)))
    say_dead(figures, patient, report);
  size_t said = 0;
  for (const WorkerFigures& worker : in_state(figures, WorkerState::stopped))
    if (++said <= 3) say_stopped(worker, report);
  if (!report.said_anything()) report.ok(fmt::format("{} attached", figures.workers.size()));
}

void check_places(Patient& patient, Report& report) {
  const SegmentFigures& figures = patient.figures();
  uint64_t threads = 0;
  for (const WorkerFigures& worker : figures.workers) threads += worker.threads;
  const auto judge = [&](uint64_t used, uint64_t all, const char* what, const char* key) {
    const std::string next =
        fmt::format("end some (larder workers), or raise segment.{} and: larder retire {}", key, patient.name());
    if (used >= all)
      report.error(fmt::format("all {} places for {} are taken", all, what), "the next one is refused", next);
    else if ((all - used) * kNearlyAll < all)
      report.warning(fmt::format("{} of {} places for {} are taken", used, all, what), "soon the next one is refused",
                     next);
  };
  judge(figures.workers.size(), figures.worker_slots, "workers", "workers");
  const uint64_t lines = (*patient.segment()).impl().tables().lines.size();
  judge(threads, lines, "threads", "threads");
  if (!report.said_anything())
    report.ok(fmt::format("{} of {} workers, {} of {} threads", figures.workers.size(), figures.worker_slots, threads,
                          lines));
}

}  // namespace larder::doctor
