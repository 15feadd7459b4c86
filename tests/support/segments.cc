#include "support/segments.h"

#include <fmt/format.h>

#include <stdexcept>

namespace larder::test {
namespace {

/// The value of a result, or an exception with the engine's own words.
template <class T>
T value_or_throw(Result<T> result, std::string_view what) {
  if (!result) {
    const Error& error = result.error();
    throw std::runtime_error(fmt::format("{}: {}: {} {}", what, to_string(error.code), error.message, error.hint));
  }
  return std::move(*result);
}

}  // namespace

CacheOptions cache_options(const std::string& name, uint64_t size, uint32_t page_size, uint32_t expected_entry) {
  CacheOptions options;
  options.name = name;
  options.size = size;
  options.page_size = page_size;
  options.expected_entry = expected_entry;
  return options;
}

SegmentOptions segment_options(const TempDirectory& directory, std::vector<CacheOptions> caches) {
  SegmentOptions options;
  options.name = "test";
  options.directory = directory.path();
  options.workers = 16;
  options.threads = 64;
  options.caches = std::move(caches);
  return options;
}

Segment create_segment(const SegmentOptions& options) { return value_or_throw(Segment::create(options), "create"); }

Segment attach_segment(const std::string& directory, const std::string& kind, const std::string& name) {
  return value_or_throw(Segment::attach(name, {.directory = directory, .kind = kind}), "attach");
}

Cache open_cache(const Segment& segment, const std::string& name) {
  return value_or_throw(segment.cache(name), "cache");
}

SegmentFigures figures_of(const std::string& directory, const std::string& name) {
  return observe::read_figures(value_or_throw(observe::Inspector::open(name, directory), "inspect"));
}

CacheFigures cache_figures(const std::string& directory, const std::string& cache, const std::string& name) {
  for (auto& figures : figures_of(directory, name).caches) {
    if (figures.name == cache) return figures;
  }
  throw std::runtime_error(fmt::format("segment {} in {} has no cache {}", name, directory, cache));
}

observe::AuditReport audit_of(const std::string& directory, const std::string& name) {
  return observe::audit(value_or_throw(observe::Inspector::open(name, directory), "inspect"));
}

::testing::AssertionResult is_clean(const observe::AuditReport& report, bool quiet) {
  if (report.violation_count != 0) {
    auto failure = ::testing::AssertionFailure() << report.violation_count << " violations:";
    for (size_t i = 0; i < report.violations.size() && i < 8; ++i) {
      const observe::Violation& found = report.violations[i];
      failure << "\n  " << found.cache << " " << found.rule << ": " << found.detail;
    }
    return failure;
  }
  if (report.checks == 0) return ::testing::AssertionFailure() << "the audit checked nothing";
  if (quiet && !report.quiet) return ::testing::AssertionFailure() << "somebody is still attached";
  if (quiet && report.in_flight != 0) {
    return ::testing::AssertionFailure() << report.in_flight << " operations are half-done with nobody attached";
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult pages_are_conserved(const CacheFigures& figures) {
  const uint64_t found =
      figures.pages_free + figures.pages_cold + figures.pages_hot + figures.pages_runs + figures.pages_out;
  const uint64_t all = figures.budget_most / figures.page_bytes;
  const bool within = figures.used_bytes <= figures.budget || figures.pages + figures.pages_out < all;
  if (found != all || !within) {
    return ::testing::AssertionFailure() << figures.name << ": " << all << " pages, but " << figures.pages_free
                                         << " free + " << figures.pages_cold << " cold + " << figures.pages_hot
                                         << " hot + " << figures.pages_runs << " of runs + " << figures.pages_out
                                         << " out; used " << figures.used_bytes << " of " << figures.budget << " bytes";
  }
  return ::testing::AssertionSuccess();
}

std::optional<std::string> value_in(const Cache& cache, std::string_view key) {
  std::string value;
  if (!cache.get(key, value)) return std::nullopt;
  return value;
}

std::string key_name(std::string_view stem, uint64_t number) { return fmt::format("{}-{:04}", stem, number); }

}  // namespace larder::test
