// namespaces_test.cc – promises P22, P23 and P5: who lives and who is dead is known across pid namespaces, after exec
// and _exit, and however long somebody stands still.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "sidecar/keeper.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr int kNotPermitted = 77;

class Lives : public ::testing::Test {
 protected:
  Lives() : segment_(create_segment(segment_options(directory_, {cache_options("main", 64 << 10)}))) {}

  /// Waits until so many workers beside this one are attached.
  bool attached(size_t others) const {
    for (int tries = 0; tries < 2000; ++tries) {
      if (figures_of(directory_.path()).workers.size() == others + 1) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  TempDirectory directory_;
  const Segment segment_;
};

/// Makes this process's next child the first of a pid namespace. False if that is not permitted.
bool enter_pid_namespace() {
  if (unshare(CLONE_NEWPID) == 0) return true;
  const uid_t user = geteuid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return false;
  const int map = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
  const std::string line = std::to_string(user) + " " + std::to_string(user) + " 1";
  const bool mapped = map >= 0 && write(map, line.c_str(), line.size()) == static_cast<ssize_t>(line.size());
  if (map >= 0) close(map);
  return mapped;
}

TEST_F(Lives, InAnotherPidNamespaceAreNotDoubtedAndDeathsThereAreSeen) {
  Process outer([this] {
    if (!enter_pid_namespace()) return kNotPermitted;
    const pid_t inner = fork();
    if (inner == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const Segment segment = attach_segment(directory_.path(), "inside");
      // Seen from in here, nobody outside is dead, though no pid of theirs means anything.
      if (getpid() != 1 || segment.bury_dead() != 0) _exit(1);
      for (;;) pause();
    }
    int status = 0;
    waitpid(inner, &status, 0);
    return WIFSIGNALED(status) ? 0 : 1;
  });
  for (int tries = 0; tries < 2000 && !outer.ended() && figures_of(directory_.path()).workers.size() < 2; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (outer.ended()) {
    const Ending ending = outer.wait();
    if (ending.code == kNotPermitted) GTEST_SKIP() << "a pid namespace of its own is not permitted here";
    FAIL() << ending.text();
  }
  EXPECT_EQ(segment_.bury_dead(), 0u) << "it lives";
  for (const WorkerFigures& worker : figures_of(directory_.path()).workers)
    if (worker.kind == "inside") {
      EXPECT_EQ(worker.pid, 1) << "as it knows itself";
    }
  outer.kill();  // and with it the one inside
  uint32_t buried = 0;
  for (int tries = 0; tries < 2000 && buried == 0; ++tries) {
    buried = segment_.bury_dead();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(buried, 1u) << "its death is seen from outside";
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(Lives, ThatEndByExecOrExitAreDeadThoughTheProcessGoesOn) {
  Process sleeper([this] {
    const Segment segment = attach_segment(directory_.path(), "sleeper");
    EXPECT_EQ(open_cache(segment, "main").put("k", "v"), PutResult::stored);
    return execl("/bin/sleep", "sleep", "60", nullptr);
  });
  for (int tries = 0; tries < 2000 && segment_.bury_dead() == 0; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(attached(0)) << "exec ends a worker";
  EXPECT_FALSE(sleeper.ended());
  sleeper.kill();
  in_child([this] {
    const Segment segment = attach_segment(directory_.path(), "quitter");
    (void)open_cache(segment, "main").put("k", "v");
    _exit(0);
    return 0;
  });
  EXPECT_EQ(segment_.bury_dead(), 1u) << "_exit ends a worker";
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

// LARDER_STOP_SECONDS makes it stand still for longer.
TEST_F(Lives, StoppedForLongUnderAKeeperAreNotBuried) {
  const char* wanted = std::getenv("LARDER_STOP_SECONDS");
  const auto seconds = std::chrono::seconds(wanted != nullptr ? std::strtoul(wanted, nullptr, 10) : 1);
  Process worker([this] {
    const Segment segment = attach_segment(directory_.path(), "stopped");
    const Cache cache = open_cache(segment, "main");
    for (;;)
      if (cache.put("k", "v") != PutResult::stored) return 1;
  });
  ASSERT_TRUE(attached(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  worker.signal(SIGSTOP);
  auto keeper = sidecar::Keeper::take(segment_);
  ASSERT_TRUE(keeper) << keeper.error().message;
  uint64_t cycles = 0, buried = 0;
  for (const auto end = std::chrono::steady_clock::now() + seconds; std::chrono::steady_clock::now() < end; ++cycles)
    buried += keeper->run_cycle().buried;
  EXPECT_EQ(buried, 0u) << "in " << cycles << " rounds";
  worker.signal(SIGCONT);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(worker.ended()) << "it goes on as if nothing had been";
  worker.kill();
  EXPECT_EQ(segment_.bury_dead(), 1u);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

}  // namespace
}  // namespace larder::test
