// values_test.cc – values: set, get, add, take, and the two kinds in one namespace.
#include "conformance/contract.h"

namespace larder::test {
namespace {

TEST_P(Contract, WhatIsSetIsThere) {
  EXPECT_EQ(get("k"), "<absent>");
  EXPECT_EQ(store().key_exists("k"), StoreStatus::absent);
  EXPECT_TRUE(store().key_set("k", "one"));
  EXPECT_EQ(get("k"), "one");
  EXPECT_EQ(store().key_exists("k"), StoreStatus::ok);
  EXPECT_TRUE(store().key_set("k", "another one"));
  EXPECT_EQ(get("k"), "another one");
  EXPECT_EQ(get("K"), "<absent>");
}

TEST_P(Contract, ValuesAreAnyBytes) {
  const std::string key("\0\xff\n*?\\ key", 10), value("\0\r\n\xff\xfe", 5);
  EXPECT_TRUE(store().key_set(key, value));
  EXPECT_EQ(get(key), value);
  EXPECT_TRUE(store().key_set("empty", ""));
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(store().key_exists("empty"), StoreStatus::ok);
}

TEST_P(Contract, ValuesOfAllLengthsComeBackWhole) {
  const size_t longest = std::min<size_t>(store().max_value(4), 1 << 20);
  for (size_t length = 16; length <= longest; length = length * 2 + 1) {
    const std::string value = value_of("size", length, length);
    ASSERT_TRUE(store().key_set("size", value)) << length;
    ASSERT_EQ(get("size"), value) << length;
  }
}

TEST_P(Contract, AFailedGetLeavesTheBufferAlone) {
  std::string out = "mine";
  EXPECT_EQ(store().key_get("k", out), StoreStatus::absent);
  EXPECT_EQ(store().take("k", out), StoreStatus::absent);
  ASSERT_TRUE(store().counter_incr("n", 1));
  EXPECT_EQ(store().key_get("n", out), StoreStatus::wrong_type);
  EXPECT_EQ(out, "mine");
  EXPECT_EQ(store().key_get("", out), StoreStatus::invalid_key);
  EXPECT_EQ(out, "mine");
}

TEST_P(Contract, DeleteSaysWhetherSomethingWasThere) {
  EXPECT_EQ(store().key_delete("k"), StoreStatus::absent);
  ASSERT_TRUE(store().key_set("k", "v"));
  EXPECT_EQ(store().key_delete("k"), StoreStatus::ok);
  EXPECT_EQ(get("k"), "<absent>");
  EXPECT_EQ(store().key_delete("k"), StoreStatus::absent);
  ASSERT_TRUE(store().counter_incr("n", 3));
  EXPECT_EQ(store().key_delete("n"), StoreStatus::ok);
  EXPECT_EQ(store().counter_get("n").status, StoreStatus::absent);
}

TEST_P(Contract, AddNeverTouchesWhatIsThere) {
  const VersionAnswer first = store().add("k", "first");
  ASSERT_EQ(first.status, StoreStatus::ok);
  const VersionAnswer second = store().add("k", "second", kLong);
  EXPECT_EQ(second.status, StoreStatus::exists);
  EXPECT_EQ(second.version, first.version);
  EXPECT_EQ(get("k"), "first");
  EXPECT_EQ(store().ttl("k").ttl, std::nullopt) << "add must not lend its time to live to the present record";
  ASSERT_TRUE(store().counter_incr("n", 1));
  EXPECT_EQ(store().add("n", "v").status, StoreStatus::exists);
  EXPECT_EQ(store().counter_get("n").value, 1);
}

TEST_P(Contract, TakeGetsAndDeletes) {
  ASSERT_TRUE(store().key_set("code", "secret"));
  std::string out;
  EXPECT_EQ(store().take("code", out), StoreStatus::ok);
  EXPECT_EQ(out, "secret");
  EXPECT_EQ(store().take("code", out), StoreStatus::absent);
  EXPECT_EQ(get("code"), "<absent>");
}

TEST_P(Contract, OneNamespaceForValuesAndCounters) {
  ASSERT_TRUE(store().counter_incr("n", 41));
  std::string out;
  EXPECT_EQ(store().key_get("n", out), StoreStatus::wrong_type);
  EXPECT_EQ(store().take("n", out), StoreStatus::wrong_type);
  EXPECT_EQ(store().swap("n", 0, "v").status, StoreStatus::wrong_type);
  EXPECT_EQ(store().swap("n", 1, "v").status, StoreStatus::wrong_type);
  EXPECT_EQ(store().remove_version("n", 1), StoreStatus::wrong_type);
  EXPECT_EQ(store().touch_version("n", 1, kLong), StoreStatus::wrong_type);
  EXPECT_EQ(store()
                .update("n",
                        [](const Record*) {
                          return Change{Change::remove, {}, {}};
                        })
                .status,
            StoreStatus::wrong_type);
  EXPECT_EQ(store().key_exists("n"), StoreStatus::ok);
  EXPECT_EQ(store().counter_get("n").value, 41) << "a wrong_type must change nothing";

  ASSERT_TRUE(store().key_set("v", "7"));
  EXPECT_EQ(store().counter_incr("v", 1).status, StoreStatus::wrong_type);
  EXPECT_EQ(store().counter_get("v").status, StoreStatus::wrong_type);
  EXPECT_EQ(store().counter_delete("v"), StoreStatus::wrong_type);
  EXPECT_EQ(get("v"), "7");
}

TEST_P(Contract, SetReplacesACounter) {
  ASSERT_TRUE(store().counter_incr("k", 5, kLong));
  ASSERT_TRUE(store().key_set("k", "text"));
  EXPECT_EQ(get("k"), "text");
  EXPECT_EQ(store().ttl("k").ttl, std::nullopt) << "set without a time to live makes a record permanent";
  EXPECT_EQ(store().counter_get("k").status, StoreStatus::wrong_type);
}

TEST_P(Contract, FetchTellsTheWholeRecord) {
  Record record;
  EXPECT_EQ(store().fetch("k", record), StoreStatus::absent);
  const VersionAnswer set = store().key_set("k", "v", kLong);
  ASSERT_TRUE(set);
  ASSERT_EQ(store().fetch("k", record), StoreStatus::ok);
  EXPECT_EQ(record.kind, RecordKind::value);
  EXPECT_EQ(record.value, "v");
  EXPECT_EQ(record.version, set.version);
  ASSERT_TRUE(record.ttl);
  EXPECT_LE(*record.ttl, kLong);
  EXPECT_GT(*record.ttl, kLong / 2);

  ASSERT_TRUE(store().counter_incr("n", -9));
  ASSERT_EQ(store().fetch("n", record), StoreStatus::ok);
  EXPECT_EQ(record.kind, RecordKind::counter);
  EXPECT_EQ(record.number, -9);
  EXPECT_EQ(record.ttl, std::nullopt);
}

TEST_P(Contract, PrefixDeletionTakesExactlyItsKeys) {
  for (const char* key : {"a", "ab", "abc", "abd", "b", "Ab"}) ASSERT_TRUE(store().key_set(key, key));
  ASSERT_TRUE(store().counter_incr("abn", 1));
  uint64_t removed = 99;
  EXPECT_EQ(store().key_delete_prefix("ab", removed), StoreStatus::ok);
  EXPECT_EQ(removed, 4u);
  for (const char* gone : {"ab", "abc", "abd", "abn"}) EXPECT_EQ(store().key_exists(gone), StoreStatus::absent) << gone;
  for (const char* kept : {"a", "b", "Ab"}) EXPECT_EQ(get(kept), kept);
  EXPECT_EQ(store().key_delete_prefix("zzz", removed), StoreStatus::ok);
  EXPECT_EQ(removed, 0u);
}

TEST_P(Contract, PrefixDeletionTakesPrefixesLiterally) {
  for (const char* key : {"x*y", "xzy", "x?", "xa"}) ASSERT_TRUE(store().key_set(key, "v"));
  uint64_t removed = 0;
  EXPECT_EQ(store().key_delete_prefix("x*", removed), StoreStatus::ok);
  EXPECT_EQ(removed, 1u);
  EXPECT_EQ(store().key_delete_prefix("x?", removed), StoreStatus::ok);
  EXPECT_EQ(removed, 1u);
  EXPECT_EQ(get("xzy"), "v");
  EXPECT_EQ(get("xa"), "v");
  EXPECT_EQ(store().key_delete_prefix("", removed), StoreStatus::invalid_key);
  EXPECT_EQ(removed, 0u);
  EXPECT_EQ(get("xa"), "v") << "an empty prefix must not clear the store";
}

TEST_P(Contract, ClearLeavesNothing) {
  for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store().key_set("k" + std::to_string(i), "v", kLong));
  ASSERT_TRUE(store().counter_incr("n", 1));
  uint64_t removed = 0;
  EXPECT_EQ(store().clear(removed), StoreStatus::ok);
  EXPECT_EQ(removed, 101u);
  EXPECT_TRUE(scan_all("", 10).empty());
  EXPECT_EQ(get("k7"), "<absent>");
}

}  // namespace
}  // namespace larder::test
