// guarded.cc – see guarded.h.
#include "os/guarded.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "os/bus_guard.h"

namespace larder::os {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kLongest = 1 << 20;  ///< longer texts are cut

void write_fully(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t put = ::write(fd, bytes, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) _exit(1);  // nobody listens
    bytes += put;
    size -= static_cast<size_t>(put);
  }
}

[[noreturn]] void be_the_child(int fd, pid_t parent, const std::function<void(const Say&)>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  make_no_bus_guards();
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) signal(number, SIG_DFL);
  work([fd](std::string_view text) {
    const auto size = static_cast<uint32_t>(std::min<size_t>(text.size(), kLongest));
    write_fully(fd, reinterpret_cast<const char*>(&size), sizeof size);
    write_fully(fd, text.data(), size);
  });
  _exit(0);
}

/// Delivers the complete texts at the front of `heard`.
void deliver(std::string& heard, const Say& hear) {
  size_t at = 0;
  for (uint32_t size = 0; heard.size() - at >= sizeof size; at += sizeof size + size) {
    std::memcpy(&size, heard.data() + at, sizeof size);
    if (size > kLongest || heard.size() - at - sizeof size < size) break;
    hear(std::string_view(heard).substr(at + sizeof size, size));
  }
  heard.erase(0, at);
}

/// Listens until the child is silent for too long (false) or closes its end.
bool listen_to(int fd, std::chrono::milliseconds limit, const Say& hear) {
  std::string heard;
  char piece[4096];
  auto deadline = Clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted{fd, POLLIN, 0};
    if (poll(&wanted, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = ::read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    heard.append(piece, static_cast<size_t>(got));
    deliver(heard, hear);
    deadline = Clock::now() + limit;
  }
}

}  // namespace

GuardedEnd run_guarded(const std::function<void(const Say&)>& work, std::chrono::milliseconds limit, const Say& hear) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {GuardedEnd::not_started, errno};
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    const int number = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    return {GuardedEnd::not_started, number};
  }
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], parent, work);
  }
  ::close(ends[1]);
  const bool in_time = listen_to(ends[0], limit, hear);
  ::close(ends[0]);
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return {GuardedEnd::out_of_time, 0};
  if (WIFSIGNALED(status)) return {GuardedEnd::signalled, WTERMSIG(status)};
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return {GuardedEnd::signalled, SIGABRT};
  return {};
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

}  // namespace larder::os
