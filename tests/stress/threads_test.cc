// threads_test.cc – many threads of one process on one attachment: what ThreadSanitizer can see.
//
// The story: threads hammer all operations on few keys of caches that always evict; beside them a keeper runs its
// cycles and another thread buries. ThreadSanitizer is blind across two mappings, so all share one attachment.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "sidecar/keeper.h"
#include "stress/busy.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr int kThreads = 6;

std::chrono::milliseconds duration() {
  const char* wanted = std::getenv("LARDER_STRESS_SECONDS");
  return std::chrono::seconds(wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 8);
}

/// Runs `threads` tireless users until the time is up, beside `others`; returns the operations done.
uint64_t hammer(const Segment& segment, int threads, const std::vector<std::function<void()>>& others) {
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> operations = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&segment, &stop, &operations, i] {
      Busy busy(segment, 1000 + static_cast<uint64_t>(i));
      uint64_t done = 0;
      for (; !stop; ++done) {
        if (busy.step()) continue;
        ADD_FAILURE() << "thread " << i << ": " << busy.complaint();
        stop = true;
      }
      operations += done;
    });
  }
  for (const auto& other : others) {
    all.emplace_back([&other, &stop] {
      while (!stop) other();
    });
  }
  const auto end = std::chrono::steady_clock::now() + duration();
  while (!stop && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  stop = true;
  for (std::thread& thread : all) thread.join();
  return operations;
}

void expect_clean_end(const TempDirectory& directory) {
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  for (const CacheFigures& figures : figures_of(directory.path()).caches) EXPECT_TRUE(pages_are_conserved(figures));
}

TEST(Threads, OfOneAttachmentNeverSeeAWrongValue) {
  const TempDirectory directory;
  {
    const Segment segment = create_segment(segment_options(directory, busy_caches()));
    const uint64_t operations = hammer(segment, kThreads, {});
    EXPECT_GT(operations, 1000u);
    fmt::print("[  STRESS  ] {} threads: {} operations\n", kThreads, operations);
  }
  expect_clean_end(directory);
}

TEST(Threads, BesideAKeeperAndABurierNeverSeeAWrongValue) {
  const TempDirectory directory;
  {
    const Segment segment = create_segment(segment_options(directory, busy_caches()));
    auto keeper = sidecar::Keeper::take(segment);
    ASSERT_TRUE(keeper) << keeper.error().message;
    const uint64_t operations = hammer(
        segment, kThreads - 2,
        {[&keeper] { keeper->run_cycle(); }, [&segment] { EXPECT_EQ(segment.bury_dead(), 0u) << "nobody is dead"; }});
    EXPECT_GT(operations, 1000u);
    fmt::print("[  STRESS  ] {} threads beside a keeper: {} operations\n", kThreads - 2, operations);
  }
  expect_clean_end(directory);
}

TEST(Threads, ThatComeAndGoLeaveTheirLinesBehind) {
  const TempDirectory directory;
  SegmentOptions options = segment_options(directory, busy_caches());
  options.workers = 2;
  options.threads = 8;
  {
    const Segment segment = create_segment(options);
    for (int round = 0; round < 200; ++round) {
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&segment, round, i] {
          Busy busy(segment, static_cast<uint64_t>(round * 10 + i));
          for (int step = 0; step < 20; ++step) EXPECT_TRUE(busy.step()) << busy.complaint();
        });
      }
      for (std::thread& thread : threads) thread.join();
      ASSERT_FALSE(HasFailure()) << "round " << round << ": " << segment.last_error();
    }
  }
  expect_clean_end(directory);
}

}  // namespace
}  // namespace larder::test
