// segments.h – small segments for tests, and the questions tests ask about them.
//
// What it is    builders that throw with the engine's own message when something unexpected fails, and gtest
//               predicates for audits and for the conservation of pages.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "larder/cache.h"
#include "larder/options.h"
#include "larder/segment.h"
#include "observe/observe.h"
#include "support/temp_directory.h"

namespace larder::test {

CacheOptions cache_options(const std::string& name, uint64_t size, uint32_t page_size = 0,
                           uint32_t expected_entry = 64);
/// File of the segment "test" in a test directory.
constexpr const char* kSegmentFile = "test.larder";

/// A segment of these caches in the directory: name "test", 16 workers, 64 threads.
SegmentOptions segment_options(const TempDirectory& directory, std::vector<CacheOptions> caches);

Segment create_segment(const SegmentOptions& options);
Segment attach_segment(const std::string& directory, const std::string& kind = "test",
                       const std::string& name = "test");
Cache open_cache(const Segment& segment, const std::string& name);

SegmentFigures figures_of(const std::string& directory, const std::string& name = "test");
/// Figures of one cache; throws if the segment has no such cache.
CacheFigures cache_figures(const std::string& directory, const std::string& cache, const std::string& name = "test");
observe::AuditReport audit_of(const std::string& directory, const std::string& name = "test");

/// No violation; with `quiet`, also that nobody is attached and nothing is half-done.
::testing::AssertionResult is_clean(const observe::AuditReport& report, bool quiet = false);
/// Every page is free, in the cold ring, in the hot ring, of a run or out of use, and used bytes stay within the budget
/// (but while a shrinking has pages on their way out).
::testing::AssertionResult pages_are_conserved(const CacheFigures& figures);

/// The value, or nothing on anything but a hit.
std::optional<std::string> value_in(const Cache& cache, std::string_view key);

/// "key-0042"-like names.
std::string key_name(std::string_view stem, uint64_t number);

}  // namespace larder::test
