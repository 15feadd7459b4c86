// crew.h – one or two worker processes that run the same piece of work at the same moment.
//
// The workers are forked once and then obey orders. Each is pinned to a CPU of its own, and a barrier in shared memory
// starts them together. The parent sleeps meanwhile. A worker that dies ends the bench with a message.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "support/latency.h"
#include "support/shm_block.h"

namespace larder::bench {

constexpr uint32_t kMaxCrew = 2;

/// What a worker is asked to do: `kind` and `operations` mean whatever the work says they mean.
struct Order {
  uint32_t kind = 0;
  uint64_t operations = 0;
  bool each = false;    ///< measure every operation by itself
  uint32_t gap_ns = 0;  ///< with `each`: from the beginning of one operation to that of the next, at least
};

/// What one worker measured.
struct Report {
  int64_t cpu_ns = 0;
  int64_t wall_ns = 0;
  uint64_t hits = 0;
  uint64_t wrong = 0;  ///< hits whose value was not the key's
  Latency latency{};   ///< of orders that ask for each
};

/// Moves the calling thread to the nth CPU the bench may use, if it may use more than one. A crew does so with its
/// workers.
void pin_to_cpu(uint32_t nth, pid_t thread = 0);

class Crew {
 public:
  using Work = std::function<Report(const Order&)>;
  /// Runs in the worker after the fork, before the first order: attaches, and returns the work.
  using Prepare = std::function<Work(uint32_t worker)>;

  Crew(uint32_t workers, const Prepare& prepare);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Gives the order to all workers and waits. One report a worker.
  std::vector<Report> run(const Order& order);

 private:
  struct Board;
  [[noreturn]] void serve(uint32_t worker, const Prepare& prepare);

  ShmBlock memory_;
  Board* board_;
  std::vector<pid_t> pids_;
};

}  // namespace larder::bench
