// guarded.h – running something that may crash or hang, and knowing what became of it.
//
// What it is    the work runs in a forked child that says texts to its parent; a signal or the end of its time ends the
//               child only. For reading memory that may be damaged, or a file that others may be shortening.
// Invariants    every text that was said completely is heard, in order, before run_guarded returns. The child leaves no
//               core file and runs nothing at its exit.
// Concurrency   for processes with one thread: the child has only the caller's.
// Crash         a child whose parent dies is killed.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace larder::os {

struct GuardedEnd {
  enum How { finished, signalled, out_of_time, not_started } how = finished;
  int signal = 0;  ///< of signalled; errno of not_started
};

using Say = std::function<void(std::string_view text)>;

/// Runs `work` in a child, at most for `limit` after the last thing it said. `hear` gets what the child says.
GuardedEnd run_guarded(const std::function<void(const Say&)>& work, std::chrono::milliseconds limit, const Say& hear);

/// "SIGSEGV", "SIGBUS", …
std::string signal_name(int signal);

}  // namespace larder::os
