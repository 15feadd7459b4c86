// list.cc – `larder` without a verb: the segments of a directory, or how to make one.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "common/table.h"
#include "common/text.h"
#include "larder/options.h"
#include "program.h"

namespace larder::tools {

namespace {

constexpr const char* kHowToMake =
    "make one: larder create demo --cache dnsTxt=5mb\n"
    "then:     larder put KEY VALUE --cache dnsTxt --segment demo\n"
    "          larder get KEY --value --cache dnsTxt --segment demo\n"
    "all verbs: larder --help\n";

struct Sums {
  double hits = 0, lookups = 0;
  uint64_t entries = 0;
};

Sums sum_up(const SegmentFigures& figures) {
  Sums sums;
  for (const CacheFigures& cache : figures.caches) {
    sums.hits += double(cache[Counter::hits]);
    sums.lookups += double(cache[Counter::hits]) + double(cache[Counter::misses]);
    sums.entries += cache.entries;
  }
  return sums;
}

std::vector<std::string> row_of(const SegmentFigures& figures) {
  const Sums sums = sum_up(figures);
  return {figures.name,
          long_bytes(figures.memory),
          std::to_string(figures.caches.size()),
          std::to_string(figures.workers.size()),
          grouped(sums.entries),
          sums.lookups > 0 ? fmt::format("{:.2f} %", 100 * sums.hits / sums.lookups) : "-",
          figures.sidecar_alive ? std::to_string(figures.sidecar_pid) : "none",
          figures.retired ? "retired" : "live"};
}

}  // namespace

int list_segments(const Program& program) {
  namespace fs = std::filesystem;
  const std::string directory = program.directory.empty() ? default_directory() : program.directory;
  std::error_code failure;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(directory, failure), end; !failure && it != end; it.increment(failure)) {
    std::error_code ignored;  // a file that vanishes meanwhile is not listed
    if (it->path().extension() == ".larder" && it->is_regular_file(ignored)) files.push_back(it->path());
  }
  if (failure) {
    return report(kExitNotFound, fmt::format("{}: cannot list: {}", directory, failure.message()),
                  "name a directory with --directory or LARDER_DIR");
  }
  std::sort(files.begin(), files.end());
  Table table({{"SEGMENT", Table::Side::left},
               {"SIZE"},
               {"CACHES"},
               {"WORKERS"},
               {"ENTRIES"},
               {"HITS"},
               {"SIDECAR"},
               {"STATE", Table::Side::left}});
  std::vector<std::string> refused;
  for (const fs::path& file : files) {
    auto inspector = observe::Inspector::open(file.string());
    if (inspector) {
      table.add(row_of(observe::read_figures(*inspector)));
    } else if (inspector.error().code != Code::not_found) {  // gone meanwhile
      refused.push_back(inspector.error().message);
    }
  }
  if (table.empty() && refused.empty()) {
    fmt::print("no segment in {}\n\n{}", directory, kHowToMake);
    return kExitOk;
  }
  if (!table.empty()) fmt::print("{}", table.text());
  for (const std::string& message : refused) fmt::print("not listed: {}\n", message);
  return kExitOk;
}

}  // namespace larder::tools
