// signals.h – signals as something to wait for, with a limit of time.
//
// What it is    blocks SIGTERM, SIGINT and SIGHUP and hands them out one by one from a signalfd; SIGPIPE is ignored, so
//               a log that nobody reads any more does not end the sidecar.
// Invariants    a signal that arrives between two waits is not lost.
// Concurrency   open() in the main thread before any other starts; wait() from one thread.
// Crash         the kernel closes the descriptor.
#pragma once

#include <optional>

#include "larder/options.h"
#include "larder/result.h"

namespace larder::sidecar {

class Signals {
 public:
  static Result<Signals> open();
  Signals(Signals&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Signals& operator=(Signals&&) = delete;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// The number of the next signal, or nothing after `limit`.
  std::optional<int> wait(milliseconds limit) const;

 private:
  explicit Signals(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace larder::sidecar
