#include "support/process.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace larder::test {
namespace {

Ending ending_of(int status, bool in_time) {
  if (WIFEXITED(status)) return {in_time, WEXITSTATUS(status), 0};
  return {in_time, -1, WTERMSIG(status)};
}

/// True if the process ended within the limit. A pidfd becomes readable at the end.
bool ends_within(pid_t pid, std::chrono::milliseconds limit) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) throw std::runtime_error(fmt::format("pidfd_open({}): {}", pid, std::strerror(errno)));
  const auto end = std::chrono::steady_clock::now() + limit;
  int ready = -1;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd wanted{descriptor, POLLIN, 0};
    ready = poll(&wanted, 1, std::max<int>(0, static_cast<int>(left.count())));
  } while (ready < 0 && errno == EINTR);
  close(descriptor);
  return ready > 0;
}

}  // namespace

std::string Ending::text() const {
  if (!in_time) return "did not end in time and was killed";
  if (signal != 0) return fmt::format("ended by signal {} ({})", signal, strsignal(signal));
  if (code == kThrew) return "ended with an exception (text above)";
  if (code == kFailedExpectation) return "ended with a failed expectation (text above)";
  return fmt::format("ended with code {}", code);
}

void run_and_exit(const std::function<int()>& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = kThrew;
  try {
    code = body();
    if (code == 0 && ::testing::Test::HasFailure()) code = kFailedExpectation;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "child {}: {}\n", getpid(), failure.what());
  }
  std::fflush(nullptr);
  _exit(code);
}

Process::Process(const std::function<int()>& body) {
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (pid_ == 0) run_and_exit(body);
}

Process::~Process() {
  if (running()) kill();
}

Process& Process::operator=(Process&& other) noexcept {
  if (running()) kill();
  pid_ = other.pid_;
  other.pid_ = -1;
  return *this;
}

void Process::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

bool Process::ended() const {
  siginfo_t what{};
  return waitid(P_PID, static_cast<id_t>(pid_), &what, WEXITED | WNOHANG | WNOWAIT) == 0 && what.si_pid == pid_;
}

Ending Process::wait(std::chrono::milliseconds limit) {
  const bool in_time = ends_within(pid_, limit);
  if (!in_time) ::kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return ending_of(status, in_time);
}

Ending Process::kill() {
  signal(SIGKILL);
  return wait();
}

Ending in_child(const std::function<int()>& body, std::chrono::milliseconds limit) {
  Process child(body);
  return child.wait(limit);
}

}  // namespace larder::test
