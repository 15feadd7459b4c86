// processes_test.cc – workers are killed and stopped at random under load; the segment does not care.
//
// The story: six worker processes use three caches as hard as they can and prove every value. A tormentor kills,
// stops, continues and replaces them, with and without a keeper (which is killed too), audits the running segment
// once a second, and at the end buries the dead and audits: nothing wrong was read, no page is lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "stress/busy.h"
#include "stress/torture.h"
#include "support/quantile.h"
#include "support/segments.h"

namespace larder::test {
namespace {

std::chrono::milliseconds duration() {
  const char* wanted = std::getenv("LARDER_STRESS_SECONDS");
  return std::chrono::seconds(wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 15);
}

uint64_t seed() {
  const char* wanted = std::getenv("LARDER_STRESS_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
}

/// More than there are processors: whoever buries waits for one, too.
uint32_t busy_workers() {
  const char* wanted = std::getenv("LARDER_STRESS_WORKERS");
  return wanted != nullptr ? static_cast<uint32_t>(std::strtoul(wanted, nullptr, 10)) : 6;
}

void expect_survived(const TempDirectory& directory, const Toll& toll) {
  fmt::print("[  STRESS  ] seed {}: {} operations, {} kills, {} keeper kills, {} stops, {} audits under load\n", seed(),
             toll.operations, toll.kills, toll.keeper_kills, toll.stops, toll.live_audits);
  EXPECT_EQ(toll.failures, 0u);
  EXPECT_EQ(toll.live_violation, "");
  EXPECT_GT(toll.operations, 1000u);
  EXPECT_GT(toll.kills, 0u);
  EXPECT_GT(toll.stops, 0u);
  attach_segment(directory.path(), "undertaker").bury_dead();
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  for (const CacheFigures& figures : figures_of(directory.path()).caches) EXPECT_TRUE(pages_are_conserved(figures));
}

TEST(Processes, KilledAndStoppedAtRandomLeaveACleanSegment) {
  const TempDirectory directory;
  create_segment(segment_options(directory, busy_caches()));
  expect_survived(directory, torture(directory, {.workers = busy_workers(), .duration = duration(), .seed = seed()}));
}

TEST(Processes, KilledAndStoppedBesideAKeeperAreBuriedSoon) {
  const TempDirectory directory;
  create_segment(segment_options(directory, busy_caches()));
  const Toll toll =
      torture(directory, {.workers = busy_workers(), .keeper = true, .duration = duration(), .seed = seed() + 1});
  expect_survived(directory, toll);
  ASSERT_FALSE(toll.bury_ms.empty());
  fmt::print("[  STRESS  ] {} buried: p50 {:.1f} ms, p99 {:.1f} ms after death\n", toll.bury_ms.size(),
             quantile(toll.bury_ms, 0.5), quantile(toll.bury_ms, 0.99));
  EXPECT_LE(quantile(toll.bury_ms, 0.99), 2000.0);
}

}  // namespace
}  // namespace larder::test
