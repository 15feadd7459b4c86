// hit_stores_test.cc – a hit in steady state stores nothing to the segment and makes no system call.
//
// The story: one process reads one key until its reference count is saturated. Then one more hit is run an
// instruction at a time; after each instruction the whole segment is compared with what it was before. Once in a while
// a hit adds the thread's counts to its worker's row, so the cheapest of three runs counts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "step/cache_state.h"
#include "step/runs.h"
#include "support/segments.h"

namespace larder::test {
namespace {

struct Hit {
  std::string name;
  std::function<bool(const Cache&)> run;
};

/// Buffers live outside the operation: a steady-state reader reuses its own.
std::vector<Hit> hits() {
  static std::string text(64, '\0');
  static std::array<std::byte, 2048> bytes{};
  return {
      {"get into a string", [](const Cache& cache) { return bool(cache.get("plain-0000", text)); }},
      {"get into a buffer", [](const Cache& cache) { return bool(cache.get("plain-0000", bytes)); }},
      {"get with a ttl", [](const Cache& cache) { return bool(cache.get("timed-0000", bytes)); }},
      {"get of a large value", [](const Cache& cache) { return bool(cache.get("large-0000", bytes)); }},
      {"contains", [](const Cache& cache) { return cache.contains("plain-0000"); }},
  };
}

struct Cost {
  uint64_t stores = 0;  ///< instructions that changed the segment
  uint64_t calls = 0;   ///< system calls
  uint64_t instructions = 0;
  auto operator<=>(const Cost&) const = default;
};

/// Runs the hit in a child until it is in steady state, then once more, stepwise.
Cost cost_of(World& world, const Hit& hit) {
  world.reset();
  Watch watch(world.live_path());
  Stepper child([&world, &hit](Stepper::Mark mark) {
    const Segment segment = attach_segment(world.live(), "reader");
    const Cache cache = open_cache(segment, "main");
    bool found = true;
    for (int i = 0; i < 16; ++i) found = found && hit.run(cache);
    mark();
    found = found && hit.run(cache);
    mark();
    return found ? 0 : 1;
  });
  watch.changed();
  Cost cost;
  do {
    cost.stores += watch.changed() ? 1 : 0;
    cost.calls += child.at_syscall() ? 1 : 0;
  } while (child.step() == Stepper::Stop::inside);
  cost.instructions = child.instructions();
  const Ending ending = child.run_to_end();
  EXPECT_TRUE(ending.ok()) << hit.name << " " << ending.text();
  return cost;
}

TEST(Hit, StoresNothingAndCallsNobodyInSteadyState) {
  World world(Fill::half);
  const Cost marks = cost_of(world, {"nothing", [](const Cache&) { return true; }});  // the marks themselves
  for (const Hit& hit : hits()) {
    const Cost cost = std::min({cost_of(world, hit), cost_of(world, hit), cost_of(world, hit)});
    EXPECT_EQ(cost.stores, 0u) << hit.name;
    EXPECT_EQ(cost.calls, marks.calls) << hit.name;
    EXPECT_GT(cost.instructions, marks.instructions) << hit.name;
    fmt::print("[   HIT    ] {}: {} instructions, {} stores to the segment, {} system calls\n", hit.name,
               cost.instructions - marks.instructions, cost.stores, cost.calls - marks.calls);
  }
}

// The counterpart: the same count sees the stores of a first hit, which marks the entry as referenced.
TEST(Hit, FirstOneIsSeenToStore) {
  World world(Fill::half);
  Watch watch(world.live_path());
  Stepper child([&world](Stepper::Mark mark) {
    const Segment segment = attach_segment(world.live(), "reader");
    const Cache cache = open_cache(segment, "main");
    mark();
    const bool found = read_answer(cache, "plain-0000") == "hit 1";
    mark();
    return found ? 0 : 1;
  });
  watch.changed();
  size_t stores = 0;
  while (child.step() == Stepper::Stop::inside) stores += watch.changed() ? 1 : 0;
  EXPECT_GT(stores, 0u);
  EXPECT_TRUE(child.run_to_end().ok());
}

}  // namespace
}  // namespace larder::test
