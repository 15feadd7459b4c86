// disk_lock.cc – see disk_lock.h.
#include "persist/disk_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "os/file_lock.h"
#include "os/fork_guard.h"

namespace larder::persist {

Result<DiskLock> DiskLock::take(const std::string& database) {
  const std::string path = database + ".lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return base::with_hint(base::with_errno("cannot open " + path),
                           "persistence.directory must exist and be writable for larderd's user");
  DiskLock lock(fd);
  os::close_in_child(fd);
  const Result<bool> locked = os::try_lock_byte(fd, 0);
  if (!locked) return locked.error();
  char text[24] = {};
  if (!*locked) {
    const ssize_t got = pread(fd, text, sizeof text - 1, 0);
    return base::with_hint(
        base::fail(Code::busy, "{} is written by another larderd (pid {})", database, got > 0 ? text : "unknown"),
        "one is enough; start with --wait to take over when it ends");
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    const int number = errno;  // a full disk is no reason not to hold the lock: the pid is for people
    if (base::code_of_errno(number) != Code::no_space) return base::with_errno("writing " + path, number);
  }
  return lock;
}

DiskLock& DiskLock::operator=(DiskLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

DiskLock::~DiskLock() {
  if (fd_ < 0) return;
  os::forget_descriptor(fd_);
  close(fd_);
}

}  // namespace larder::persist
