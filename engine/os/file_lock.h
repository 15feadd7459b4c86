// file_lock.h – locks on single bytes of a file that the kernel releases at death.
//
// What it is    OFD locks (F_OFD_SETLK): they belong to the open file description, not to the process, so two
//               attachments of one process exclude each other, closing another descriptor of the file releases
//               nothing, pid namespaces do not matter, and a zombie holds nothing.
// Invariants    a descriptor used for locks is close-on-exec and closed in a forked child (fork_guard.h): otherwise a
//               child would keep a dead parent's lock (false life; never false death).
// Concurrency   the kernel serialises. Nobody ever waits: every call returns at once.
// Crash         released by the kernel when the last descriptor of the description is closed, i.e. at death.
#pragma once

#include <cstdint>

#include "larder/result.h"

namespace larder::os {

/// Tries to take the exclusive lock of `byte`. False if somebody else holds it.
Result<bool> try_lock_byte(int fd, uint64_t byte);
/// Gives up the lock of `byte`.
void unlock_byte(int fd, uint64_t byte);

/// What another description holds on a byte.
struct LockHolder {
  bool held = false;
  int64_t pid = 0;  ///< -1 for OFD locks, which have no process
};
/// Asks, with a descriptor that may be read-only, whether another description holds the exclusive lock of `byte`.
Result<LockHolder> lock_holder(int fd, uint64_t byte);
/// The same about any byte there is.
Result<bool> is_locked(int fd);

}  // namespace larder::os
