// failing_test.cc – a disk that fails at any step, stops, or is full: said once, nothing is marked clean, everything is
// written when it comes back.
#include <atomic>
#include <thread>

#include "persist_test.h"
#include "sim_vfs.h"

namespace larder::test {
namespace {

using persist::Keep;

void change_some(Store& store, Random& random, std::map<std::string, int64_t>& model) {
  for (int i = 0; i < 30; ++i) {
    const std::string key = key_name("d", random.below(60));
    if (random.below(4) == 0) {
      EXPECT_NE(store.key_delete(key), StoreStatus::full);
      model.erase(key);
    } else {
      const CounterAnswer answer = store.counter_incr(key, 1);
      EXPECT_TRUE(answer);
      model[key] = answer.value;
    }
  }
}

std::map<std::string, int64_t> numbers(const Rows& rows) {
  std::map<std::string, int64_t> all;
  for (const auto& [key, row] : rows) all[key] = row.number;
  return all;
}

TEST(FailingDisk, AtAnyStepLosesNothing) {
  Kept kept;
  SimVfs sim;
  Random random(31);
  std::map<std::string, int64_t> model;
  int failures = 0;
  {
    Keep keep = kept.open(sim.name());
    const Segment segment = kept.create(keep);
    ASSERT_TRUE(keep.start(segment));
    const auto store = Kept::store(segment);
    for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC}) {
      bool failed = true;
      for (int at = 0; failed && at < 200; ++at) {
        change_some(*store, random, model);
        int step = 0;
        sim.before = [&](DiskStep what) { return what != DiskStep::read && step++ == at ? code : SQLITE_OK; };
        const bool done = static_cast<bool>(keep.flush());
        sim.before = nullptr;
        failed = step > at;  // else the whole pass was done before the step came
        failures += done ? 0 : 1;
        ASSERT_TRUE(keep.flush()) << kept.told.text;
      }
      EXPECT_FALSE(failed);
    }
  }
  EXPECT_GT(failures, 10);
  EXPECT_EQ(numbers(kept.rows()), model);
  EXPECT_EQ(kept.told.text.find("damaged"), std::string::npos) << kept.told.text;
}

TEST(FailingDisk, ForAWhileIsSaidOnceAndCaughtUp) {
  Kept kept;
  SimVfs sim;
  Random random(32);
  std::map<std::string, int64_t> model;
  {
    Keep keep = kept.open(sim.name());
    const Segment segment = kept.create(keep);
    ASSERT_TRUE(keep.start(segment));
    const auto store = Kept::store(segment);
    const auto region = Kept::region(segment);
    sim.before = [](DiskStep what) { return what == DiskStep::write ? SQLITE_FULL : SQLITE_OK; };
    for (int i = 0; i < 2; ++i) {
      change_some(*store, random, model);
      EXPECT_FALSE(keep.flush());
    }
    EXPECT_NE(region->header->store.disk_failing.load_relaxed(), 0u);
    const size_t first = kept.told.text.find("not on disk");
    ASSERT_NE(first, std::string::npos) << kept.told.text;
    EXPECT_EQ(kept.told.text.find("not on disk", first + 1), std::string::npos) << kept.told.text;
    EXPECT_TRUE(kept.told.has("hint: make room")) << kept.told.text;
    sim.before = nullptr;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (int i = 0; i < 100 && !kept.told.has("on disk again"); ++i) {
      work_all(keep);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_TRUE(kept.told.has("everything that waited is on disk again")) << kept.told.text;
    EXPECT_EQ(region->header->store.disk_failing.load_relaxed(), 0u);
  }
  EXPECT_EQ(numbers(kept.rows()), model);
}

TEST(FailingDisk, ThatStopsHoldsNobodyUp) {
  Kept kept;
  SimVfs sim;
  Keep keep = kept.open(sim.name());
  const Segment segment = kept.create(keep);
  ASSERT_TRUE(keep.start(segment));
  const auto store = Kept::store(segment);
  std::atomic<bool> stuck{false}, go_on{false};
  ASSERT_TRUE(store->counter_incr("d", 1));
  sim.before = [&](DiskStep what) {
    if (what != DiskStep::sync) return SQLITE_OK;
    stuck.store(true);
    while (!go_on.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return SQLITE_OK;
  };
  std::thread writer([&] { EXPECT_TRUE(keep.flush()); });
  while (!stuck.load()) std::this_thread::yield();
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(store->counter_incr("d", 1));
  EXPECT_EQ(store->counter_get("d").value, 10'001);
  go_on.store(true);
  writer.join();
}

TEST(FailingDisk, ThatIsDamagedWhileItIsUsedIsSalvagedAndWrittenAnew) {
  Kept kept;
  SimVfs sim;
  Random random(33);
  std::map<std::string, int64_t> model;
  {
    Keep keep = kept.open(sim.name());
    const Segment segment = kept.create(keep);
    ASSERT_TRUE(keep.start(segment));
    const auto store = Kept::store(segment);
    change_some(*store, random, model);
    ASSERT_TRUE(keep.flush());
    sim.before = [](DiskStep what) { return what == DiskStep::write ? SQLITE_CORRUPT : SQLITE_OK; };
    change_some(*store, random, model);
    EXPECT_FALSE(keep.flush());
    sim.before = nullptr;
    change_some(*store, random, model);
    ASSERT_TRUE(keep.flush());
    work_all(keep);
  }
  EXPECT_EQ(numbers(kept.rows()), model);
}

}  // namespace
}  // namespace larder::test
