#include "step/diagnosis.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "doctor/doctor.h"
#include "step/image.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using doctor::Finding;
using doctor::Verdict;

std::string text_of(const Finding& finding) {
  return fmt::format("{}, {}: {} ({}; {})", finding.check, to_string(finding.verdict), finding.what, finding.cause,
                     finding.next);
}

/// Of a check there may be an error if its very subject is not in order.
bool may_be_error(const Finding& finding, bool there, bool full_store) {
  if (finding.check == "segment") return !there;
  return finding.check == "stores" && full_store && finding.what.find("is full") != std::string::npos;
}

bool anybody_dead(const std::string& directory) {
  const auto workers = figures_of(directory).workers;
  return std::any_of(workers.begin(), workers.end(),
                     [](const WorkerFigures& worker) { return worker.state == WorkerState::dead; });
}

}  // namespace

std::string wrong_diagnosis(const std::string& directory, bool full_store) {
  const std::string path = directory + "/" + kSegmentFile;
  const bool there = access(path.c_str(), F_OK) == 0;
  const Image before = there ? read_image(path) : Image();
  const doctor::Diagnosis diagnosis = doctor::diagnose({"test", directory, {}});
  if (there && read_image(path) != before) return "the file was changed";
  for (const doctor::CheckInfo& check : doctor::checks())
    if (std::none_of(diagnosis.findings.begin(), diagnosis.findings.end(),
                     [&](const Finding& finding) { return finding.check == check.name; }))
      return fmt::format("no answer of {}", check.name);
  bool spoke_of_dead = false;
  for (const Finding& finding : diagnosis.findings) {
    if (finding.verdict == Verdict::error && !may_be_error(finding, there, full_store)) return text_of(finding);
    if (finding.verdict >= Verdict::warning && (finding.cause.empty() || finding.next.empty()))
      return "no cause or next step: " + text_of(finding);
    spoke_of_dead |= finding.check == "workers" && finding.verdict == Verdict::warning &&
                     finding.what.find("not buried") != std::string::npos &&
                     finding.next.find("larderd") != std::string::npos;
  }
  if (there && anybody_dead(directory) != spoke_of_dead) return "the dead are not spoken of, or nobody is dead";
  return {};
}

}  // namespace larder::test
