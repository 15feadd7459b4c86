// races_test.cc – many threads on one store: what must happen exactly once does, and no sum loses a part.
#include <fmt/format.h>

#include <mutex>
#include <set>

#include "conformance/contract.h"

namespace larder::test {
namespace {

TEST_P(Contract, ACodeIsTakenExactlyOnce) {
  constexpr uint64_t kCodes = 2000;
  const auto code = [](uint64_t i) { return fmt::format("code{}", i); };
  for (uint64_t i = 0; i < kCodes; ++i) ASSERT_TRUE(store().key_set(code(i), value_of(code(i), i, 40), kLong));
  std::vector<std::atomic<int>> taken(kCodes);
  std::atomic<int> wrong{0};
  at_once([&](int) {
    std::string out;
    for (uint64_t i = 0; i < kCodes; ++i) {
      if (store().take(code(i), out) != StoreStatus::ok) continue;
      ++taken[i];
      if (version_of(code(i), out) != i) ++wrong;
    }
  });
  for (uint64_t i = 0; i < kCodes; ++i) ASSERT_EQ(taken[i], 1) << i;
  EXPECT_EQ(wrong, 0);
}

TEST_P(Contract, OneOfManyAddsWins) {
  constexpr uint64_t kKeys = 2000;
  std::vector<std::atomic<int>> won(kKeys);
  at_once([&](int thread) {
    for (uint64_t i = 0; i < kKeys; ++i) {
      if (store().add(fmt::format("k{}", i), fmt::format("{}", thread), kLong)) ++won[i];
    }
  });
  for (uint64_t i = 0; i < kKeys; ++i) ASSERT_EQ(won[i], 1) << i;
}

TEST_P(Contract, OneOfManySwapsOfAVersionWins) {
  constexpr uint64_t kKeys = 1000;
  std::vector<uint64_t> versions(kKeys);
  for (uint64_t i = 0; i < kKeys; ++i) versions[i] = store().key_set(fmt::format("k{}", i), "0").version;
  std::vector<std::atomic<int>> won(kKeys);
  at_once([&](int thread) {
    for (uint64_t i = 0; i < kKeys; ++i) {
      const std::string key = fmt::format("k{}", i);
      const bool done = thread % 2 == 0 ? store().swap(key, versions[i], "1").status == StoreStatus::ok
                                        : store().remove_version(key, versions[i]) == StoreStatus::ok;
      if (done) ++won[i];
    }
  });
  for (uint64_t i = 0; i < kKeys; ++i) ASSERT_EQ(won[i], 1) << i;
}

TEST_P(Contract, NoIncrementIsLostOrAppliedTwice) {
  constexpr int64_t kRounds = 5000;
  std::mutex mutex;
  std::set<int64_t> seen;
  at_once([&](int) {
    std::vector<int64_t> mine;
    for (int64_t i = 0; i < kRounds; ++i) mine.push_back(store().counter_incr("n", 1).value);
    const std::lock_guard lock(mutex);
    seen.insert(mine.begin(), mine.end());
  });
  EXPECT_EQ(store().counter_get("n").value, kThreads * kRounds);
  EXPECT_EQ(seen.size(), kThreads * kRounds) << "each increment must have seen a sum of its own";
}

TEST_P(Contract, MixedDeltasAddUp) {
  constexpr uint64_t kRounds = 5000;
  std::atomic<int64_t> sum{0};
  at_once([&](int thread) {
    Random random(static_cast<uint64_t>(thread) + 1);
    int64_t mine = 0;
    for (uint64_t i = 0; i < kRounds; ++i) {
      const int64_t delta = static_cast<int64_t>(random.below(2001)) - 1000;
      EXPECT_TRUE(store().counter_incr("n", delta, kLong));
      mine += delta;
    }
    sum += mine;
  });
  EXPECT_EQ(store().counter_get("n").value, sum);
}

TEST_P(Contract, NoUpdateIsLost) {
  constexpr int kRounds = 1000;
  at_once([&](int) {
    uint64_t last = 0;
    for (int i = 0; i < kRounds; ++i) {
      const VersionAnswer done = store().update("n", [](const Record* present) {
        const int64_t number = present == nullptr ? 0 : std::stoll(present->value);
        return Change{Change::store, std::to_string(number + 1), kLong};
      });
      EXPECT_EQ(done.status, StoreStatus::ok);
      EXPECT_GT(done.version, last);
      last = done.version;
    }
  });
  EXPECT_EQ(get("n"), std::to_string(kThreads * kRounds));
}

TEST_P(Contract, VersionsGrowForEveryObserver) {
  constexpr int kRounds = 2000;
  at_once([&](int thread) {
    uint64_t last = 0;
    Record record;
    for (int i = 0; i < kRounds; ++i) {
      if (thread == 0) {
        (void)store().key_set("k", "v");
      } else if (thread == 1) {
        (void)store().key_delete("k");
      } else if (store().fetch("k", record) == StoreStatus::ok) {
        EXPECT_GE(record.version, last);
        last = record.version;
      }
    }
  });
}

TEST_P(Contract, ReadersSeeWholeValuesOnly) {
  constexpr uint64_t kRounds = 3000;
  at_once([&](int thread) {
    std::string out;
    for (uint64_t i = 0; i < kRounds; ++i) {
      if (thread == 0) {
        EXPECT_TRUE(store().key_set("k", value_of("k", i, 16 + i % 300)));
      } else if (store().key_get("k", out) == StoreStatus::ok) {
        EXPECT_TRUE(version_of("k", out)) << out.size();
      }
    }
  });
}

TEST_P(Contract, PrefixDeletionTakesWhatWasThereBeforeItBegan) {
  constexpr uint64_t kRounds = 60;
  constexpr uint64_t kAhead = 20'000;  // records that fit every store; deletions may be slower than insertions
  std::atomic<uint64_t> acknowledged{0}, checked{0};
  std::atomic<bool> done{false};
  const auto key = [](uint64_t i) { return fmt::format("p/{}", i); };
  std::thread inserter([&] {
    for (uint64_t i = 1; !done; ++i) {
      while (i > checked + kAhead && !done) std::this_thread::yield();
      EXPECT_TRUE(store().key_set(key(i), "v"));
      acknowledged = i;
      if (i % 64 == 0) std::this_thread::yield();
    }
  });
  for (uint64_t round = 0; round < kRounds; ++round) {
    const uint64_t before = acknowledged;
    uint64_t removed = 0;
    EXPECT_EQ(store().key_delete_prefix("p/", removed), StoreStatus::ok);
    for (; checked < before; ++checked) EXPECT_EQ(store().key_exists(key(checked + 1)), StoreStatus::absent);
    std::this_thread::sleep_for(milliseconds(1));
  }
  done = true;
  inserter.join();
  EXPECT_GT(checked.load(), 0u);
}

TEST_P(Contract, AScanBesideWritersDeliversWhatStays) {
  constexpr uint64_t kStay = 200;
  for (uint64_t i = 0; i < kStay; ++i) ASSERT_TRUE(store().key_set(fmt::format("stay{}", i), "v"));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    Random random(7);
    while (!done) {
      const std::string key = fmt::format("other{}", random.below(300));
      if (random.below(2) == 0) {
        EXPECT_TRUE(store().key_set(key, std::string(random.below(100), 'x')));
      } else {
        (void)store().key_delete(key);
      }
      EXPECT_TRUE(store().key_set(fmt::format("stay{}", random.below(kStay)), std::string(random.below(100), 'y')));
    }
  });
  for (int round = 0; round < 20; ++round) EXPECT_EQ(scan_all("stay", 16).size(), kStay);
  done = true;
  writer.join();
}

}  // namespace
}  // namespace larder::test
