// rings_test.cc – the life of pages: reserve, open, take, set aside, recycle, and what bury finishes.
#include "ring/rings.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace larder::ring {
namespace {

using page::PageWord;
using page::State;

constexpr uint32_t kPages = 6, kPageBytes = 256, kCells = 16, kMe = 1, kDead = 2;

struct Fixture {
  segment::Superblock super{};
  std::vector<segment::ThreadLine> lines{2};
  std::vector<page::PageRecord> records{kPages};
  QueueWords words[3]{};
  std::vector<base::Atomic64> cells{3 * kCells};
  base::Atomic64 limit;
  alignas(8) std::byte bytes[kPages * kPageBytes] = {};
  segment::Tables tables;
  Rings rings;

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
  std::optional<Room> reserve(RingId ring, uint32_t size, uint64_t keep = 0) {
    uint64_t ticket = 0;
    for (int tries = 0; tries < 3; ++tries) {
      if (auto room = rings.try_reserve(ring, size, lines[0], &ticket)) return room;
      if (!rings.open_page(ring, ticket, kMe, keep)) return std::nullopt;
    }
    return std::nullopt;
  }
  uint64_t word(uint32_t page) { return records[page].word.load_relaxed(); }
};

TEST(Rings, FillPagesOneAfterTheOther) {
  Fixture f;
  const auto first = f.reserve(RingId::cold, 128), second = f.reserve(RingId::cold, 128),
             third = f.reserve(RingId::cold, 8);
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(first->page, second->page);
  EXPECT_NE(first->page, third->page);
  EXPECT_EQ(f.rings.queue(RingId::cold).span(), 2u);
  EXPECT_EQ(f.rings.free_pages(), kPages - 2);
  EXPECT_TRUE(f.rings.is_held(third->page)) << "reserving leaves the work hazard";
}

TEST(Rings, KeepTheReserve) {
  Fixture f;
  for (uint32_t i = 0; i < kPages - 2; ++i) EXPECT_TRUE(f.reserve(RingId::cold, kPageBytes, 2)) << i;
  EXPECT_FALSE(f.reserve(RingId::cold, kPageBytes, 2));
  EXPECT_TRUE(f.reserve(RingId::hot, kPageBytes, 0));
}

TEST(Rings, RecycleZeroesAndRenews) {
  Fixture f;
  const auto room = f.reserve(RingId::cold, 64);
  std::memset(f.rings.table().page_at(room->page), 0xab, 64);
  page::work_done(f.lines[0]);
  const auto owned = f.rings.take(RingId::cold, f.rings.queue(RingId::cold).oldest(), kMe);
  ASSERT_TRUE(owned);
  EXPECT_FALSE(f.rings.take(RingId::cold, {0, CellWord::PagePlus1::make(owned->page + 1u)}, kDead))
      << "one owner at a time";
  f.rings.recycle(*owned, kMe);
  EXPECT_EQ(PageWord::state(f.word(owned->page)), State::free);
  EXPECT_EQ(PageWord::generation(f.word(owned->page)), 1u);
  EXPECT_EQ(f.rings.free_pages(), kPages);
  for (const std::byte b : f.bytes) EXPECT_EQ(b, std::byte{0});
}

TEST(Rings, SetAsidePageIsTakenLast) {
  Fixture f;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(f.reserve(RingId::hot, kPageBytes));
  const uint32_t oldest = f.rings.queue(RingId::hot).oldest().page();
  const auto owned = f.rings.take(RingId::hot, f.rings.queue(RingId::hot).oldest(), kMe);
  ASSERT_TRUE(owned);
  f.rings.set_aside(RingId::hot, *owned, kMe);
  EXPECT_NE(f.rings.queue(RingId::hot).oldest().page(), oldest);
  EXPECT_EQ(f.rings.queue(RingId::hot).newest().page(), oldest);
  EXPECT_EQ(PageWord::generation(f.word(oldest)), 1u) << "so that the cell it was taken from is known to be stale";
}

// The story: a ring's queue is damaged, full and empty at once. Whoever wants to put a page back does not try for ever;
// the page stays with its owner, for whom bury comes to an end as well.
TEST(Rings, APageThatADamagedQueueDoesNotTakeStaysWithItsOwner) {
  Fixture f;
  ASSERT_TRUE(f.reserve(RingId::cold, 64));
  const auto owned = f.rings.take(RingId::cold, f.rings.queue(RingId::cold).oldest(), kMe);
  ASSERT_TRUE(owned);
  f.words[0].tail.add_relaxed(uint64_t{1} << 40);
  f.rings.set_aside(RingId::cold, *owned, kMe);
  EXPECT_EQ(PageWord::state(f.word(owned->page)), State::emptying);
  EXPECT_EQ(PageWord::Owner::get(f.word(owned->page)), uint64_t{kMe});
  EXPECT_TRUE(f.rings.finish_for(owned->page, kMe));
}

// The damage campaign found it (seeds 884 and 6784): a tail close to 2^64 and the size together were small again, and
// an entry was written far outside of its page.
TEST(Rings, ADamagedTailGivesNoRoomOutsideOfItsPage) {
  for (const uint64_t damage : {~uint64_t{0}, ~uint64_t{0} - 7, ~uint64_t{0} - 63, uint64_t{1} << 32, uint64_t{1} << 63,
                                uint64_t{kPageBytes}, uint64_t{kPageBytes} - 63}) {
    Fixture f;
    const auto before = f.reserve(RingId::cold, 64);
    ASSERT_TRUE(before);
    f.records[before->page].tail.store_relaxed(damage);
    uint64_t ticket = 0;
    EXPECT_FALSE(f.rings.try_reserve(RingId::cold, 64, f.lines[0], &ticket)) << std::hex << damage;
    const auto next = f.reserve(RingId::cold, 64);
    ASSERT_TRUE(next);
    EXPECT_NE(next->page, before->page) << "the page counts as full";
  }
  Fixture f;
  uint64_t ticket = 0;
  ASSERT_TRUE(f.reserve(RingId::cold, 8));
  EXPECT_FALSE(f.rings.try_reserve(RingId::cold, kPageBytes + 8, f.lines[0], &ticket));
}

TEST(Rings, BuryGivesBackWhatTheDeadHeld) {
  Fixture f;
  ASSERT_TRUE(f.reserve(RingId::cold, kPageBytes));
  const auto emptying = f.rings.take(RingId::cold, f.rings.queue(RingId::cold).oldest(), kDead);
  ASSERT_TRUE(emptying);
  f.records[5].word.store_relaxed(PageWord::make(State::claimed, 0, kDead, 0));  // died between claim and push
  int finished = 0;
  for (uint32_t page = 0; page < kPages; ++page) finished += f.rings.finish_for(page, kDead) ? 1 : 0;
  EXPECT_EQ(finished, 2);
  EXPECT_EQ(PageWord::state(f.word(emptying->page)), State::ring);
  EXPECT_TRUE(f.rings.queue(RingId::cold).contains(emptying->page, 1));
  EXPECT_EQ(PageWord::state(f.word(5)), State::free);
  EXPECT_TRUE(f.rings.free_queue().contains(5, 1));
  for (uint32_t page = 0; page < kPages; ++page)
    EXPECT_FALSE(f.rings.finish_for(page, kDead)) << "bury of bury changes nothing";
}

TEST(Rings, APageThatWasPushedFreeIsFreeEvenIfItsWordLags) {
  Fixture f;
  ASSERT_TRUE(f.reserve(RingId::cold, kPageBytes));
  page::work_done(f.lines[0]);
  const auto owned = f.rings.take(RingId::cold, f.rings.queue(RingId::cold).oldest(), kDead);
  f.records[owned->page].tail.store_relaxed(0);
  ASSERT_TRUE(f.rings.free_queue().push(owned->page, owned->generation + 1));  // died between push and word
  while (f.rings.free_queue().oldest().page() != owned->page) ASSERT_TRUE(f.reserve(RingId::hot, kPageBytes));
  const auto room = f.reserve(RingId::hot, kPageBytes);
  ASSERT_TRUE(room);
  EXPECT_EQ(room->page, owned->page) << "its taker claims it in one step";
  EXPECT_FALSE(f.rings.finish_for(owned->page, kDead));
}

TEST(RingsLimit, FreePagesBeyondItGoOutAndComeInAgain) {
  Fixture f;
  f.limit.store_relaxed(2);
  for (uint32_t page = 0; page < 2; ++page) EXPECT_EQ(f.rings.take_free(kMe, 0)->page, page);
  EXPECT_FALSE(f.rings.take_free(kMe, 0));
  for (uint32_t page = 2; page < kPages; ++page)
    EXPECT_EQ(PageWord::state(f.records[page].word.load_relaxed()), State::out) << page;
  EXPECT_EQ(f.rings.free_pages(), 0u);
  f.limit.store_relaxed(4);
  EXPECT_TRUE(f.rings.bring_in(2, kMe));
  EXPECT_FALSE(f.rings.bring_in(2, kMe)) << "it is in already";
  const auto taken = f.rings.take_free(kMe, 0);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->page, 2u);
}

TEST(RingsLimit, APageBeyondItGoesOutInsteadOfBeingFreed) {
  Fixture f;
  ASSERT_TRUE(f.reserve(RingId::cold, 64));
  f.limit.store_relaxed(0);
  const auto owned = f.rings.take(RingId::cold, f.rings.queue(RingId::cold).oldest(), kMe);
  ASSERT_TRUE(owned);
  const uint64_t free = f.rings.free_pages();
  f.rings.recycle(*owned, kMe);
  EXPECT_EQ(PageWord::state(f.records[owned->page].word.load_relaxed()), State::out);
  EXPECT_EQ(PageWord::generation(f.records[owned->page].word.load_relaxed()), owned->generation + 1);
  EXPECT_EQ(f.rings.free_pages(), free);
  EXPECT_TRUE(f.rings.bring_in(owned->page, kMe)) << "it is his";
  EXPECT_EQ(PageWord::state(f.records[owned->page].word.load_relaxed()), State::out) << "but out again";
}

TEST(RingsLimit, ADeadWorkersPageBeyondItGoesOut) {
  Fixture f;
  const auto claimed = f.rings.take_free(kDead, 0);
  ASSERT_TRUE(claimed);
  f.limit.store_relaxed(0);
  EXPECT_TRUE(f.rings.finish_for(claimed->page, kDead));
  EXPECT_EQ(PageWord::state(f.records[claimed->page].word.load_relaxed()), State::out);
}

}  // namespace
}  // namespace larder::ring
