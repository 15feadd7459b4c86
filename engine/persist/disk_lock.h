// disk_lock.h – one writer a database: a lock file beside it that the kernel unlocks at death.
//
// What it is    an OFD lock on the first byte of `<database>.lock`, and the holder's pid as its text, for people. Locks
//               of the database itself would go with its file when a damaged one is set aside.
// Invariants    the lock file is never removed: whoever holds its lock holds the name's.
// Concurrency   the kernel serialises; nobody waits.
// Crash         released by the kernel.
#pragma once

#include <string>

#include "larder/result.h"

namespace larder::persist {

class DiskLock {
 public:
  /// Code::busy if somebody else holds it; the message names its pid.
  static Result<DiskLock> take(const std::string& database);
  DiskLock() = default;
  DiskLock(DiskLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  DiskLock& operator=(DiskLock&& other) noexcept;
  DiskLock(const DiskLock&) = delete;
  DiskLock& operator=(const DiskLock&) = delete;
  ~DiskLock();

 private:
  explicit DiskLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace larder::persist
