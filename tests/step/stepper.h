// stepper.h – runs a child process one instruction (or one system call) at a time.
//
// What it is    the child runs `body(mark)`; it calls mark() right before and right after the operation of interest.
//               The constructor returns when the child stands at the first mark. Between the marks the parent moves
//               it by step() or next_syscall(), at will; run_to_end() lets it go.
// Invariants    a child never survives its Stepper. A child that dies at a signal while it is stepped is an
//               exception that names the signal and the instruction.
// Concurrency   ptrace belongs to the thread that made the Stepper; so does the Stepper. From its first Stepper on the
//               process stays on one processor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "support/process.h"

namespace larder::test {

class Stepper {
 public:
  using Mark = void (*)();
  using Body = std::function<int(Mark mark)>;
  enum class Stop { inside, end };  ///< still between the marks, or at the second one

  explicit Stepper(const Body& body);
  ~Stepper();
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  /// Runs one instruction.
  Stop step();
  /// A place that step() came to: after so many instructions it met the one at `address` for the `visits`-th time.
  struct Place {
    uint64_t instructions = 0;
    uint64_t address = 0;
    uint64_t visits = 0;
  };
  /// Right after the constructor: runs freely from visit to visit, which is much faster than step() after step().
  Stop run_to(const Place& place);
  /// The address of the next instruction.
  uint64_t address() const;
  /// Runs to the next entry into or return from a system call.
  Stop next_syscall();
  /// True if the next instruction is a system call.
  bool at_syscall() const;
  /// Instructions run by step() so far.
  uint64_t instructions() const { return instructions_; }
  /// True if the next instruction is of the program itself, not of a library.
  bool in_program() const { return is_program(address()); }
  static bool is_program(uint64_t address);
  /// Lets the child run freely to its end, at most `limit`; it gets `signal` first, if that is not 0.
  Ending run_to_end(std::chrono::milliseconds limit = std::chrono::seconds(60), int signal = 0);
  /// SIGKILL where it stands.
  void kill();

 private:
  Stop wait_for_stop(int expected);
  Stop next_visit(uint64_t address);

  pid_t pid_ = -1;
  uint64_t instructions_ = 0;
  bool between_marks_ = false;
};

}  // namespace larder::test
