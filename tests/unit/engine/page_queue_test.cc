// page_queue_test.cc – the page queue: order, laps, stale counters, and many threads at once.
#include "ring/page_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace larder::ring {
namespace {

struct Fixture {
  QueueWords words{};
  std::vector<base::Atomic64> cells;
  PageQueue queue;
  explicit Fixture(uint32_t capacity) : cells(capacity), queue(&words, cells.data(), capacity) {}
};

TEST(PageQueue, IsFirstInFirstOutOverManyLaps) {
  Fixture f(8);
  uint32_t pushed = 0, popped = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(f.queue.push(pushed++ % 1000, 3));
    EXPECT_EQ(f.queue.newest().page(), (pushed - 1) % 1000);
    for (int i = 0; i < 5; ++i) {
      const Ticket oldest = f.queue.oldest();
      ASSERT_TRUE(oldest);
      EXPECT_EQ(oldest.page(), popped++ % 1000);
      f.queue.drop(oldest);
    }
    EXPECT_FALSE(f.queue.oldest());
    EXPECT_EQ(f.queue.span(), 0u);
  }
}

TEST(PageQueue, SaysWhenItIsFull) {
  Fixture f(4);
  for (uint32_t page = 0; page < 4; ++page) EXPECT_TRUE(f.queue.push(page, 0));
  EXPECT_FALSE(f.queue.push(9, 0));
  f.queue.drop(f.queue.oldest());
  EXPECT_TRUE(f.queue.push(9, 0));
}

// The story: a bit of a counter flips. The queue must not be walked through a million laps until its cells agree again:
// it gives out at most what it holds, and takes nothing more.
TEST(PageQueue, WhoseCountersContradictEachOtherComesToAnEnd) {
  constexpr uint32_t kHeld = 6;
  for (const uint64_t flipped : {uint64_t{1} << 20, uint64_t{1} << 40, uint64_t{1} << 63}) {
    for (const bool of_head : {false, true}) {
      Fixture f(8);
      for (uint32_t page = 0; page < kHeld; ++page) EXPECT_TRUE(f.queue.push(page, 3));
      (of_head ? f.words.head : f.words.tail).add_relaxed(flipped);
      EXPECT_EQ(f.queue.span(), 0u);
      EXPECT_EQ(f.queue.bounded(f.queue.head(), f.queue.tail()), f.queue.head());
      EXPECT_FALSE(f.queue.push(7, 3));
      uint32_t given = 0;
      for (Ticket oldest = f.queue.oldest(); oldest; oldest = f.queue.oldest()) {
        ASSERT_LE(++given, kHeld);
        f.queue.drop(oldest);
      }
    }
  }
}

TEST(PageQueue, DropsInAnyOrder) {
  Fixture f(8);
  for (uint32_t page = 0; page < 4; ++page) EXPECT_TRUE(f.queue.push(page, 0));
  f.queue.drop(f.queue.at(1));
  f.queue.drop(f.queue.at(2));
  EXPECT_EQ(f.queue.oldest().page(), 0u);
  f.queue.drop(f.queue.at(0));
  EXPECT_EQ(f.queue.oldest().page(), 3u);
  EXPECT_FALSE(f.queue.contains(2, 0));
  EXPECT_TRUE(f.queue.contains(3, 0));
  EXPECT_FALSE(f.queue.contains(3, 1));
}

TEST(PageQueue, RecoversFromCountersThatDiedBehindTheirCells) {
  Fixture f(8);
  EXPECT_TRUE(f.queue.push(1, 0));
  f.words.tail.store_relaxed(0);  // the pusher died before it moved the counter
  EXPECT_EQ(f.queue.newest().page(), 1u);
  EXPECT_TRUE(f.queue.push(2, 0));
  f.queue.drop(f.queue.oldest());
  f.words.head.store_relaxed(0);  // the dropper died before it moved the counter
  EXPECT_EQ(f.queue.oldest().page(), 2u);
  f.queue.drop(f.queue.oldest());
  f.words.tail.store_relaxed(1);  // pushed and dropped, and the counter still behind
  EXPECT_TRUE(f.queue.push(3, 0));
  EXPECT_EQ(f.queue.oldest().page(), 3u);
}

TEST(PageQueue, LosesAndInventsNothingAmongManyThreads) {
  constexpr uint32_t kPages = 64;
  Fixture f(128);
  for (uint32_t page = 0; page < kPages; ++page) ASSERT_TRUE(f.queue.push(page, 0));
  std::vector<base::Atomic64> holder(kPages);
  std::vector<std::thread> threads;
  base::Atomic64 clashes{};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        const Ticket oldest = f.queue.oldest();
        if (!oldest) continue;
        uint64_t nobody = 0;
        if (!holder[oldest.page()].cas_acq_rel(nobody, 1)) continue;  // as a page word decides who has a page
        if (!f.queue.contains(oldest.page(), 0) || f.queue.at(oldest.number).cell != oldest.cell) {
          holder[oldest.page()].store_release(0);
          continue;
        }
        f.queue.drop(oldest);
        if (!f.queue.push(oldest.page(), 0)) clashes.add_relaxed(1);
        holder[oldest.page()].store_release(0);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(clashes.load_relaxed(), 0u);
  std::vector<int> met(kPages, 0);
  for (Ticket ticket = f.queue.oldest(); ticket; ticket = f.queue.oldest()) {
    ++met[ticket.page()];
    f.queue.drop(ticket);
  }
  for (uint32_t page = 0; page < kPages; ++page) EXPECT_EQ(met[page], 1) << page;
}

}  // namespace
}  // namespace larder::ring
