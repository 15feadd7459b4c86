// process.h – child processes of tests: start, signal, wait with a limit.
//
// Invariants    a child never returns into the test: it ends with the code its body returned, with kThrew after an
//               exception, or with kFailedExpectation if an EXPECT failed in it. A Process that goes out of scope
//               kills and reaps its child.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace larder::test {

constexpr int kThrew = 99;
constexpr int kFailedExpectation = 98;

/// How a child ended.
struct Ending {
  bool in_time = false;  ///< false: it was still running at the limit and was killed
  int code = -1;         ///< exit code, or -1 if a signal ended it
  int signal = 0;        ///< the signal that ended it, or 0
  bool ok() const { return in_time && code == 0; }
  std::string text() const;
};

class Process {
 public:
  explicit Process(const std::function<int()>& body);
  ~Process();
  Process(Process&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }
  void signal(int number) const;
  /// True if it has ended; wait() says how.
  bool ended() const;
  /// Waits for the end, at most `limit`; then kills it.
  Ending wait(std::chrono::milliseconds limit = std::chrono::seconds(60));
  /// SIGKILL, and waits until it is gone.
  Ending kill();

 private:
  pid_t pid_ = -1;
};

/// Runs the body in a child and waits for its end.
Ending in_child(const std::function<int()>& body, std::chrono::milliseconds limit = std::chrono::seconds(60));

/// The body of a freshly forked child: runs, reports, never returns. Shared with the stepper.
[[noreturn]] void run_and_exit(const std::function<int()>& body);

}  // namespace larder::test
