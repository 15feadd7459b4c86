// reading_test.cc – the reading half of the contract, over stores that were filled beforehand; the static list too.
#include <fmt/format.h>

#include <functional>

#include "backend/static_store.h"
#include "conformance/contract.h"

namespace larder::test {
namespace {

using Contents = std::map<std::string, std::string>;

/// A filled store of one kind.
struct Filled {
  const char* name;
  std::unique_ptr<Bench> (*make)(const Contents& contents);
};

class StaticBench final : public Bench {
 public:
  explicit StaticBench(const Contents& contents) {
    std::vector<backend::StaticItem> items;
    for (const auto& [key, value] : contents) items.push_back({key, value, 0});
    auto list = backend::StaticList::build(items, {}, "contents");
    if (!list) throw std::runtime_error(list.error().message);
    store_ = std::make_unique<backend::StaticStore>(
        "static", [] { return backend::StaticList(); }, std::move(*list));
  }
  Store& store() override { return *store_; }

 private:
  std::unique_ptr<backend::StaticStore> store_;
};

std::unique_ptr<Bench> filled_map(const Contents& contents) {
  auto bench = make_map_bench({});
  for (const auto& [key, value] : contents) {
    if (!bench->store().key_set(key, value)) throw std::runtime_error("cannot fill the map");
  }
  return bench;
}

class Reading : public ::testing::TestWithParam<Filled> {
 protected:
  Reading() {
    for (int i = 0; i < 300; ++i) contents_[fmt::format("domain{}.example", i)] = fmt::format("text {}", i);
    contents_["empty"] = "";
    bench_ = GetParam().make(contents_);
  }
  Store& store() { return bench_->store(); }

  Contents contents_;
  std::unique_ptr<Bench> bench_;
};

TEST_P(Reading, EveryKeyGivesItsValue) {
  std::string out;
  for (const auto& [key, value] : contents_) {
    ASSERT_EQ(store().key_get(key, out), StoreStatus::ok) << key;
    EXPECT_EQ(out, value);
    EXPECT_EQ(store().key_exists(key), StoreStatus::ok);
  }
}

TEST_P(Reading, WhatIsNotThereIsAbsent) {
  std::string out = "mine";
  Record record;
  for (const char* key : {"domain300.example", "Domain1.example", "domain1", "x"}) {
    EXPECT_EQ(store().key_get(key, out), StoreStatus::absent) << key;
    EXPECT_EQ(store().key_exists(key), StoreStatus::absent);
    EXPECT_EQ(store().fetch(key, record), StoreStatus::absent);
    EXPECT_EQ(store().ttl(key).status, StoreStatus::absent);
    EXPECT_EQ(store().counter_get(key).status, StoreStatus::absent);
    EXPECT_EQ(store().counter_get(key).value, 0);
  }
  EXPECT_EQ(out, "mine");
}

TEST_P(Reading, KeysOutOfRangeAreInvalid) {
  std::string out;
  Record record;
  for (const std::string& key : {std::string(), std::string(kMaxKeyBytes + 1, 'k')}) {
    EXPECT_EQ(store().key_get(key, out), StoreStatus::invalid_key);
    EXPECT_EQ(store().fetch(key, record), StoreStatus::invalid_key);
    EXPECT_EQ(store().key_exists(key), StoreStatus::invalid_key);
    EXPECT_EQ(store().ttl(key).status, StoreStatus::invalid_key);
    EXPECT_EQ(store().counter_get(key).status, StoreStatus::invalid_key);
  }
}

TEST_P(Reading, ARecordIsAPermanentValueWithAVersion) {
  Record record;
  ASSERT_EQ(store().fetch("domain7.example", record), StoreStatus::ok);
  EXPECT_EQ(record.kind, RecordKind::value);
  EXPECT_EQ(record.value, "text 7");
  EXPECT_NE(record.version, 0u);
  EXPECT_EQ(record.ttl, std::nullopt);
  const TtlAnswer left = store().ttl("domain7.example");
  EXPECT_EQ(left.status, StoreStatus::ok);
  EXPECT_EQ(left.ttl, std::nullopt);
  EXPECT_EQ(store().counter_get("domain7.example").status, StoreStatus::wrong_type);
}

TEST_P(Reading, AnUpdateThatKeepsIsARead) {
  bool called = false;
  const VersionAnswer kept = store().update("domain7.example", [&](const Record* present) {
    called = present != nullptr && present->value == "text 7";
    return Change{};
  });
  EXPECT_EQ(kept.status, StoreStatus::ok);
  EXPECT_TRUE(called);
}

TEST_P(Reading, AScanDeliversEverythingOnce) {
  for (const size_t limit : {size_t{1}, size_t{7}, size_t{1000}}) {
    Contents found;
    size_t delivered = 0;
    uint64_t cursor = 0;
    do {
      const ScanPage page = store().scan("domain", cursor, limit);
      ASSERT_EQ(page.status, StoreStatus::ok);
      for (const ScanItem& item : page.items) found[item.key] = item.record.value;
      delivered += page.items.size();
      cursor = page.cursor;
    } while (cursor != 0);
    EXPECT_EQ(delivered, contents_.size() - 1);
    found["empty"] = "";
    EXPECT_EQ(found, contents_);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Reading,
                         ::testing::Values(Filled{"map", filled_map},
                                           Filled{"static",
                                                  [](const Contents& contents) -> std::unique_ptr<Bench> {
                                                    return std::make_unique<StaticBench>(contents);
                                                  }}),
                         [](const auto& filled) { return std::string(filled.param.name); });

TEST(StaticStore, EveryWriteIsRefusedAndChangesNothing) {
  StaticBench bench({{"k", "v"}, {"n", "7"}});
  Store& store = bench.store();
  std::string out = "mine";
  uint64_t removed = 99;
  EXPECT_EQ(store.key_set("k", "w").status, StoreStatus::not_supported);
  EXPECT_EQ(store.key_delete("k"), StoreStatus::not_supported);
  EXPECT_EQ(store.key_delete_prefix("k", removed), StoreStatus::not_supported);
  EXPECT_EQ(removed, 0u);
  EXPECT_EQ(store.clear(removed), StoreStatus::not_supported);
  EXPECT_EQ(store.add("new", "w").status, StoreStatus::not_supported);
  EXPECT_EQ(store.take("k", out), StoreStatus::not_supported);
  EXPECT_EQ(out, "mine");
  EXPECT_EQ(store.swap("k", 1, "w").status, StoreStatus::not_supported);
  EXPECT_EQ(store.remove_version("k", 1), StoreStatus::not_supported);
  EXPECT_EQ(store.touch_version("k", 1, kLong), StoreStatus::not_supported);
  EXPECT_EQ(store.counter_incr("n", 1).status, StoreStatus::not_supported);
  EXPECT_EQ(store.counter_delete("n"), StoreStatus::not_supported);
  EXPECT_EQ(store.persist("k"), StoreStatus::not_supported);
  EXPECT_EQ(store.touch("k", kLong), StoreStatus::not_supported);
  EXPECT_EQ(store.update("k",
                         [](const Record*) {
                           return Change{Change::store, "w", {}};
                         })
                .status,
            StoreStatus::not_supported);
  EXPECT_EQ(store.update("k",
                         [](const Record*) {
                           return Change{Change::remove, {}, {}};
                         })
                .status,
            StoreStatus::not_supported);
  EXPECT_EQ(store.purge(removed), StoreStatus::ok) << "there is nothing to purge, which is no error";
  EXPECT_EQ(removed, 0u);
  EXPECT_EQ(store.key_get("k", out), StoreStatus::ok);
  EXPECT_EQ(out, "v");
  EXPECT_EQ(store.counter_get("n").value, 7);
}

}  // namespace
}  // namespace larder::test
