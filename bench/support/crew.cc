// crew.cc – see crew.h.
#include "support/crew.h"

#include <fmt/core.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>

namespace larder::bench {
namespace {

void doze() {
  const timespec moment{0, 200'000};
  nanosleep(&moment, nullptr);
}

/// Sleeps until the word is no longer `seen`: an idle crew must not disturb the one that works.
void wait_for_change(std::atomic<uint32_t>& word, uint32_t seen) {
  while (word.load() == seen) syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
}

void announce(std::atomic<uint32_t>& word) {
  word.fetch_add(1);
  syscall(SYS_futex, &word, FUTEX_WAKE, kMaxCrew, nullptr, nullptr, 0);
}

/// The CPUs the bench may use, as found at the first call: before anything is pinned.
const cpu_set_t& allowed_cpus() {
  static const cpu_set_t allowed = [] {
    cpu_set_t found;
    if (sched_getaffinity(0, sizeof found, &found) != 0) fail("cannot read the CPU affinity", "worker");
    return found;
  }();
  return allowed;
}

}  // namespace

void pin_to_cpu(uint32_t nth, pid_t thread) {
  const cpu_set_t& allowed = allowed_cpus();
  if (CPU_COUNT(&allowed) < 2) return;
  uint32_t seen = 0;
  for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || seen++ != nth) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(thread, sizeof one, &one) != 0) fail("cannot pin to a CPU", "worker");
    return;
  }
}

struct Crew::Board {
  std::atomic<uint32_t> round{0};     ///< number of the current order, and the word idle workers sleep on
  std::atomic<uint64_t> arrived{0};   ///< workers that stand at the starting line, over all rounds
  std::atomic<uint64_t> finished{0};  ///< workers that are done, over all rounds
  std::atomic<bool> dismissed{false};
  uint32_t workers = 0;
  Order order;
  Report reports[kMaxCrew];
};

Crew::Crew(uint32_t workers, const Prepare& prepare) : memory_(sizeof(Board)), board_(new (memory_.data()) Board) {
  board_->workers = workers;
  allowed_cpus();
  std::fflush(nullptr);
  for (uint32_t worker = 0; worker < workers; ++worker) {
    const pid_t pid = fork();
    if (pid < 0) fail("cannot fork a worker", "crew");
    if (pid == 0) serve(worker, prepare);
    pids_.push_back(pid);
  }
}

Crew::~Crew() {
  board_->dismissed.store(true);
  announce(board_->round);
  for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
}

void Crew::serve(uint32_t worker, const Prepare& prepare) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to_cpu(worker);
  {
    const Work work = prepare(worker);
    for (uint32_t round = 1;; ++round) {
      wait_for_change(board_->round, round - 1);
      if (board_->dismissed.load()) break;
      const Order order = board_->order;
      board_->arrived.fetch_add(1);
      while (board_->arrived.load() < uint64_t{round} * board_->workers) sched_yield();
      board_->reports[worker] = work(order);
      board_->finished.fetch_add(1);
    }
  }
  std::fflush(nullptr);
  _exit(0);
}

std::vector<Report> Crew::run(const Order& order) {
  board_->order = order;
  const uint64_t round = board_->round.load() + 1;
  announce(board_->round);
  while (board_->finished.load() < round * board_->workers) {
    for (const pid_t pid : pids_) {
      if (waitpid(pid, nullptr, WNOHANG) == 0) continue;
      fmt::print(stderr, "bench: worker {} ended in the middle of a round; see its message above\n", pid);
      std::exit(1);
    }
    doze();
  }
  return {board_->reports, board_->reports + board_->workers};
}

}  // namespace larder::bench
