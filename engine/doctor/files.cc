// files.cc – checks of files: the configuration, the segment, its neighbours, and what is left of former ones.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cache/region_layout.h"
#include "config/config.h"
#include "doctor/patient.h"

namespace larder::doctor {

namespace {

namespace fs = std::filesystem;

constexpr size_t kNamed = 3;     ///< of several offenders, so many are named
constexpr size_t kOthers = 256;  ///< other files looked at

/// "a, b, c and 4 more".
std::string some_of(const std::vector<std::string>& names) {
  const size_t shown = std::min(names.size(), kNamed);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

/// Segment files of the directory, by name; without the patient's own.
std::vector<fs::path> neighbours(const Patient& patient) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator it(patient.directory(), failure), end; !failure && it != end; it.increment(failure))
    if (it->path().extension() == ".larder" && it->path().filename() != fs::path(patient.path()).filename())
      files.push_back(it->path());
  std::sort(files.begin(), files.end());
  if (files.size() > kOthers) files.resize(kOthers);
  return files;
}

const char* cause_of(Code code) {
  switch (code) {
    case Code::foreign: return "something else was given this name";
    case Code::layout: return "another version of Larder made it";
    case Code::truncated: return "somebody shortened the file, or copied only a part of it";
    case Code::unfinished:
      return "it is a copy of a segment that was being made; no other gets a name before it is whole";
    case Code::corrupt: return "somebody wrote over it";
    case Code::permission: return "owner and mode decide who may attach";
    case Code::no_space: return "there is no address space or memory left for mapping it";
    default: return "";
  }
}

/// The memory of caches and stores that a configuration plans, by name, as far as it shows in figures.
std::vector<std::string> differences(const SegmentOptions& wanted, const SegmentFigures& there) {
  std::vector<std::string> found;
  const auto compare = [&](const std::string& name, const auto& options, bool may_be_larger) {
    const auto match = std::find_if(there.caches.begin(), there.caches.end(),
                                    [&](const CacheFigures& figures) { return figures.name == name; });
    if (match == there.caches.end()) return found.push_back(name + " is missing");
    const cache::RegionShape shape = cache::plan_like(options, static_cast<uint32_t>(match->page_bytes)).shape;
    const uint64_t pages = match->budget_most / match->page_bytes;
    if (match->page_bytes != shape.page_bytes || (may_be_larger ? pages < shape.pages : pages != shape.pages))
      found.push_back(fmt::format("{} has {} pages of {} bytes instead of {} of {}", name, pages, match->page_bytes,
                                  shape.pages, shape.page_bytes));
  };
  for (const CacheOptions& cache : wanted.caches) compare(cache.name, cache, cache.max_size == 0);
  for (const StoreOptions& store : wanted.stores) compare(store.name, store, false);
  const size_t planned = wanted.caches.size() + wanted.stores.size();
  if (found.empty() && there.caches.size() > planned)
    found.push_back(fmt::format("it has {} caches and stores instead of {}", there.caches.size(), planned));
  return found;
}

/// True if the process has the file mapped whose name is gone.
bool maps_deleted(const std::string& pid, const std::string& mapped) {
  std::ifstream maps("/proc/" + pid + "/maps");
  std::string line;
  while (std::getline(maps, line))
    if (line.ends_with(mapped)) return true;
  return false;
}

}  // namespace

void check_configuration(Patient& patient, Report& report) {
  const std::string& file = patient.question().config;
  if (file.empty()) return report.ok("none was named (--config FILE)");
  const Result<config::Config> config = config::load(file);
  if (!config) {
    std::string first = config.error().message.substr(0, config.error().message.find('\n'));
    return report.error(std::move(first), "larderd refuses a configuration with any error in it",
                        "larder conf check " + file);
  }
  if (config->segment.name != patient.name())
    report.notice(fmt::format("{} is about segment {}, not {}", file, config->segment.name, patient.name()), {},
                  "larder doctor " + config->segment.name);
  else if (patient.segment())
    if (const auto found = differences(config->segment, patient.figures()); !found.empty())
      report.warning(
          fmt::format("the segment is not what {} asks for: {}", file, some_of(found)),
          "how large caches may become and which there are is fixed when a segment is made",
          fmt::format("larder dump --segment {0}, larder retire {0}; larderd then makes one of the new shape",
                      patient.name()));
  if (!report.said_anything()) report.ok(file);
}

void check_segment(Patient& patient, Report& report) {
  if (!patient.segment()) {
    const Error& error = patient.segment().error();
    if (error.code != Code::not_found)
      return report.error(error.message, cause_of(error.code),
                          error.hint.empty() ? "see what it is: ls -l " + patient.path() : error.hint);
    std::vector<std::string> others;
    for (const fs::path& path : neighbours(patient)) others.push_back(path.stem().string());
    return report.error(fmt::format("there is no segment {} in {}", patient.name(), patient.directory()),
                        others.empty() ? "none is there" : "there is " + some_of(others),
                        fmt::format("larderd --segment {0}, or without upkeep: larder create {0}", patient.name()));
  }
  const SegmentFigures& figures = patient.figures();
  if (figures.retired)
    return report.warning(
        fmt::format("{}: the segment is retired", patient.path()),
        "it is a copy, it was made before this machine was started, or whoever retired it died before its name was "
        "gone; nobody can attach to it",
        fmt::format("larder dump --segment {0} saves what it holds; then larder remove {0}", patient.name()));
  report.ok(fmt::format("{:.1f} MiB, layout {}, {} caches and stores", double(figures.bytes) / (1 << 20),
                        figures.layout, figures.caches.size()));
}

void check_access(Patient& patient, Report& report) {
  struct stat st {};
  if (stat(patient.path().c_str(), &st) != 0) return report.skipped("there is no file");
  const uint32_t mode = st.st_mode & 07777;
  if ((mode & 0007) != 0)
    return report.error(fmt::format("mode {:04o} lets everybody in; nobody attaches to such a file", mode),
                        "somebody changed its mode, or made it by copying", "chmod o= " + patient.path());
  if (access(patient.path().c_str(), W_OK) != 0)
    return report.notice(fmt::format("uid {} may not work with the segment (mode {:04o}, owner uid {}, group {})",
                                     geteuid(), mode, st.st_uid, st.st_gid),
                         "owner and mode decide who may attach",
                         "run workers as its owner, or give it a group: segment.mode = \"0660\", segment.group");
  report.ok(fmt::format("mode {:04o}, owner uid {}", mode, st.st_uid));
}

void check_others(Patient& patient, Report& report) {
  std::vector<std::string> refused, retired;
  std::string why;
  for (const fs::path& path : neighbours(patient)) {
    const auto inspector = observe::Inspector::open(path.string());
    if (!inspector && inspector.error().code == Code::not_found) continue;  // gone meanwhile
    if (!inspector) {
      refused.push_back(path.stem().string());
      if (why.empty()) why = inspector.error().message;
    } else if (observe::read_figures(*inspector, {.census = false}).retired) {
      retired.push_back(path.stem().string());
    }
  }
  if (!refused.empty())
    report.notice(fmt::format("nobody can use {}", some_of(refused)), why, "larder doctor " + refused.front());
  if (!retired.empty())
    report.notice(fmt::format("retired, and still named: {}", some_of(retired)),
                  "whoever retired it died before its name was gone, or the machine was started since",
                  "larder remove " + retired.front());
  if (!report.said_anything()) report.ok("none");
}

void check_retired(Patient& patient, Report& report) {
  char* real = realpath(patient.directory().c_str(), nullptr);
  const std::string directory = real == nullptr ? patient.directory() : real;
  std::free(real);
  const std::string mapped = directory + "/" + fs::path(patient.path()).filename().string() + " (deleted)";
  std::vector<std::string> pids;
  std::error_code failure;
  for (fs::directory_iterator it("/proc", failure), end; !failure && it != end; it.increment(failure)) {
    const std::string pid = it->path().filename().string();
    if (pid.find_first_not_of("0123456789") == std::string::npos && pid != std::to_string(getpid()) &&
        maps_deleted(pid, mapped))
      pids.push_back(pid);
  }
  if (pids.empty()) return report.ok("nobody does");
  report.notice(fmt::format("{} processes use a former segment of this name (pid {})", pids.size(), some_of(pids)),
                "they have not attached again since it was retired; its memory stays until they do or end",
                "restart them: " + std::string("ps -o pid,args -p ") + fmt::format("{}", fmt::join(pids, ",")));
}

}  // namespace larder::doctor
