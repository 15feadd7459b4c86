// crew.cc – starts, watches and reads children.
#include "common/crew.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace larder::tools {

namespace {

Error system_error(std::string_view what) {
  return Error{Code::system, fmt::format("cannot {}: {}", what, std::strerror(errno)),
               "check the limits on processes and open files (ulimit -u, ulimit -n)"};
}

void close_one(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

void inherit(int fd) { ::fcntl(fd, F_SETFD, 0); }

}  // namespace

Result<Crew> Crew::open(size_t seats, size_t bytes_per_seat) {
  Crew crew;
  crew.bytes_per_seat_ = bytes_per_seat;
  crew.pids_.assign(seats, 0);
  crew.board_ = ::memfd_create("larder-board", MFD_CLOEXEC);
  if (crew.board_ < 0) return system_error("make a board for the workers' figures");
  if (::ftruncate(crew.board_, static_cast<off_t>(seats * bytes_per_seat)) != 0) {
    return system_error("size the board for the workers' figures");
  }
  if (::pipe2(crew.gate_, O_CLOEXEC) != 0 || ::pipe2(crew.ready_, O_CLOEXEC) != 0) return system_error("make a pipe");
  return crew;
}

Crew::Crew(Crew&& other) noexcept : bytes_per_seat_(other.bytes_per_seat_), pids_(std::move(other.pids_)) {
  std::swap(board_, other.board_);
  std::swap(gate_, other.gate_);
  std::swap(ready_, other.ready_);
  other.pids_.clear();
}

Crew::~Crew() {
  signal_all(SIGKILL);
  for (const pid_t pid : pids_) {
    if (pid > 0) ::waitpid(pid, nullptr, 0);
  }
  for (int* fd : {&board_, &gate_[0], &gate_[1], &ready_[0], &ready_[1]}) close_one(*fd);
}

Status Crew::start(size_t seat, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "larder");
  arguments.push_back("--seat");
  arguments.push_back(fmt::format("{}:{}:{}:{}:{}", seat, bytes_per_seat_, board_, gate_[0], ready_[1]));
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("start a worker process");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(70);  // the parent died before the line above
    inherit(board_);
    inherit(gate_[0]);
    inherit(ready_[1]);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::execv("/proc/self/exe", argv.data());
    std::perror("larder: cannot run /proc/self/exe");
    ::_exit(70);
  }
  pids_[seat] = pid;
  return Done{};
}

void Crew::open_gate() { close_one(gate_[1]); }

bool Crew::wait_ready(size_t count, int timeout_ms) {
  for (int waited = 0; count > 0 && waited < timeout_ms; waited += 50) {
    pollfd ready{ready_[0], POLLIN, 0};
    if (::poll(&ready, 1, 50) > 0) {
      char byte = 0;
      if (::read(ready_[0], &byte, 1) == 1) --count;
    }
    for (const pid_t pid : pids_) {
      siginfo_t info{};
      if (pid > 0 && ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid != 0) {
        return false;
      }
    }
  }
  return count == 0;
}

int Crew::Ended::code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

std::string Crew::Ended::text() const {
  if (WIFSIGNALED(status)) {
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

std::vector<Crew::Ended> Crew::collect() {
  std::vector<Ended> ended;
  for (size_t seat = 0; seat < pids_.size(); ++seat) {
    Ended one{seat, pids_[seat], 0};
    if (one.pid > 0 && ::waitpid(one.pid, &one.status, WNOHANG) == one.pid) {
      pids_[seat] = 0;
      ended.push_back(one);
    }
  }
  return ended;
}

size_t Crew::running() const {
  return static_cast<size_t>(std::count_if(pids_.begin(), pids_.end(), [](pid_t pid) { return pid > 0; }));
}

void Crew::signal_all(int signal) const {
  for (const pid_t pid : pids_) {
    if (pid > 0) ::kill(pid, signal);
  }
}

bool Crew::read_bytes(size_t seat, void* into, size_t size) const {
  return ::pread(board_, into, size, static_cast<off_t>(seat * bytes_per_seat_)) == static_cast<ssize_t>(size);
}

Status Crew::clear(size_t seat) {
  const std::vector<char> zeros(bytes_per_seat_);
  const auto place = static_cast<off_t>(seat * bytes_per_seat_);
  if (::pwrite(board_, zeros.data(), zeros.size(), place) != static_cast<ssize_t>(zeros.size())) {
    return system_error("clear a worker's figures on the board");
  }
  return Done{};
}

Result<Seat> Seat::parse(const std::string& text) {
  Seat seat;
  if (std::sscanf(text.c_str(), "%zu:%zu:%d:%d:%d", &seat.number_, &seat.bytes_, &seat.board_, &seat.gate_,
                  &seat.ready_) != 5) {
    return Error{Code::invalid_argument, fmt::format("--seat \"{}\" is not a seat", text),
                 "worker verbs are started by `larder load` and `larder replay` only"};
  }
  return seat;
}

void Seat::pass_gate() const {
  char byte = 1;
  while (::write(ready_, &byte, 1) < 0 && errno == EINTR) {
  }
  while (::read(gate_, &byte, 1) < 0 && errno == EINTR) {
  }
}

Status Seat::write_bytes(const void* from, size_t size) const {
  const auto place = static_cast<off_t>(number_ * bytes_);
  if (size > bytes_ || ::pwrite(board_, from, size, place) != static_cast<ssize_t>(size)) {
    return system_error("write this worker's figures to the board");
  }
  return Done{};
}

}  // namespace larder::tools
