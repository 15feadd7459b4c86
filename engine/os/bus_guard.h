// bus_guard.h – a mapped file that somebody shortens does not kill those who have it mapped.
//
// What it is    touching a page of a mapping behind the file's end is SIGBUS. While a BusGuard covers the mapping, the
//               first such signal puts zeros of this process's own in the mapping's place, all of it, and the
//               instruction goes on. Nobody else's bytes are touched from then on; lost() says so. Users of the mapping
//               must bear any bytes at any time, as they do against damage (P16).
// Signals       the handler is installed with the first guard and stays. A SIGBUS elsewhere goes to the handler that
// was
//               there before, or ends the process as without this. Who installs a handler later hands on to this one,
//               or goes without it.
// Invariants    B1 the handler calls mmap and nothing else; whoever meets its zeros finds lost() true. B2 a range is in
// the table before its mapping is used, and
//               out of it before the mapping ends.
// Concurrency   guards are made and ended by any thread, lock-free; several threads may meet the signal at once.
// Crash         process-private. A forked child inherits handler and table with the mappings.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::os {

class BusGuard {
 public:
  BusGuard() = default;
  /// Guards a mapping that is there. With more than kMostGuards at once, the last ones guard nothing.
  BusGuard(std::byte* at, uint64_t size, bool writable);
  ~BusGuard();
  BusGuard(BusGuard&& other) noexcept;
  BusGuard& operator=(BusGuard&& other) noexcept;

  /// True once the file was shorter than the mapping and the mapping is none of it any more.
  bool lost() const;

  static constexpr int kMostGuards = 256;

 private:
  int number_ = -1;  ///< in the table
};

/// From now on this process makes no guards: for whoever wants to be told by the signal (os/guarded.h).
void make_no_bus_guards();

}  // namespace larder::os
