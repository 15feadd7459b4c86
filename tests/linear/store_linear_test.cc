// store_linear_test.cc – recorded histories of processes that fight for the keys of a store are linearizable, kills
// included.
//
// The story: processes set, add, swap, take, remove, increment and fetch on a few keys, half of them durable; some are
// killed inside an operation and replaced. Others write long values beside them, in a store so small that records move
// all the time. For each key there must be one order of all operations that explains every answer, and versions that
// grow along it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "linear/checker.h"
#include "linear/recorder.h"
#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

/// Of each history: LARDER_LINEAR_OPS, or what is enough for every build.
uint64_t operations_or(uint64_t otherwise) {
  const char* wanted = std::getenv("LARDER_LINEAR_OPS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

void make_segment(const TempDirectory& directory, uint64_t size) {
  SegmentOptions options = segment_options(directory, {});
  StoreOptions store;
  store.size = size;
  store.page_size = 1024;
  store.expected_entry = 256;
  store.durable = {'d'};
  options.stores.push_back(store);
  create_segment(options);
}

/// Writes garbage, so that pages are compacted.
int churn(const std::string& directory) {
  const Segment segment = attach_segment(directory, "churn");
  auto store = segment.store("memory");
  if (!store) throw std::runtime_error(store.error().message);
  Random random(3);
  for (;;) {
    const std::string key = key_name("churn", random.below(20));
    const StoreStatus status = (*store)->key_set(key, value_of(key, 1, 100 + random.below(400))).status;
    if (status != StoreStatus::ok && status != StoreStatus::full) return 1;  // full: others hold the pages
  }
}

void check(const TempDirectory& directory, const Recorded& recorded, const char* name) {
  EXPECT_EQ(recorded.failed, 0u);
  EXPECT_GT(recorded.killed, 0u);
  attach_segment(directory.path(), "undertaker").bury_dead();
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  const CacheFigures figures = cache_figures(directory.path(), "memory");
  EXPECT_TRUE(pages_are_conserved(figures));
  const Verdict verdict = check_store_history(recorded.events);
  fmt::print(
      "[ HISTORY  ] {}: {} operations checked, {} processes killed, {} operations unanswered, at most {} explanations "
      "at once, {} pages compacted\n",
      name, verdict.operations, recorded.killed, recorded.unanswered, verdict.most_configurations,
      figures[Counter::pages_emptied]);
  EXPECT_TRUE(verdict.linearizable) << verdict.explanation;
}

TEST(StoreHistory, WithRoomForEverythingIsLinearizable) {
  const TempDirectory directory;
  make_segment(directory, 4 << 20);
  check(
      directory,
      record(
          {.directory = directory.path(), .operations = operations_or(80'000), .kills = 8, .seed = 11, .store = true}),
      "store");
}

TEST(StoreHistory, WhileRecordsMoveIsLinearizable) {
  const TempDirectory directory;
  make_segment(directory, 64 << 10);
  Process churner([&directory] { return churn(directory.path()); });
  const Recorded recorded = record(
      {.directory = directory.path(), .operations = operations_or(160'000), .kills = 8, .seed = 12, .store = true});
  EXPECT_EQ(churner.kill().signal, SIGKILL) << "the one beside them ended by itself";
  check(directory, recorded, "small store");
  EXPECT_GT(cache_figures(directory.path(), "memory")[Counter::pages_emptied], 100u);
}

}  // namespace
}  // namespace larder::test
