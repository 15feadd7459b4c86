// writer_test.cc – a living store and its database: what changes is written, what ends is erased, what was kept comes
// back, and of two that differ memory is right.
#include <atomic>
#include <thread>

#include "persist_test.h"
#include "store/record.h"

namespace larder::test {
namespace {

using persist::Keep;
using std::chrono::milliseconds;

/// Starts to keep the segment, or throws.
void start(Keep& keep, const Segment& segment) {
  const Status started = keep.start(segment);
  if (!started) throw std::runtime_error(started.error().message);
}

TEST(Writer, WritesDurableChangesAndNothingElse) {
  Kept kept;
  {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    const auto store = Kept::store(segment);
    ASSERT_TRUE(store->counter_incr("d-count", 5));
    ASSERT_TRUE(store->counter_incr("d-count", 37));
    ASSERT_TRUE(store->key_set("d-value", "v"));
    ASSERT_TRUE(store->key_set("other", "not durable"));
    ASSERT_TRUE(keep.flush());
  }
  EXPECT_EQ(kept.rows(), (Rows{{"d-count", counter_row("d-count", 42)}, {"d-value", value_row("d-value", "v")}}));
}

TEST(Writer, ErasesWhatWasRemovedAndGivesTheTombstoneUp) {
  Kept kept;
  {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    const auto store = Kept::store(segment);
    for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store->counter_incr(key_name("d", i), 1));
    ASSERT_TRUE(keep.flush());
    for (uint64_t i = 0; i < 100; i += 2) ASSERT_EQ(store->key_delete(key_name("d", i)), StoreStatus::ok);
    EXPECT_EQ(cache_figures(kept.segments().path(), "memory").entries, 100u);
    ASSERT_TRUE(keep.flush());
    EXPECT_EQ(cache_figures(kept.segments().path(), "memory").entries, 50u);
    EXPECT_TRUE(is_clean(audit_of(kept.segments().path())));
  }
  const Rows rows = kept.rows();
  EXPECT_EQ(rows.size(), 50u);
  EXPECT_EQ(rows.count(key_name("d", 1)), 1u);
}

TEST(Writer, RestoresIntoTheNextSegment) {
  Kept kept;
  for (int life = 0; life < 3; ++life) {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    const auto store = Kept::store(segment);
    for (uint64_t i = 0; i < 500; ++i) {
      EXPECT_EQ(store->counter_get(key_name("d", i)).value, life);
      ASSERT_TRUE(store->counter_incr(key_name("d", i), 1));
    }
    ASSERT_TRUE(store->key_set(key_name("d-life", static_cast<uint64_t>(life)), std::string(3000, 'x')));
    for (int past = 0; past < life; ++past)
      EXPECT_EQ(store->key_exists(key_name("d-life", static_cast<uint64_t>(past))), StoreStatus::ok);
    ASSERT_TRUE(keep.flush());
    ASSERT_TRUE(segment.retire());
  }
  EXPECT_TRUE(kept.told.has("restored 502 records")) << kept.told.text;
}

TEST(Writer, RestoresTimesToLiveAndNotWhatExpired) {
  Kept kept;
  {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    const auto store = Kept::store(segment);
    ASSERT_TRUE(store->key_set("d-long", "v", milliseconds(3'600'000)));
    ASSERT_TRUE(store->key_set("d-short", "v", milliseconds(1)));
    ASSERT_TRUE(store->key_set("d-cut", "v"));
    ASSERT_TRUE(keep.flush());
    ASSERT_EQ(store->touch("d-cut", milliseconds(1)), StoreStatus::ok);
    std::this_thread::sleep_for(milliseconds(30));
    uint64_t removed = 0;
    ASSERT_EQ(store->purge(removed), StoreStatus::ok);  // must not forget that d-cut's row says for ever
    ASSERT_TRUE(keep.flush());
    ASSERT_TRUE(segment.retire());
  }
  Keep keep = kept.open();
  const Segment segment = kept.create(keep);
  const auto store = Kept::store(segment);
  EXPECT_EQ(store->key_exists("d-short"), StoreStatus::absent);
  EXPECT_EQ(store->key_exists("d-cut"), StoreStatus::absent);
  const TtlAnswer left = store->ttl("d-long");
  ASSERT_TRUE(left);
  EXPECT_GT(*left.ttl, milliseconds(3'590'000));
  EXPECT_LE(*left.ttl, milliseconds(3'600'100));
}

TEST(Writer, OfAnAdoptedSegmentErasesWhatMemoryDoesNotHave) {
  Kept kept;
  std::optional<Segment> segment;
  {
    Keep keep = kept.open();
    segment = kept.create(keep);
    start(keep, *segment);
    const auto store = Kept::store(*segment);
    for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store->counter_incr(key_name("d", i), 1));
    ASSERT_TRUE(keep.flush());
  }
  // Without a sidecar; the store gave its tombstones up, so that nothing tells of the removals.
  const auto store = Kept::store(*segment);
  Kept::region(*segment)->header->store.reconcile.store_release(1);
  for (uint64_t i = 0; i < 50; ++i) ASSERT_EQ(store->key_delete(key_name("d", i)), StoreStatus::ok);
  ASSERT_TRUE(store->counter_incr(key_name("d", 50), 6));
  {
    Keep keep = kept.open();
    start(keep, *segment);
    work_all(keep);
    EXPECT_EQ(Kept::region(*segment)->header->store.reconcile.load_acquire(), 0u);
  }
  const Rows rows = kept.rows();
  EXPECT_EQ(rows.size(), 50u);
  EXPECT_EQ(rows.at(key_name("d", 50)).number, 7);
}

TEST(Writer, OfASegmentThatIsNotTheDatabasesMergesBoth) {
  Kept kept;
  {
    Keep keep = kept.open();
    const Segment first = kept.create(keep);
    start(keep, first);
    const auto store = Kept::store(first);
    ASSERT_TRUE(store->counter_incr("d-both", 1));
    ASSERT_TRUE(store->counter_incr("d-disk", 2));
    ASSERT_TRUE(store->counter_incr("d-removed", 3));
    ASSERT_TRUE(keep.flush());
    ASSERT_TRUE(first.retire());
  }
  const Segment segment = create_segment(kept.options());  // by somebody who does not know of the database
  const auto store = Kept::store(segment);
  ASSERT_TRUE(store->counter_incr("d-both", 10));
  ASSERT_TRUE(store->counter_incr("d-memory", 20));
  ASSERT_TRUE(store->counter_incr("d-removed", 30));
  ASSERT_EQ(store->key_delete("d-removed"), StoreStatus::ok);
  {
    Keep keep = kept.open();
    start(keep, segment);
    work_all(keep);
  }
  EXPECT_EQ(store->counter_get("d-both").value, 10);
  EXPECT_EQ(store->counter_get("d-disk").value, 2);
  EXPECT_EQ(store->counter_get("d-memory").value, 20);
  EXPECT_EQ(store->key_exists("d-removed"), StoreStatus::absent);
  const Rows rows = kept.rows();
  EXPECT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.at("d-both").number, 10);
}

TEST(Writer, LeavesRowsOfOtherPrefixesAlone) {
  Kept kept;
  {
    Disk disk = open_disk(kept.database(), kept.told);
    ASSERT_TRUE(disk.commit(std::vector<RowChange>{put(counter_row("e-other", 5)), put(counter_row("d-own", 6))}));
  }
  {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    work_all(keep);
    EXPECT_EQ(Kept::store(segment)->key_exists("e-other"), StoreStatus::absent);
    EXPECT_EQ(Kept::store(segment)->counter_get("d-own").value, 6);
  }
  EXPECT_EQ(kept.rows().size(), 2u);
  EXPECT_TRUE(kept.told.has("1 rows stay on disk")) << kept.told.text;
}

TEST(Writer, WritesWhatBecomesDurable) {
  Kept kept;
  {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    ASSERT_TRUE(Kept::store(segment)->counter_incr("e-later", 5));
    work_all(keep);
    keep.set_durable({'d', 'e'});
    work_all(keep);
  }
  EXPECT_EQ(kept.rows().count("e-later"), 1u);
}

TEST(Writer, RefusesAStoreThatCannotHoldWhatIsOnDisk) {
  Kept kept(64 << 10);
  {
    Disk disk = open_disk(kept.database(), kept.told);
    std::vector<RowChange> changes;
    for (uint64_t i = 0; i < 2000; ++i) changes.push_back(put(counter_row(key_name("d", i), 1)));
    ASSERT_TRUE(disk.commit(changes));
  }
  Keep keep = kept.open();
  const auto segment =
      cache::create_segment(kept.options(), "keeper", [&](const Segment& unnamed) { return keep.prepare(unnamed); });
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().code, Code::no_space);
  EXPECT_FALSE(segment.error().hint.empty());
  EXPECT_TRUE(kept.segments().files().empty());
}

/// Threads count and remove while passes run, in a store so small that records move all the time.
TEST(Writer, KeepsUpWithThreadsAndCompaction) {
  Kept kept(128 << 10);
  std::map<std::string, int64_t> counted;
  constexpr uint64_t kThreads = 3, kKeys = 40, kRounds = 30'000;
  {
    Keep keep = kept.open();
    const Segment segment = kept.create(keep);
    start(keep, segment);
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        const auto store = Kept::store(segment);
        Random random(t);
        for (uint64_t i = 0; i < kRounds; ++i) {
          if (!store->counter_incr(key_name("d", random.below(kKeys)), 1)) ADD_FAILURE() << store->full_text();
          const std::string own = key_name("d-own", t * 100 + random.below(20));
          if (i % 3 == 0) {
            EXPECT_TRUE(store->key_set(own, std::string(random.below(300), 'c')));
          } else if (i % 3 == 1) {
            EXPECT_NE(store->key_delete(own), StoreStatus::full);
          }
        }
      });
    for (int i = 0; i < 100; ++i) {
      keep.round(persist::Clock::now() + milliseconds(2));
      std::this_thread::sleep_for(milliseconds(2));
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(keep.flush());
    const auto store = Kept::store(segment);
    int64_t sum = 0;
    for (uint64_t i = 0; i < kKeys; ++i) sum += counted[key_name("d", i)] = store->counter_get(key_name("d", i)).value;
    EXPECT_EQ(sum, static_cast<int64_t>(kThreads * kRounds));
    EXPECT_TRUE(is_clean(audit_of(kept.segments().path())));
    ASSERT_TRUE(segment.retire());
  }
  Keep keep = kept.open();
  const Segment segment = kept.create(keep);
  for (const auto& [key, number] : counted) EXPECT_EQ(Kept::store(segment)->counter_get(key).value, number) << key;
}

/// What was answered before a pass began is on disk behind it.
TEST(Writer, APassTakesEverythingAnsweredBefore) {
  Kept kept(256 << 10);
  Keep keep = kept.open();
  const Segment segment = kept.create(keep);
  start(keep, segment);
  constexpr uint64_t kKeys = 8;
  std::atomic<int64_t> answered[kKeys] = {};
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    const auto store = Kept::store(segment);
    Random random(5);
    while (!stop.load()) {
      const uint64_t i = random.below(kKeys);
      answered[i].store(store->counter_incr(key_name("d", i), 1).value);
      EXPECT_TRUE(store->key_set(key_name("churn", random.below(50)), std::string(random.below(900), 'c')));
    }
  });
  for (int i = 0; i < 60; ++i) {
    int64_t before[kKeys];
    for (uint64_t k = 0; k < kKeys; ++k) before[k] = answered[k].load();
    ASSERT_TRUE(keep.flush());
    const std::string copy = kept.disk() / "copy.db";
    write_file(copy, read_file(kept.database()));
    Disk disk = open_disk(copy, kept.told);
    const Rows rows = all_rows(disk);
    for (uint64_t k = 0; k < kKeys; ++k) {
      const auto row = rows.find(key_name("d", k));
      const int64_t number = row == rows.end() ? 0 : row->second.number;
      EXPECT_GE(number, before[k]);
      EXPECT_LE(number, answered[k].load() + 1);
    }
  }
  stop.store(true);
  worker.join();
}

}  // namespace
}  // namespace larder::test
