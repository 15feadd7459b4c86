// versions_test.cc – versions, and what is conditional on them: swap, remove_version, touch_version, update.
#include <functional>

#include "conformance/contract.h"

namespace larder::test {
namespace {

TEST_P(Contract, EveryChangeOfAValueGivesAGreaterVersion) {
  uint64_t last = 0;
  const auto grown = [&](VersionAnswer answer) {
    EXPECT_EQ(answer.status, StoreStatus::ok);
    EXPECT_GT(answer.version, last);
    EXPECT_EQ(version("k"), answer.version);
    last = answer.version;
  };
  grown(store().add("k", "1"));
  grown(store().key_set("k", "2"));
  grown(store().key_set("k", "2"));
  grown(store().swap("k", last, "3"));
  grown(store().update("k", [](const Record*) { return Change{Change::store, "4", {}}; }));
}

TEST_P(Contract, VersionsGrowAcrossRemoval) {
  uint64_t last = 0;
  std::string out;
  const std::function<void()> removals[] = {
      [&] { EXPECT_EQ(store().key_delete("k"), StoreStatus::ok); },
      [&] { EXPECT_EQ(store().take("k", out), StoreStatus::ok); },
      [&] { EXPECT_EQ(store().remove_version("k", last), StoreStatus::ok); },
      [&] {
        ASSERT_TRUE(store().touch("k", milliseconds(1)) == StoreStatus::ok);
        bench_->pass(milliseconds(1));
      },
      [&] {
        uint64_t removed = 0;
        EXPECT_EQ(store().key_delete_prefix("k", removed), StoreStatus::ok);
      },
      [&] {
        uint64_t removed = 0;
        EXPECT_EQ(store().clear(removed), StoreStatus::ok);
      },
      [&] {
        EXPECT_EQ(store().key_delete("k"), StoreStatus::ok);
        EXPECT_TRUE(store().counter_incr("k", 1));
        EXPECT_EQ(store().counter_delete("k"), StoreStatus::ok);
      },
  };
  for (const auto& remove : removals) {
    const VersionAnswer added = store().add("k", "v");
    ASSERT_EQ(added.status, StoreStatus::ok);
    ASSERT_GT(added.version, last);
    last = added.version;
    remove();
    ASSERT_EQ(get("k"), "<absent>");
  }
}

TEST_P(Contract, TouchAndPersistKeepTheVersion) {
  const uint64_t set = store().key_set("k", "v", kLong).version;
  ASSERT_NE(set, 0u);
  EXPECT_EQ(store().touch("k", 2 * kLong), StoreStatus::ok);
  EXPECT_EQ(version("k"), set);
  EXPECT_EQ(store().persist("k"), StoreStatus::ok);
  EXPECT_EQ(version("k"), set);
  EXPECT_EQ(store().touch_version("k", set, kLong), StoreStatus::ok);
  EXPECT_EQ(version("k"), set);
}

TEST_P(Contract, SwapStoresOnlyInPlaceOfItsVersion) {
  const VersionAnswer absent = store().swap("k", 7, "v");
  EXPECT_EQ(absent.status, StoreStatus::absent);
  EXPECT_EQ(store().key_exists("k"), StoreStatus::absent);

  const VersionAnswer created = store().swap("k", 0, "first", kLong);
  ASSERT_EQ(created.status, StoreStatus::ok);
  EXPECT_EQ(get("k"), "first");
  EXPECT_TRUE(store().ttl("k").ttl);

  const VersionAnswer again = store().swap("k", 0, "second");
  EXPECT_EQ(again.status, StoreStatus::changed);
  EXPECT_EQ(again.version, created.version);

  const VersionAnswer swapped = store().swap("k", created.version, "third");
  ASSERT_EQ(swapped.status, StoreStatus::ok);
  EXPECT_EQ(get("k"), "third");
  EXPECT_EQ(store().ttl("k").ttl, std::nullopt) << "swap sets value and expiry";

  const VersionAnswer late = store().swap("k", created.version, "late");
  EXPECT_EQ(late.status, StoreStatus::changed);
  EXPECT_EQ(late.version, swapped.version);
  EXPECT_EQ(get("k"), "third");
}

TEST_P(Contract, RemoveVersionSparesASuccessor) {
  EXPECT_EQ(store().remove_version("k", 1), StoreStatus::absent);
  const uint64_t old = store().key_set("k", "old").version;
  const uint64_t now = store().key_set("k", "new").version;
  EXPECT_EQ(store().remove_version("k", old), StoreStatus::changed);
  EXPECT_EQ(get("k"), "new");
  EXPECT_EQ(store().remove_version("k", now), StoreStatus::ok);
  EXPECT_EQ(get("k"), "<absent>");
  EXPECT_EQ(store().remove_version("k", now), StoreStatus::absent);
}

TEST_P(Contract, TouchVersionSparesASuccessor) {
  EXPECT_EQ(store().touch_version("k", 1, kLong), StoreStatus::absent);
  const uint64_t old = store().key_set("k", "old").version;
  const uint64_t now = store().key_set("k", "new").version;
  EXPECT_EQ(store().touch_version("k", old, kLong), StoreStatus::changed);
  EXPECT_EQ(store().ttl("k").ttl, std::nullopt);
  EXPECT_EQ(store().touch_version("k", now, kLong), StoreStatus::ok);
  EXPECT_TRUE(store().ttl("k").ttl);
  EXPECT_EQ(store().touch_version("k", now, {}), StoreStatus::ok);
  EXPECT_EQ(store().ttl("k").ttl, std::nullopt);
  EXPECT_EQ(get("k"), "new");
}

TEST_P(Contract, UpdateStoresKeepsAndRemoves) {
  bool called_with_nothing = false;
  const VersionAnswer created = store().update("k", [&](const Record* present) {
    called_with_nothing = present == nullptr;
    return Change{Change::store, "1", kLong};
  });
  ASSERT_EQ(created.status, StoreStatus::ok);
  EXPECT_TRUE(called_with_nothing);
  EXPECT_TRUE(store().ttl("k").ttl);

  const VersionAnswer kept = store().update("k", [&](const Record* present) {
    EXPECT_TRUE(present != nullptr && present->value == "1" && present->version == created.version);
    return Change{};
  });
  EXPECT_EQ(kept.status, StoreStatus::ok);
  EXPECT_EQ(kept.version, created.version);
  EXPECT_EQ(version("k"), created.version);

  const VersionAnswer removed = store().update("k", [](const Record*) { return Change{Change::remove, {}, {}}; });
  EXPECT_EQ(removed.status, StoreStatus::ok);
  EXPECT_EQ(removed.version, 0u);
  EXPECT_EQ(get("k"), "<absent>");
  EXPECT_EQ(store()
                .update("k",
                        [](const Record*) {
                          return Change{Change::remove, {}, {}};
                        })
                .status,
            StoreStatus::ok)
      << "removing nothing is no error";
  EXPECT_EQ(store().update("k", [](const Record*) { return Change{}; }).version, 0u);
}

TEST_P(Contract, UpdateStartsAgainWhenSomebodyInterferes) {
  ASSERT_TRUE(store().key_set("k", "a"));
  int calls = 0;
  const VersionAnswer done = store().update("k", [&](const Record* present) {
    switch (++calls) {
      case 1: EXPECT_TRUE(store().key_set("k", "b")); break;
      case 2: EXPECT_EQ(store().key_delete("k"), StoreStatus::ok); break;
      case 3: EXPECT_TRUE(store().key_set("k", "c")); break;
      default: break;
    }
    return Change{Change::store, (present != nullptr ? present->value : "nothing") + "!", {}};
  });
  EXPECT_EQ(done.status, StoreStatus::ok);
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(get("k"), "c!");
}

TEST_P(Contract, UpdateReportsWhatTheStoreRefuses) {
  const auto store_with = [&](std::string value, Store::Ttl ttl) {
    return store().update("k", [&](const Record*) { return Change{Change::store, value, ttl}; }).status;
  };
  EXPECT_EQ(store_with("v", milliseconds(0)), StoreStatus::invalid_ttl);
  EXPECT_EQ(store().update("", [](const Record*) { return Change{}; }).status, StoreStatus::invalid_key);
  EXPECT_EQ(get("k"), "<absent>");
}

}  // namespace
}  // namespace larder::test
