// file_lock.cc – see file_lock.h.
#include "os/file_lock.h"

#include <fcntl.h>

#include "base/error.h"

namespace larder::os {

namespace {

struct flock range(uint64_t byte, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

}  // namespace

Result<bool> try_lock_byte(int fd, uint64_t byte) {
  struct flock lock = range(byte, F_WRLCK);
  if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return base::with_errno("locking a byte of the segment");
}

void unlock_byte(int fd, uint64_t byte) {
  struct flock lock = range(byte, F_UNLCK);
  fcntl(fd, F_OFD_SETLK, &lock);
}

Result<LockHolder> lock_holder(int fd, uint64_t byte) {
  struct flock lock = range(byte, F_RDLCK);
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return base::with_errno("asking for a lock of the segment");
  return LockHolder{lock.l_type != F_UNLCK, lock.l_type != F_UNLCK ? int64_t{lock.l_pid} : 0};
}

Result<bool> is_locked(int fd) {
  struct flock lock = range(0, F_RDLCK);
  lock.l_len = 0;  // to the end of all offsets
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return base::with_errno("asking for the locks of the segment");
  return lock.l_type != F_UNLCK;
}

}  // namespace larder::os
