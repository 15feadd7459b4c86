// doctor.cc – the table of checks, and running them so that an answer comes whatever they meet.
#include "doctor/doctor.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "doctor/patient.h"
#include "os/guarded.h"

namespace larder::doctor {

namespace {

using std::chrono::milliseconds;

constexpr Check kChecks[] = {
    {"configuration", "the file of --config: every error in it, and whether the segment is what it asks for",
     check_configuration, false},
    {"directory", "where segments live: is it there, in memory, writable", check_directory, false},
    {"space", "room for the segment, its successor, or the one that the configuration plans", check_space, false},
    {"logout", "whether the system clears the directory when a user logs out", check_logout, false},
    {"segment", "the file of the segment: there, whole, of this layout, not retired", check_segment, false},
    {"access", "owner and mode of the file: who may attach", check_access, false},
    {"others", "other segment files in the directory that nobody can use", check_others, false},
    {"retired", "processes that still use a segment whose file is gone", check_retired, false},
    {"huge pages", "how much of a large segment is in huge pages", check_pages, true},
    {"nodes", "on which NUMA nodes the memory of a large segment is", check_nodes, true},
    {"larderd", "whether somebody keeps the segment, and makes progress", check_sidecar, true},
    {"workers", "dead workers that nobody buries, stopped ones that hold pages", check_workers, true},
    {"places", "whether the next worker and the next thread find a place", check_places, true},
    {"caches", "values that do not fit, puts that found no room, indexes that are too small", check_caches, true},
    {"stores", "how full they are, and writes that were refused", check_stores, true},
    {"audit", "every invariant of the segment's memory", check_audit, true},
};
constexpr size_t kCheckCount = std::size(kChecks);

/// A finding as one text between processes: its parts, ended by zero bytes.
std::string pack(const Finding& finding) {
  std::string text = finding.check + '\0' + std::to_string(static_cast<int>(finding.verdict)) + '\0';
  return text + finding.what + '\0' + finding.cause + '\0' + finding.next + '\0';
}

Finding unpack(std::string_view text) {
  const auto part = [&] {
    const size_t end = std::min(text.find('\0'), text.size());
    std::string found(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return found;
  };
  Finding finding;
  finding.check = part();
  finding.verdict = static_cast<Verdict>(std::clamp(part()[0] - '0', 0, static_cast<int>(Verdict::error)));
  finding.what = part();
  finding.cause = part();
  finding.next = part();
  return finding;
}

void run_check(const Check& check, Patient& patient, Report& report) {
  if (check.needs_segment && !patient.segment()) {
    report.skipped("not looked at: the segment cannot be opened");
    return;
  }
  check.run(patient, report);
  if (!report.said_anything()) report.ok("nothing to say");
}

/// What a check that did not come to its end says about the segment.
Finding ended_early(const Check& check, const os::GuardedEnd& end, const Patient& patient) {
  Finding finding{check.name, Verdict::error, {}, {}, {}};
  switch (end.how) {
    case os::GuardedEnd::signalled:
      finding.what = fmt::format("the check was ended by {}", os::signal_name(end.signal));
      finding.cause = "the segment is damaged, or was shortened while it was read";
      break;
    case os::GuardedEnd::out_of_time:
      finding.what = "the check came to no end in its time";
      finding.cause = "the segment is damaged, or the machine has no time for this process";
      break;
    default:
      finding.what = fmt::format("the check could not be started (errno {})", end.signal);
      finding.cause = "no more processes, descriptors or memory";
  }
  finding.next = fmt::format("look again; if it stays, retire it: larder retire {}", patient.name());
  return finding;
}

milliseconds time_for(const std::string& path) {
  struct stat st {};
  const uint64_t mib = stat(path.c_str(), &st) == 0 ? static_cast<uint64_t>(st.st_size) >> 20 : 0;
  return milliseconds(1000 + std::min<uint64_t>(mib, uint64_t{1} << 20));
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::skipped: return "skipped";
    case Verdict::notice: return "notice";
    case Verdict::warning: return "warning";
    case Verdict::error: return "error";
  }
  return "unknown";
}

Verdict Diagnosis::worst() const {
  Verdict worst = Verdict::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
  return worst;
}

std::vector<CheckInfo> checks() {
  std::vector<CheckInfo> infos;
  for (const Check& check : kChecks) infos.push_back({check.name, check.looks_at});
  return infos;
}

Diagnosis diagnose(const Question& question) {
  Diagnosis diagnosis;
  const Patient named(question);
  diagnosis.segment = named.name();
  diagnosis.path = named.path();
  const milliseconds limit = time_for(named.path());
  for (size_t first = 0; first < kCheckCount;) {
    size_t done = first;  // checks that came to their end: an empty text says so
    const auto work = [&](const os::Say& say) {
      Patient patient(question);
      for (size_t i = first; i < kCheckCount; ++i) {
        Report report(kChecks[i].name, [&](const Finding& finding) { say(pack(finding)); });
        run_check(kChecks[i], patient, report);
        say({});
      }
    };
    const os::GuardedEnd end = os::run_guarded(work, limit, [&](std::string_view text) {
      if (text.empty()) {
        ++done;
      } else {
        diagnosis.findings.push_back(unpack(text));
      }
    });
    if (done < kCheckCount) diagnosis.findings.push_back(ended_early(kChecks[done], end, named));
    first = done + 1;
  }
  return diagnosis;
}

}  // namespace larder::doctor
