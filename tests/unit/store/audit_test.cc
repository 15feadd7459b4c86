// audit_test.cc – the audit notices what is wrong with a store's records.
#include <gtest/gtest.h>

#include <stdexcept>

#include "store/operation.h"
#include "store/shared_store.h"
#include "support/segments.h"

namespace larder::test {
namespace {

class StoreAudit : public ::testing::Test {
 protected:
  StoreAudit() {
    SegmentOptions options = segment_options(directory_, {});
    options.stores.emplace_back();
    segment_.emplace(create_segment(options));
    auto store = segment_->store("memory");
    if (!store) throw std::runtime_error(store.error().message);
    store_ = std::move(*store);
    EXPECT_TRUE(store_->key_set("key", "value", std::chrono::hours(1)));
    EXPECT_TRUE(store_->key_set("other", "value"));
    EXPECT_TRUE(is_clean(audit_of(directory_.path())));
  }

  const cache::Region& region() const { return dynamic_cast<store::SharedStore&>(*store_).region(); }
  store::Look look(const char* key) const { return store::Operation(region(), *region().member->thread(), key).look(); }
  void change(const char* key, base::Pair next) const {
    const store::Look seen = look(key);
    base::Pair cell = seen.cell;
    ASSERT_TRUE(store::cell_of(seen.entry.words).cas(cell, next));
  }
  std::string rule() const {
    const observe::AuditReport report = audit_of(directory_.path());
    return report.violations.empty() ? "" : report.violations.front().rule;
  }

  TempDirectory directory_;
  std::optional<Segment> segment_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreAudit, OfARecordThatIsNothing) {
  const base::Pair cell = look("key").cell;
  change("key", {cell.first, store::Meta::Kind::set(cell.second, 0)});
  EXPECT_EQ(rule(), "record-kind");
}

// A look took such a record for absent, and its creation took it for present: add, swap and incr went on for ever.
// Found by random damage (seed 19433).
TEST_F(StoreAudit, OfARecordThatIsNothingAndIsWrittenAnew) {
  for (const char* key : {"added", "swapped", "counted"}) {
    ASSERT_TRUE(store_->key_set(key, "value"));
    const base::Pair cell = look(key).cell;
    change(key, {cell.first, store::Meta::Kind::set(cell.second, 0)});
    EXPECT_EQ(store_->key_exists(key), StoreStatus::absent);
  }
  EXPECT_TRUE(store_->add("added", "anew"));
  EXPECT_TRUE(store_->swap("swapped", 0, "anew"));
  EXPECT_TRUE(store_->counter_incr("counted", 1));
  EXPECT_EQ(rule(), "");
}

// New records went where nobody could see them: their cells lay across two 16-byte words. Found by random damage (seed
// 1007159).
TEST_F(StoreAudit, OfATailThatWouldMisalignCells) {
  const page::PageTable& table = region().plane.rings.table();
  const uint32_t page = table.page_of(look("key").found.position());
  table.record(page).tail.add_acq_rel(8);
  ASSERT_TRUE(store_->key_set("next", "value"));
  std::string value;
  EXPECT_EQ(store_->key_get("next", value), StoreStatus::ok);
  EXPECT_NE(table.page_of(look("next").found.position()), page) << "that page is closed";
  EXPECT_EQ(store_->key_get("key", value), StoreStatus::ok);
}

TEST_F(StoreAudit, OfATombstoneThatNobodyWritesToDisk) {
  change("key", {look("key").cell.first, store::tombstone_of(look("key").cell.second)});
  EXPECT_EQ(rule(), "record-volatile");
}

TEST_F(StoreAudit, OfAVersionThatWasNeverDrawn) {
  const base::Pair cell = look("key").cell;
  change("key", {cell.first + 1000, cell.second});
  EXPECT_EQ(rule(), "record-version");
}

TEST_F(StoreAudit, OfAnExpiryThatThePageDoesNotKnow) {
  const base::Pair cell = look("key").cell;
  change("key", {cell.first, store::Meta::Expiry::set(cell.second, store::Meta::Expiry::get(cell.second) - 1000)});
  EXPECT_EQ(rule(), "page-earliest");
}

TEST_F(StoreAudit, OfARecordBeyondWhatWasReserved) {
  const page::PageTable& table = region().plane.rings.table();
  table.record(table.page_of(look("other").found.position())).tail.store_release(store::kRecordStart);
  EXPECT_EQ(rule(), "record-beyond-tail");
}

TEST_F(StoreAudit, OfTwoRecordsThatShareBytes) {
  const store::Look first = look("key");
  // The first record's header claims a longer value, which reaches into the second one.
  uint64_t* const header = first.entry.words;
  base::store_word_release(header, store::record_header(3, 5 + 16));
  store_.reset();
  segment_.reset();
  EXPECT_EQ(rule(), "records-overlap");
}

}  // namespace
}  // namespace larder::test
