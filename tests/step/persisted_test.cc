// persisted_test.cc – the writer meets a worker at any instruction of a change, and the change goes on while the batch
// is being committed: what was answered is written by the next pass at the latest, whatever is killed.
//
// The story: a worker is stopped inside one operation on a durable key. A pass begins; while its commit waits for the
// disk, the worker goes on for a while, perhaps to its end. Then the worker ends, or is killed where it stands and
// buried. Behind one more pass the disk says what memory says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "step/runs.h"
#include "step/stepper.h"
#include "unit/persist/persist_test.h"
#include "unit/persist/sim_vfs.h"

namespace larder::test {
namespace {

struct Change {
  std::string name;
  std::function<bool(Store&)> run;
};

const std::vector<Change>& changes() {
  static const std::vector<Change> kChanges{
      {"incr", [](Store& store) { return bool(store.counter_incr("d-count", 1)); }},
      {"create", [](Store& store) { return bool(store.counter_incr("d-new", 1)); }},
      {"set", [](Store& store) { return bool(store.key_set("d-value", "another")); }},
      {"touch", [](Store& store) { return store.touch("d-value", milliseconds(3'600'000)) == StoreStatus::ok; }},
      {"delete", [](Store& store) { return store.key_delete("d-value") == StoreStatus::ok; }},
      {"swap",
       [](Store& store) {
         Record record;
         return store.fetch("d-value", record) == StoreStatus::ok && store.swap("d-value", record.version, "swapped");
       }},
      {"delete and create",
       [](Store& store) {
         return store.counter_delete("d-count") == StoreStatus::ok && store.counter_incr("d-count", 9);
       }},
  };
  return kChanges;
}

/// What memory says, as rows without times.
Rows memory_of(Store& store) {
  Rows rows;
  for (uint64_t cursor = 0;;) {
    ScanPage page = store.scan("d", cursor, 1000);
    for (ScanItem& item : page.items) {
      const bool counter = item.record.kind == RecordKind::counter;
      rows[item.key] = counter ? counter_row(item.key, item.record.number) : value_row(item.key, item.record.value);
    }
    if (page.cursor == 0) return rows;
    cursor = page.cursor;
  }
}

class Persisted : public ::testing::Test {
 protected:
  Persisted() : keep_(kept_.open(sim_.name())), segment_(kept_.create(keep_)), store_(Kept::store(segment_)) {
    if (const Status started = keep_.start(segment_); !started) throw std::runtime_error(started.error().message);
    work_all(keep_);
  }

  /// The start state, on disk or still to be written: then the batch holds the very records that the change meets.
  void reset(bool written = true) {
    ASSERT_NE(store_->key_delete("d-new"), StoreStatus::full);
    ASSERT_NE(store_->key_delete("d-count"), StoreStatus::full);
    ASSERT_TRUE(store_->counter_incr("d-count", 41));
    ASSERT_TRUE(store_->key_set("d-value", "first"));
    if (written) {
      ASSERT_TRUE(keep_.flush());
    }
  }

  Stepper::Body body_of(const Change& change) const {
    return [this, &change](Stepper::Mark mark) {
      const Segment segment = attach_segment(kept_.segments().path());
      const auto store = Kept::store(segment);
      (void)store->key_exists("d-value");
      mark();
      const bool done = change.run(*store);
      mark();
      return done ? 0 : 1;
    };
  }

  static bool advance(Stepper& child, uint64_t instructions) {
    for (uint64_t i = 0; i < instructions; ++i)
      if (child.step() == Stepper::Stop::end) return false;
    return true;
  }

  /// A pass with the worker `before` instructions into the change; it goes on for `meanwhile` during the commit.
  void meet(const Change& change, uint64_t before, uint64_t meanwhile, bool killed, bool written) {
    reset(written);
    Stepper child(body_of(change));
    bool inside = advance(child, before);
    sim_.before = [&](DiskStep step) {
      if (step == DiskStep::sync && inside) inside = advance(child, meanwhile);
      return SQLITE_OK;
    };
    // Something to commit, whatever the worker has done so far.
    ASSERT_TRUE(store_->counter_incr("d-other", 1));
    ASSERT_TRUE(keep_.flush());
    sim_.before = nullptr;
    if (killed) {
      child.kill();
      segment_.bury_dead();
    } else {
      ASSERT_TRUE(child.run_to_end().ok());
    }
    ASSERT_TRUE(keep_.flush());
    Rows rows = disk_rows();
    for (auto& [key, row] : rows) row.expiry = 0;
    ASSERT_EQ(rows, memory_of(*store_)) << change.name << ": pass at instruction " << before << ", commit for "
                                        << meanwhile << (killed ? ", killed" : "");
  }

  Rows disk_rows() {
    const std::string copy = kept_.disk() / "copy.db";
    write_file(copy, read_file(kept_.database()));
    Disk disk = open_disk(copy, kept_.told);
    return all_rows(disk);
  }

  Kept kept_{256 << 10};
  SimVfs sim_;
  persist::Keep keep_;
  Segment segment_;
  std::unique_ptr<Store> store_;
};

TEST_F(Persisted, ChangesAreWrittenWhereverAPassMeetsThem) {
  uint64_t meetings = 0;
  for (const Change& change : changes()) {
    reset();
    uint64_t length = 0;
    {
      Stepper child(body_of(change));
      while (child.step() != Stepper::Stop::end) ++length;
    }
    Random random(length);
    const size_t points = sample_count(25, length);
    for (size_t i = 0; i < points; ++i) {
      const uint64_t before = points == length ? i : random.below(length);
      meet(change, before, random.below(length - before + 100), random.below(3) == 0, random.below(2) == 0);
      if (HasFatalFailure()) return;
      ++meetings;
    }
  }
  EXPECT_TRUE(is_clean(audit_of(kept_.segments().path())));
  fmt::print("[  STATES  ] {} passes met a change\n", meetings);
}

}  // namespace
}  // namespace larder::test
