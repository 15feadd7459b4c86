// processes_test.cc – forks, deaths and threads around one attachment.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using Processes = ApiTest;

std::vector<int64_t> worker_pids(const TempDirectory& directory) {
  std::vector<int64_t> pids;
  for (const WorkerFigures& worker : figures_of(directory.path()).workers) pids.push_back(worker.pid);
  return pids;
}

TEST_F(Processes, AForkedChildGetsAPlaceOfItsOwnAtItsFirstCall) {
  ASSERT_EQ(cache_.put("parent", "v"), PutResult::stored);
  const pid_t parent = getpid();
  const Ending ending = in_child([this, parent] {
    EXPECT_EQ(worker_pids(directory_), std::vector<int64_t>{parent}) << "before its first call";
    EXPECT_EQ(value_in(cache_, "parent"), "v");
    EXPECT_EQ(cache_.put("child", "v"), PutResult::stored) << segment_.last_error();
    auto pids = worker_pids(directory_);
    EXPECT_EQ(pids.size(), 2u);
    EXPECT_EQ(std::count(pids.begin(), pids.end(), getpid()), 1);
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_EQ(value_in(cache_, "child"), "v");
  EXPECT_LE(segment_.bury_dead(), 1u);
  EXPECT_EQ(worker_pids(directory_), std::vector<int64_t>{parent});
  EXPECT_EQ(cache_.put("parent", "again"), PutResult::stored);
}

TEST_F(Processes, TheParentStaysAliveThoughItsChildrenHoldItsFileOpen) {
  std::vector<Process> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([] {
      pause();
      return 0;
    });
  }
  EXPECT_EQ(elsewhere().put("k", "v"), PutResult::stored);
  EXPECT_EQ(attach_segment(directory_.path()).bury_dead(), 0u);
  EXPECT_EQ(cache_.put("k", "w"), PutResult::stored);
}

TEST_F(Processes, ADeadParentIsBuriedThoughItsChildLives) {
  int gate[2];
  ASSERT_EQ(pipe(gate), 0);
  pid_t grandchild = -1;
  {
    int report[2];
    ASSERT_EQ(pipe(report), 0);
    const Ending ending = in_child([this, &gate, &report] {
      const Segment own = attach_segment(directory_.path(), "doomed");
      if (open_cache(own, "main").put("k", "v") != PutResult::stored) return 1;
      const pid_t child = fork();
      if (child == 0) {
        char byte = 0;
        close(gate[1]);
        const bool released = read(gate[0], &byte, 1) == 0;
        _exit(released ? 0 : 1);
      }
      if (write(report[1], &child, sizeof child) != sizeof child) return 2;
      raise(SIGKILL);
      return 3;
    });
    EXPECT_EQ(ending.signal, SIGKILL) << ending.text();
    ASSERT_EQ(read(report[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
    close(report[0]);
    close(report[1]);
  }
  EXPECT_EQ(kill(grandchild, 0), 0) << "the grandchild should still be there";
  // The grandchild closes the inherited descriptor when it first runs, which may be after its parent's death.
  uint32_t buried = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while ((buried = segment_.bury_dead()) == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(buried, 1u) << "the inherited descriptor must not keep the dead one's lock";
  close(gate[0]);
  close(gate[1]);
}

TEST_F(Processes, AChildInheritsNoPins) {
  ASSERT_EQ(cache_.put("k", "value"), PutResult::stored);
  View view = cache_.view("k");
  const Ending ending = in_child([this] {
    EXPECT_EQ(value_in(cache_, "k"), "value");
    for (const WorkerFigures& worker : figures_of(directory_.path()).workers) {
      EXPECT_EQ(worker.pins, worker.pid == getpid() ? 0u : 1u);
    }
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_EQ(view.text(), "value");
}

TEST_F(Processes, AnInheritedViewReleasedByTheChildStaysPinnedForTheParent) {
  ASSERT_EQ(cache_.put("k", "value"), PutResult::stored);
  View view = cache_.view("k");
  ASSERT_TRUE(view.pinned());
  const Ending ending = in_child([&view] {
    view.release();
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_EQ(figures_of(directory_.path()).workers.at(0).pins, 1u);
}

TEST_F(Processes, ForkFromOneOfManyThreadsAtWorkIsHarmless) {
#ifdef LARDER_SANITIZED
  GTEST_SKIP() << "AddressSanitizer's allocator does not hold its locks across fork: the child waits for one in new";
#endif
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([this, &stop, i] {
      for (uint64_t n = 0; !stop; ++n) {
        const std::string key = key_name("t", n % 50);
        EXPECT_EQ(cache_.put(key, value_of(key, static_cast<uint64_t>(i), 100)), PutResult::stored);
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const Ending ending = in_child([this] {
      for (uint64_t n = 0; n < 200; ++n) {
        const std::string key = key_name("t", n % 50);
        const auto value = value_in(cache_, key);
        if (value && !version_of(key, *value)) return 1;
        if (cache_.put(key, value_of(key, 9, 100)) != PutResult::stored) return 2;
      }
      return 0;
    });
    EXPECT_TRUE(ending.ok()) << ending.text();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  segment_.bury_dead();
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(Processes, ThreadsGiveTheirLinesBackWhenTheyEnd) {
  for (int i = 0; i < 500; ++i) {
    std::thread([this, i] {
      EXPECT_EQ(cache_.put(key_name("k", static_cast<uint64_t>(i)), "v"), PutResult::stored);
    }).join();
    ASSERT_FALSE(HasFailure()) << "thread " << i << ": " << segment_.last_error();
  }
  EXPECT_LE(figures_of(directory_.path()).workers.at(0).threads, 3u);
}

TEST_F(Processes, MoreThreadsThanLinesAreToldSo) {
  SegmentOptions options = segment_options(directory_, {cache_options("main", 64 << 10)});
  options.name = "narrow";
  options.workers = 2;
  options.threads = 4;
  const Segment narrow = create_segment(options);
  const Cache cache = open_cache(narrow, "main");
  std::atomic<int> stored = 0;
  std::atomic<int> refused = 0;
  std::atomic<bool> leave = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&cache, &stored, &refused, &leave] {
      const PutResult result = cache.put("k", "v");
      if (result == PutResult::stored) ++stored;
      if (result == PutResult::detached) ++refused;
      while (!leave) std::this_thread::yield();
    });
  }
  while (stored + refused < 8) std::this_thread::yield();
  EXPECT_EQ(stored, 4);
  EXPECT_EQ(refused, 4);
  EXPECT_NE(narrow.last_error(), "");
  leave = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.put("k", "v"), PutResult::stored) << "lines are free again: " << narrow.last_error();
}

TEST_F(Processes, ValuesTravelBetweenUnrelatedProcesses) {
  const Ending writer = in_child([this] {
    const Cache cache = elsewhere();
    for (uint64_t i = 0; i < 300; ++i) {
      const std::string key = key_name("k", i);
      if (cache.put(key, value_of(key, i, 16 + i)) != PutResult::stored) return 1;
    }
    return 0;
  });
  ASSERT_TRUE(writer.ok()) << writer.text();
  for (uint64_t i = 0; i < 300; ++i) {
    const auto value = value_in(cache_, key_name("k", i));
    ASSERT_TRUE(value) << i;
    EXPECT_EQ(version_of(key_name("k", i), *value), i);
  }
}

TEST_F(Processes, TheDeadAreShownAsDeadAndTheStoppedAsStopped) {
  Process worker([this] {
    const Segment own = attach_segment(directory_.path(), "sleeper");
    pause();
    return 0;
  });
  const auto state_of = [this, &worker]() -> std::optional<WorkerState> {
    for (const WorkerFigures& figures : figures_of(directory_.path()).workers) {
      if (figures.pid == worker.pid()) return figures.state;
    }
    return std::nullopt;
  };
  const auto becomes = [&state_of](std::optional<WorkerState> wanted) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (state_of() != wanted && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return state_of() == wanted;
  };
  EXPECT_TRUE(becomes(WorkerState::running));
  worker.signal(SIGSTOP);
  EXPECT_TRUE(becomes(WorkerState::stopped));
  EXPECT_EQ(segment_.bury_dead(), 0u);
  worker.signal(SIGCONT);
  EXPECT_TRUE(becomes(WorkerState::running));
  worker.signal(SIGKILL);
  EXPECT_TRUE(becomes(WorkerState::dead)) << "a zombie counts as dead";
  EXPECT_EQ(segment_.bury_dead(), 1u);
  EXPECT_TRUE(becomes(std::nullopt));
}

}  // namespace
}  // namespace larder::test
