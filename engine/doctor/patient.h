// patient.h – what the checks of the doctor look at, and how they say what they found.
//
// What it is    Patient opens the segment when the first check wants it, once for each process that runs checks.
//               Report collects the findings of one check.
// Invariants    a check that says nothing is wrong says so: every check leaves at least one finding (doctor.cc).
// Concurrency   one thread.
// Crash         reads only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "doctor/doctor.h"
#include "larder/result.h"
#include "observe/observe.h"

namespace larder::doctor {

class Patient {
 public:
  explicit Patient(Question question);

  const Question& question() const { return question_; }
  const std::string& directory() const { return directory_; }
  const std::string& path() const { return path_; }
  /// Name of the segment as asked for.
  const std::string& name() const { return name_; }

  /// The segment, or why it cannot be opened.
  const Result<observe::Inspector>& segment();
  /// Counters, pages and workers without a census; of a segment that could be opened.
  const SegmentFigures& figures();
  /// The same, read anew.
  SegmentFigures look_again();

 private:
  Question question_;
  std::string directory_, path_, name_;
  std::optional<Result<observe::Inspector>> segment_;
  std::optional<SegmentFigures> figures_;
};

class Report {
 public:
  using Take = std::function<void(Finding)>;
  Report(std::string check, Take take) : check_(std::move(check)), take_(std::move(take)) {}

  void ok(std::string what) { say(Verdict::ok, std::move(what), {}, {}); }
  void skipped(std::string what) { say(Verdict::skipped, std::move(what), {}, {}); }
  void notice(std::string what, std::string cause, std::string next) {
    say(Verdict::notice, std::move(what), std::move(cause), std::move(next));
  }
  void warning(std::string what, std::string cause, std::string next) {
    say(Verdict::warning, std::move(what), std::move(cause), std::move(next));
  }
  void error(std::string what, std::string cause, std::string next) {
    say(Verdict::error, std::move(what), std::move(cause), std::move(next));
  }
  bool said_anything() const { return said_; }

 private:
  void say(Verdict verdict, std::string what, std::string cause, std::string next) {
    said_ = true;
    take_({check_, verdict, std::move(what), std::move(cause), std::move(next)});
  }
  std::string check_;
  Take take_;
  bool said_ = false;
};

struct Check {
  const char* name;
  const char* looks_at;
  void (*run)(Patient&, Report&);
  bool needs_segment;  ///< left out if it cannot be opened: the check "segment" has said why
};

// place.cc
void check_directory(Patient& patient, Report& report);
void check_space(Patient& patient, Report& report);
void check_logout(Patient& patient, Report& report);
void check_pages(Patient& patient, Report& report);
void check_nodes(Patient& patient, Report& report);
// files.cc
void check_configuration(Patient& patient, Report& report);
void check_segment(Patient& patient, Report& report);
void check_access(Patient& patient, Report& report);
void check_others(Patient& patient, Report& report);
void check_retired(Patient& patient, Report& report);
// people.cc
void check_sidecar(Patient& patient, Report& report);
void check_workers(Patient& patient, Report& report);
void check_places(Patient& patient, Report& report);
// contents.cc
void check_caches(Patient& patient, Report& report);
void check_stores(Patient& patient, Report& report);
void check_audit(Patient& patient, Report& report);

}  // namespace larder::doctor
