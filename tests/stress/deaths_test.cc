// deaths_test.cc – promise P3: everybody dies at one moment; the next attach succeeds, at once, and nothing is lost.
//
// The story: five workers use caches that evict all the time, count in a store, take leases, and replace entries of a
// cache that must keep them; every other round a keeper works beside them. At a random moment one signal kills all of
// them, some while they attach. Then somebody attaches, which buries the dead and is timed. Every counter has the
// increments that were answered, every kept entry the last value that was, and every few rounds the audit finds the
// segment whole and all pages there. LARDER_DEATHS_ROUNDS and LARDER_DEATHS_SEED choose how often, and which.
#include "stress/deaths.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "stress/counting.h"
#include "stress/kept.h"
#include "support/quantile.h"
#include "support/segments.h"
#include "support/shared.h"

namespace larder::test {
namespace {

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

std::string spread(const std::vector<double>& values) {
  return fmt::format("p50 {:.3f}, p99 {:.3f}, max {:.3f} ms", quantile(values, 0.5), quantile(values, 0.99),
                     quantile(values, 1));
}

// What is lost would be noticed.
TEST(Deaths, ALostEntryAndALostIncrementAreNoticed) {
  const TempDirectory directory;
  const Segment segment = create_segment(deaths_options(directory));
  const auto store = open_store(segment);
  const Cache shelf_cache = open_cache(segment, kShelf);
  auto& shelf = shared_with_children<Shelf>();
  auto& board = shared_with_children<Board>();
  Keeping keeping(segment, shelf, 0);
  Counting counting(segment, board, 0, 1, 1);
  for (int step = 0; step < 1000; ++step) {
    EXPECT_EQ(keeping.step(), "");
    EXPECT_TRUE(counting.step()) << counting.complaint();
  }
  uint64_t there = 0;
  EXPECT_EQ(missing(shelf_cache, shelf, there), "");
  EXPECT_EQ(there, kKept);
  EXPECT_EQ(reckon(*store, board).wrong, "");
  shelf_cache.remove("kept-0-3");
  EXPECT_NE(missing(shelf_cache, shelf, there), "");
  EXPECT_TRUE(store->counter_incr(counter_name(1), -1));
  EXPECT_NE(reckon(*store, board).wrong, "");
}

TEST(Deaths, OfEverybodyAtOneMomentLoseNothing) {
  const TempDirectory directory;
  create_segment(deaths_options(directory));
  const Deaths deaths{.rounds = static_cast<uint32_t>(number_from("LARDER_DEATHS_ROUNDS", 120)),
                      .seed = number_from("LARDER_DEATHS_SEED", 1)};
  const Survival survival = survive(directory, deaths);
  fmt::print(
      "[  DEATHS  ] seed {}: {} rounds, {} killed, {} operations; {} increments answered, {} in flight at a death; {} "
      "entries looked for and there\n"
      "[  DEATHS  ] attach: {} ({} of processor time)\n[  DEATHS  ] burying the others: {}, {} buried\n"
      "[  DEATHS  ] {} audits of {:.1f} MiB: {}; p50 is {:.0f} ms for a GiB\n",
      deaths.seed, survival.rounds, survival.killed, survival.operations, survival.increments, survival.uncertain,
      survival.stayed, spread(survival.attach_ms), spread(survival.attach_cpu_ms), spread(survival.bury_ms),
      survival.buried, survival.audit_ms.size(), double(survival.bytes) / (1 << 20), spread(survival.audit_ms),
      quantile(survival.audit_ms, 0.5) * (1 << 30) / double(survival.bytes));
  for (const std::string& violation : survival.violations) ADD_FAILURE() << violation;
  EXPECT_EQ(survival.rounds, deaths.rounds);
  EXPECT_GT(survival.operations, survival.rounds * 100);
  EXPECT_GT(survival.increments, survival.rounds * 10);
  EXPECT_GT(survival.stayed, 0u);
  EXPECT_GT(survival.buried, survival.rounds);
  EXPECT_LT(quantile(survival.attach_cpu_ms, 0.5), 1.0);  // ms
}

}  // namespace
}  // namespace larder::test
