// scan_test.cc – scans: everything that stays is delivered, nothing that is not there.
#include <fmt/format.h>

#include "conformance/contract.h"

namespace larder::test {

std::map<std::string, Record> Contract::scan_all(std::string_view prefix, size_t limit,
                                                 std::map<std::string, int>* times) {
  std::map<std::string, Record> found;
  uint64_t cursor = 0;
  do {
    ScanPage page = store().scan(prefix, cursor, limit);
    EXPECT_EQ(page.status, StoreStatus::ok);
    if (page.status != StoreStatus::ok) break;
    for (ScanItem& item : page.items) {
      if (times != nullptr) ++(*times)[item.key];
      found[item.key] = std::move(item.record);
    }
    cursor = page.cursor;
  } while (cursor != 0);
  return found;
}

namespace {

constexpr uint64_t kMany = 500;

std::string name(std::string_view stem, uint64_t number) { return fmt::format("{}{:04}", stem, number); }

TEST_P(Contract, AScanOfNothingIsComplete) {
  ScanPage page;
  int steps = 0;
  do {
    page = store().scan("", page.cursor, 10);
    ASSERT_EQ(page.status, StoreStatus::ok);
    ASSERT_TRUE(page.items.empty());
    ASSERT_LT(++steps, 10'000);
  } while (page.cursor != 0);
}

TEST_P(Contract, AScanDeliversEveryRecordOnceWhileNothingChanges) {
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(store().key_set(name("k", i), name("v", i), kLong));
  for (const size_t limit : {size_t{1}, size_t{7}, size_t{100}, size_t{10'000}}) {
    std::map<std::string, int> times;
    const auto found = scan_all("", limit, &times);
    EXPECT_EQ(found.size(), kMany);
    for (const auto& [key, count] : times) EXPECT_EQ(count, 1) << key;
  }
}

TEST_P(Contract, AScanDeliversWholeRecords) {
  const uint64_t set = store().key_set("value", "text", kLong).version;
  ASSERT_TRUE(store().counter_incr("counter", -7));
  const auto found = scan_all("", 10);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found.at("value").kind, RecordKind::value);
  EXPECT_EQ(found.at("value").value, "text");
  EXPECT_EQ(found.at("value").version, set);
  EXPECT_TRUE(found.at("value").ttl);
  EXPECT_EQ(found.at("counter").kind, RecordKind::counter);
  EXPECT_EQ(found.at("counter").number, -7);
  EXPECT_EQ(found.at("counter").ttl, std::nullopt);
}

TEST_P(Contract, AScanDeliversItsPrefixOnly) {
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(store().key_set(name("a", i), "v"));
    ASSERT_TRUE(store().key_set(name("ab", i), "v"));
    ASSERT_TRUE(store().key_set(name("b*", i), "v"));
  }
  EXPECT_EQ(scan_all("a", 9).size(), 200u);
  EXPECT_EQ(scan_all("ab", 9).size(), 100u);
  EXPECT_EQ(scan_all("ab0007", 9).size(), 1u);
  EXPECT_EQ(scan_all("b*", 9).size(), 100u);
  EXPECT_EQ(scan_all("*", 9).size(), 0u) << "a prefix is no pattern";
  EXPECT_EQ(scan_all(std::string(kMaxKeyBytes + 1, 'a'), 9).size(), 0u);
}

TEST_P(Contract, AScanKeepsPagesNearTheirLimit) {
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(store().key_set(name("k", i), "v"));
  uint64_t cursor = 0;
  int pages = 0;
  do {
    const ScanPage page = store().scan("", cursor, 10);
    EXPECT_LE(page.items.size(), 100u);
    cursor = page.cursor;
    ++pages;
  } while (cursor != 0);
  EXPECT_GE(pages, 5);
}

TEST_P(Contract, WhatStaysIsDeliveredWhileOthersComeAndGo) {
  for (uint64_t i = 0; i < kMany; ++i) {
    ASSERT_TRUE(store().key_set(name("stay", i), "v"));
    ASSERT_TRUE(store().key_set(name("go", i), "v"));
  }
  std::map<std::string, int> seen;
  uint64_t cursor = 0, step = 0;
  do {
    const ScanPage page = store().scan("", cursor, 8);
    ASSERT_EQ(page.status, StoreStatus::ok);
    for (const ScanItem& item : page.items) ++seen[item.key];
    cursor = page.cursor;
    for (int i = 0; i < 8 && step < kMany; ++i, ++step) {
      ASSERT_EQ(store().key_delete(name("go", step)), StoreStatus::ok);
      ASSERT_TRUE(store().key_set(name("come", step), "v"));
      ASSERT_TRUE(store().key_set(name("stay", step), "a new, much longer value than the old one"));
    }
  } while (cursor != 0);
  for (uint64_t i = 0; i < kMany; ++i) EXPECT_GE(seen[name("stay", i)], 1) << name("stay", i);
}

TEST_P(Contract, AScanEndsWhileRecordsAreCreatedAllTheTime) {
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(store().key_set(name("k", i), "v"));
  uint64_t cursor = 0, created = 0;
  int pages = 0;
  do {
    const ScanPage page = store().scan("", cursor, 10);
    cursor = page.cursor;
    for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(store().key_set(name("new", ++created), "v"));
    ASSERT_LT(++pages, 5000) << "as many new records as it delivers must not keep a scan going for ever";
  } while (cursor != 0);
}

TEST_P(Contract, AScanSeesNoDeletedRecord) {
  for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store().key_set(name("k", i), "v"));
  for (uint64_t i = 0; i < 100; i += 2) ASSERT_EQ(store().key_delete(name("k", i)), StoreStatus::ok);
  const auto found = scan_all("", 10);
  EXPECT_EQ(found.size(), 50u);
  EXPECT_EQ(found.count(name("k", 1)), 1u);
}

}  // namespace
}  // namespace larder::test
