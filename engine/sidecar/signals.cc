// signals.cc – signalfd and poll.
#include "sidecar/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"

namespace larder::sidecar {

Result<Signals> Signals::open() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&wanted, number);
    // A shell starts background commands with SIGINT ignored.
    if (std::signal(number, SIG_DFL) == SIG_ERR) return base::with_errno("cannot reset a signal");
  }
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return base::with_errno("cannot ignore SIGPIPE");
  if (sigprocmask(SIG_BLOCK, &wanted, nullptr) != 0) return base::with_errno("cannot block signals");
  const int fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return base::with_errno("cannot open a signalfd");
  return Signals(fd);
}

Signals::~Signals() {
  if (fd_ >= 0) close(fd_);
}

std::optional<int> Signals::wait(milliseconds limit) const {
  pollfd waiting{fd_, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  signalfd_siginfo info{};
  if (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace larder::sidecar
