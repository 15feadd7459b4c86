// patient.cc – see patient.h.
#include "doctor/patient.h"

#include "cache/build.h"
#include "larder/options.h"

namespace larder::doctor {

namespace {

constexpr std::string_view kSuffix = ".larder";

}  // namespace

Patient::Patient(Question question) : question_(std::move(question)) {
  const size_t slash = question_.segment.rfind('/');
  if (slash == std::string::npos) {
    directory_ = question_.directory.empty() ? default_directory() : question_.directory;
    path_ = cache::segment_path(question_.segment, directory_);
    name_ = question_.segment;
    return;
  }
  path_ = question_.segment;
  directory_ = slash == 0 ? "/" : path_.substr(0, slash);
  name_ = path_.substr(slash + 1);
  if (name_.ends_with(kSuffix)) name_.resize(name_.size() - kSuffix.size());
}

const Result<observe::Inspector>& Patient::segment() {
  if (!segment_) segment_.emplace(observe::Inspector::open(path_));
  return *segment_;
}

SegmentFigures Patient::look_again() { return observe::read_figures(*segment(), {.census = false}); }

const SegmentFigures& Patient::figures() {
  if (!figures_) figures_.emplace(look_again());
  return *figures_;
}

}  // namespace larder::doctor
