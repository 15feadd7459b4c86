#include "step/stepper.h"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

/// Where the linker put the program's code.
extern "C" const char __executable_start, etext;

namespace larder::test {
namespace {

constexpr int kSyscallStop = SIGTRAP | 0x80;  // with PTRACE_O_TRACESYSGOOD

long traced(int request, pid_t pid, void* address, void* data, const char* what) {
  errno = 0;
  const long answer = ptrace(static_cast<__ptrace_request>(request), pid, address, data);
  if (answer < 0 && errno != 0) {
    throw std::runtime_error(fmt::format("ptrace {} of child {}: {}", what, pid, std::strerror(errno)));
  }
  return answer;
}

void stop_here() { raise(SIGSTOP); }

/// Parent and child take turns: where both stay on one processor, a turn costs half of what waking another one costs.
/// Shards of one test are spread over those there are.
void stay_on_one_processor() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
  std::vector<int> processors;
  for (int one = 0; one < CPU_SETSIZE; ++one)
    if (CPU_ISSET(one, &allowed)) processors.push_back(one);
  const char* shard = std::getenv("GTEST_SHARD_INDEX");
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(shard == nullptr ? sched_getcpu() : processors[std::strtoul(shard, nullptr, 10) % processors.size()], &one);
  sched_setaffinity(0, sizeof one, &one);
}

}  // namespace

Stepper::Stepper(const Body& body) {
  stay_on_one_processor();
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (pid_ == 0) {
    run_and_exit([&body] {
      traced(PTRACE_TRACEME, 0, nullptr, nullptr, "TRACEME");
      return body(&stop_here);
    });
  }
  wait_for_stop(SIGSTOP);
  traced(PTRACE_SETOPTIONS, pid_, nullptr, reinterpret_cast<void*>(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD),
         "SETOPTIONS");
  between_marks_ = true;
}

Stepper::~Stepper() {
  if (pid_ > 0) kill();
}

Stepper::Stop Stepper::wait_for_stop(int expected) {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error(fmt::format("waitpid {}: {}", pid_, std::strerror(errno)));
  }
  if (!WIFSTOPPED(status)) {
    const pid_t gone = pid_;
    pid_ = -1;
    throw std::runtime_error(fmt::format("child {} ended before its next mark, status {:#x} (its text is above)", gone,
                                         static_cast<unsigned>(status)));
  }
  const int signal = WSTOPSIG(status);
  if (signal == expected) return Stop::inside;
  if (signal == SIGSTOP && between_marks_) {
    between_marks_ = false;
    return Stop::end;
  }
  throw std::runtime_error(
      fmt::format("child {} got signal {} ({}) at instruction {:#x}, {} instructions after its mark", pid_, signal,
                  strsignal(signal), address(), instructions_));
}

Stepper::Stop Stepper::step() {
  traced(PTRACE_SINGLESTEP, pid_, nullptr, nullptr, "SINGLESTEP");
  ++instructions_;
  return wait_for_stop(SIGTRAP);
}

Stepper::Stop Stepper::next_syscall() {
  traced(PTRACE_SYSCALL, pid_, nullptr, nullptr, "SYSCALL");
  return wait_for_stop(kSyscallStop);
}

uint64_t Stepper::address() const {
  return static_cast<uint64_t>(
      traced(PTRACE_PEEKUSER, pid_, reinterpret_cast<void*>(offsetof(user, regs.rip)), nullptr, "PEEKUSER"));
}

Stepper::Stop Stepper::run_to(const Place& place) {
  if (step() == Stop::end) return Stop::end;
  for (uint64_t visits = address() == place.address ? 1 : 0; visits < place.visits; ++visits)
    if (next_visit(place.address) == Stop::end) return Stop::end;
  instructions_ = place.instructions;
  return Stop::inside;
}

/// From wherever it stands, at that address or elsewhere, to the next time that it stands there.
Stepper::Stop Stepper::next_visit(uint64_t address) {
  if (this->address() == address) {
    if (step() == Stop::end) return Stop::end;
    if (this->address() == address) return Stop::inside;
  }
  const auto at = reinterpret_cast<void*>(address);
  const long code = traced(PTRACE_PEEKTEXT, pid_, at, nullptr, "PEEKTEXT");
  const auto put = [&](long word) { traced(PTRACE_POKETEXT, pid_, at, reinterpret_cast<void*>(word), "POKETEXT"); };
  put((code & ~0xffL) | 0xcc);  // int3
  traced(PTRACE_CONT, pid_, nullptr, nullptr, "CONT");
  const Stop stop = wait_for_stop(SIGTRAP);
  put(code);
  if (stop == Stop::end) return stop;
  traced(PTRACE_POKEUSER, pid_, reinterpret_cast<void*>(offsetof(user, regs.rip)), at, "POKEUSER");
  return stop;
}

bool Stepper::at_syscall() const {
  const long word = traced(PTRACE_PEEKTEXT, pid_, reinterpret_cast<void*>(address()), nullptr, "PEEKTEXT");
  return (word & 0xffff) == 0x050f;  // 0f 05: syscall
}

bool Stepper::is_program(uint64_t address) {  // the child is a fork, so the program lies where it does here
  return address >= reinterpret_cast<uint64_t>(&__executable_start) && address < reinterpret_cast<uint64_t>(&etext);
}

Ending Stepper::run_to_end(std::chrono::milliseconds limit, int signal) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  traced(PTRACE_CONT, pid_, nullptr, reinterpret_cast<void*>(static_cast<intptr_t>(signal)), "CONT");
  while (true) {
    int status = 0;
    const pid_t seen = waitpid(pid_, &status, WNOHANG);
    if (seen == 0) {
      if (std::chrono::steady_clock::now() > deadline) {
        kill();
        return {};
      }
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      continue;
    }
    if (seen < 0) throw std::runtime_error(fmt::format("waitpid {}: {}", pid_, std::strerror(errno)));
    if (!WIFSTOPPED(status)) {
      pid_ = -1;
      return {true, WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    }
    const int next = WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);  // marks are ours, the rest is the child's
    traced(PTRACE_CONT, pid_, nullptr, reinterpret_cast<void*>(static_cast<intptr_t>(next)), "CONT");
  }
}

void Stepper::kill() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  do {
    if (waitpid(pid_, &status, 0) < 0 && errno != EINTR) break;
  } while (!WIFEXITED(status) && !WIFSIGNALED(status));
  pid_ = -1;
}

}  // namespace larder::test
