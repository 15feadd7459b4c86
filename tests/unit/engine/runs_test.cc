// runs_test.cc – the life of a run of pages, what bury finishes of it, and which window is the cheapest.
#include "ring/runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "policy/window.h"

namespace larder::ring {
namespace {

using page::PageWord;
using page::State;

constexpr uint32_t kPages = 8, kPageBytes = 256, kCells = 16, kMe = 1, kDead = 2;

struct Fixture {
  segment::Superblock super{};
  std::vector<segment::ThreadLine> lines{2};
  std::vector<page::PageRecord> records{kPages};
  QueueWords words[3]{};
  std::vector<base::Atomic64> cells{3 * kCells};
  base::Atomic64 limit;
  alignas(8) std::byte bytes[kPages * kPageBytes] = {};
  segment::Tables tables;
  policy::Plane plane;
  Rings& rings = plane.rings;

  Fixture() {
    tables.super = &super;
    tables.lines = lines;
    super.lines_used.store_relaxed(2);
    for (uint32_t page = 0; page < kPages; ++page)
      cells[2 * kCells + page].store_relaxed(CellWord::PagePlus1::make(page + 1u));
    words[2].tail.store_relaxed(kPages);
    limit.store_relaxed(kPages);
    rings = Rings(&tables, 0, page::PageTable(records.data(), bytes, kPages, kPageBytes),
                  PageQueue(&words[0], cells.data(), kCells), PageQueue(&words[1], cells.data() + kCells, kCells),
                  PageQueue(&words[2], cells.data() + 2 * kCells, kCells), &limit);
  }
  Runs runs() { return Runs(rings); }
  State state(uint32_t page) { return PageWord::state(records[page].word.load_relaxed()); }
  /// Claims and fills the next pages of the free queue.
  Run gather(uint32_t pages, uint32_t owner) {
    Run run{0, pages, 0};
    for (uint32_t i = 0; i < pages; ++i) {
      const auto taken = rings.take_free(owner, 0);
      if (i == 0) run = {taken->page, pages, taken->generation};
      records[taken->page].tail.store_relaxed(kPageBytes);
      std::memset(rings.table().page_at(taken->page), 0xab, kPageBytes);
    }
    return run;
  }
  void expect_all_free() {
    for (uint32_t page = 0; page < kPages; ++page) EXPECT_EQ(state(page), State::free) << page;
    EXPECT_EQ(rings.free_pages(), kPages);
    EXPECT_EQ(std::count(std::begin(bytes), std::end(bytes), std::byte{}), kPages * kPageBytes);
  }
};

TEST(Runs, AreBegunOpenedAndFreed) {
  Fixture f;
  const ring::Run run = f.gather(3, kMe);
  f.runs().begin(run, 77, kMe);
  EXPECT_EQ(f.state(run.head), State::building);
  EXPECT_EQ(f.state(run.head + 2), State::tail);
  EXPECT_FALSE(f.runs().free_loose(run.head, run.generation, kDead)) << "its builder has not opened it";
  f.runs().open(run, RingId::hot, kMe);
  EXPECT_EQ(f.runs().pages_of(run.head), 3u);
  EXPECT_EQ(f.runs().hash_of(run.head), 77u);
  EXPECT_EQ(f.runs().head_of(run.head + 1), run.head);
  EXPECT_TRUE(f.runs().note_ring(run.head, run.generation, RingId::cold));
  EXPECT_FALSE(f.runs().note_ring(run.head, run.generation, RingId::cold));
  page::announce_pin(f.lines[1], 0, 0, run.head);
  EXPECT_FALSE(f.runs().free_loose(run.head, run.generation, kMe)) << "somebody reads it";
  page::unpin(f.lines[1], 0);
  EXPECT_FALSE(f.runs().free_loose(run.head, run.generation + 1, kMe)) << "another run";
  EXPECT_TRUE(f.runs().free_loose(run.head, run.generation, kMe));
  EXPECT_FALSE(f.runs().free_loose(run.head, run.generation, kMe)) << "once is enough";
  f.expect_all_free();
}

TEST(Runs, AreAbandonedAsIfTheyHadNeverBeen) {
  Fixture f;
  const ring::Run run = f.gather(4, kMe);
  f.runs().begin(run, 77, kMe);
  f.runs().abandon(run, kMe);
  f.expect_all_free();
}

TEST(Runs, OfTheDeadAreCompletedOrFreedWhateverTheyCameTo) {
  for (const int came_to : {0, 1, 2, 3}) {
    Fixture f;
    const ring::Run run = f.gather(3, kDead);
    if (came_to == 1) {  // the head said building, no tail page did
      f.records[run.head].runs.store_relaxed(3);
      f.records[run.head].word.store_relaxed(PageWord::make(State::building, run.generation, kDead, 0));
    }
    if (came_to >= 2) f.runs().begin(run, 77, kDead);
    if (came_to == 3) {  // freeing, one page of the tail is done
      f.records[run.head].word.store_relaxed(PageWord::make(State::freeing, run.generation, kDead, 0));
      f.records[run.head + 1].word.store_relaxed(PageWord::make(State::claimed, 0, kDead, 0));
    }
    for (uint32_t page = 0; page < kPages; ++page)
      if (!f.runs().finish_for(page, kDead)) f.rings.finish_for(page, kDead);
    if (came_to == 1 || came_to == 2) {
      EXPECT_EQ(f.state(run.head), State::run) << came_to;
      EXPECT_EQ(f.state(run.head + 2), State::tail) << came_to;
      EXPECT_TRUE(f.runs().free_loose(run.head, run.generation, kMe));
    }
    f.expect_all_free();
  }
}

TEST(Windows, AreWhereTheyCostLeast) {
  Fixture f;
  const std::vector<bool> open(kPages, false);
  const auto ring_page = [&](uint32_t page, uint64_t used) {
    f.records[page].word.store_relaxed(PageWord::make(State::ring, 0, 0, 0));
    f.records[page].tail.store_relaxed(used);
  };
  EXPECT_EQ(policy::choose_window(f.plane, 3, open, false), 0u);
  for (uint32_t page = 0; page < kPages; ++page) ring_page(page, 200);
  ring_page(5, 10);
  EXPECT_EQ(policy::choose_window(f.plane, 1, open, false), 5u);
  ring_page(2, 20);
  ring_page(3, 20);
  EXPECT_EQ(policy::choose_window(f.plane, 2, open, false), 2u);
  page::announce_pin(f.lines[1], 0, 0, 3);
  EXPECT_EQ(policy::choose_window(f.plane, 4, open, false), 4u) << "page 3 is held";
  EXPECT_FALSE(policy::choose_window(f.plane, 5, open, false));
  EXPECT_FALSE(policy::choose_window(f.plane, kPages + 1, open, false));
}

TEST(Windows, CostARunOnceAndSpareItIfAsked) {
  Fixture f;
  const ring::Run run = f.gather(3, kMe);
  f.runs().begin(run, 77, kMe);
  const std::vector<bool> open(kPages, false);
  EXPECT_EQ(policy::choose_window(f.plane, 5, open, false), 3u) << "its pages are still building";
  f.runs().open(run, RingId::cold, kMe);
  EXPECT_EQ(policy::choose_window(f.plane, 5, open, false), 3u);
  EXPECT_TRUE(policy::choose_window(f.plane, 6, open, false));
  EXPECT_FALSE(policy::choose_window(f.plane, 6, open, true));
}

}  // namespace
}  // namespace larder::ring
