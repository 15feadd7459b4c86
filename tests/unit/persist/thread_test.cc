// thread_test.cc – the sidecar's thread that writes to disk: within the interval, to the end, and in nobody's way.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "persist_test.h"
#include "sidecar/keeper.h"
#include "sidecar/persistence.h"
#include "sim_vfs.h"
#include "support/process.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;
using sidecar::Persistence;

Persistence open(Kept& kept, milliseconds interval, const std::string& vfs = {}) {
  auto persistence = Persistence::open({{kept.keep_options(vfs), interval}}, kept.told.say());
  if (!persistence) throw std::runtime_error(persistence.error().message);
  return std::move(*persistence);
}

bool soon(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

TEST(PersistenceThread, WritesUnaskedAndTheRestAtTheEnd) {
  Kept kept;
  const Segment segment = create_segment(kept.options());
  const auto store = Kept::store(segment);
  Persistence persistence = open(kept, 200ms);
  persistence.start(segment);
  ASSERT_TRUE(store->counter_incr("d", 1));
  const auto answered = static_cast<uint64_t>(base::unix_ms());
  const auto& words = Kept::region(segment)->header->store;
  EXPECT_TRUE(soon([&] { return words.disk_at.load_relaxed() > answered; }));
  EXPECT_TRUE(soon([&] { return words.disk_rows.load_relaxed() == 1; }));
  EXPECT_EQ(cache_figures(kept.segments().path(), "memory").disk.rows, 1u);
  EXPECT_EQ(cache_figures(kept.segments().path(), "memory").disk.pages_waiting, 0u);
  ASSERT_TRUE(store->counter_incr("d-last", 1));
  ASSERT_TRUE(persistence.stop());
}

TEST(PersistenceThread, TakesOverWhatIsDurable) {
  Kept kept;
  const Segment segment = create_segment(kept.options());
  Persistence persistence = open(kept, 100ms);
  persistence.start(segment);
  ASSERT_TRUE(Kept::store(segment)->counter_incr("e", 1));
  auto options = kept.keep_options();
  options.durable = {'d', 'e'};
  persistence.apply({{options, 100ms}});
  EXPECT_TRUE(soon([&] { return Kept::region(segment)->header->store.disk_rows.load_relaxed() == 1; }));
}

TEST(PersistenceThread, StuckAtADiskDoesNotKeepTheDeadUnburied) {
  Kept kept;
  SimVfs sim;
  const Segment segment = create_segment(kept.options());
  auto keeper = sidecar::Keeper::take(segment);
  ASSERT_TRUE(keeper);
  std::atomic<bool> stuck{false}, go_on{false};
  Persistence persistence = open(kept, 100ms, sim.name());
  sim.before = [&](DiskStep step) {
    if (step != DiskStep::sync) return SQLITE_OK;
    stuck.store(true);
    while (!go_on.load()) std::this_thread::sleep_for(1ms);
    return SQLITE_OK;
  };
  ASSERT_TRUE(Kept::store(segment)->counter_incr("d", 1));
  persistence.start(segment);
  ASSERT_TRUE(soon([&] { return stuck.load(); }));
  Process worker([&]() -> int {
    const Segment own = attach_segment(kept.segments().path(), "victim");
    for (;;) pause();
  });
  const auto attached = [&] {
    for (const WorkerFigures& figures : figures_of(kept.segments().path()).workers)
      if (figures.kind == "victim") return true;
    return false;
  };
  ASSERT_TRUE(soon(attached));
  worker.kill();
  EXPECT_TRUE(soon([&] { return keeper->run_cycle().buried == 1; }));
  EXPECT_FALSE(attached());
  go_on.store(true);
  EXPECT_TRUE(persistence.stop());
}

}  // namespace
}  // namespace larder::test
