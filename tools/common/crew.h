// crew.h – child processes that run a hidden verb of this program and report figures to their parent.
//
// What it is    Crew starts `/proc/self/exe` with given arguments once per seat. Each seat owns a fixed stretch of an
//               unnamed file (the board) that it writes its figures to, and waits at a gate until all may start.
//               Seat is the child's side, made from the two hidden options that the parent adds.
// Invariants    the board holds plain numbers only; figures of a killed child are those it wrote last.
// Concurrency   one thread in the parent, one in each child; every seat is written by one process.
// Crash         children get SIGTERM when the parent dies; the board goes with its last descriptor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "larder/result.h"

namespace larder::tools {

class Crew {
 public:
  static Result<Crew> open(size_t seats, size_t bytes_per_seat);
  Crew(Crew&& other) noexcept;
  Crew& operator=(Crew&&) = delete;
  ~Crew();

  /// Starts a child in a seat; its standard input is /dev/null.
  Status start(size_t seat, std::vector<std::string> arguments);
  /// Lets everybody pass the gate who waits there or will come to it.
  void open_gate();
  /// Waits until `count` seats are ready. False if a child ended or the time is over before that.
  bool wait_ready(size_t count, int timeout_ms);

  struct Ended {
    size_t seat = 0;
    pid_t pid = 0;
    int status = 0;  ///< as from waitpid
    bool clean() const { return status == 0; }
    int code() const;          ///< exit code; -1 if a signal killed it
    std::string text() const;  ///< "ended with code 3", "was killed by signal 9 (Killed)"
  };
  /// Children that ended since the last call; does not wait.
  std::vector<Ended> collect();
  size_t running() const;
  void signal_all(int signal) const;
  /// What a seat wrote last. `figures` must be trivially copyable and fit.
  template <class T>
  bool read(size_t seat, T& figures) const {
    return read_bytes(seat, &figures, sizeof figures);
  }
  /// Makes a seat's figures zero, for its next holder.
  Status clear(size_t seat);

 private:
  Crew() = default;
  bool read_bytes(size_t seat, void* into, size_t size) const;

  int board_ = -1;
  int gate_[2] = {-1, -1};   ///< children read [0]; the parent closes [1] to open it
  int ready_[2] = {-1, -1};  ///< children write one byte to [1]
  size_t bytes_per_seat_ = 0;
  std::vector<pid_t> pids_;  ///< by seat; 0 = nobody
};

/// The child's side of a seat.
class Seat {
 public:
  /// From the value of the hidden option --seat: "SEAT:BYTES:BOARD:GATE:READY".
  static Result<Seat> parse(const std::string& text);
  size_t number() const { return number_; }
  /// Says that this child is ready and waits until the parent opens the gate.
  void pass_gate() const;
  template <class T>
  Status write(const T& figures) const {
    return write_bytes(&figures, sizeof figures);
  }

 private:
  Status write_bytes(const void* from, size_t size) const;
  size_t number_ = 0, bytes_ = 0;
  int board_ = -1, gate_ = -1, ready_ = -1;
};

}  // namespace larder::tools
