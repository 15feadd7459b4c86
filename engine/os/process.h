// process.h – who this process is, for people: a second witness beside the locks, never the judge of life and death.
//
// Concurrency   reads /proc and the kernel's answers; no state.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

namespace larder::os {

struct ProcessIdentity {
  int64_t pid = 0;
  uint64_t start_ticks = 0;    ///< start time of the process in clock ticks since boot
  uint64_t pid_namespace = 0;  ///< inode of /proc/self/ns/pid
};
ProcessIdentity this_process();

/// True if `identity` (of this pid namespace) is a process in state T (stopped or traced).
bool is_stopped(const ProcessIdentity& identity);

/// The kernel's name for the time since the machine was started; zeros if it tells none. Some containers
/// (systemd-nspawn) are shown a name of their own.
using BootId = std::array<uint8_t, 16>;
BootId boot_id();

/// Fills the buffer with random bytes of the kernel.
void random_bytes(void* to, size_t size);

}  // namespace larder::os
