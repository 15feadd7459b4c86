// shm_file.cc – see shm_file.h.
#include "os/shm_file.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <mutex>

#include "base/error.h"
#include "os/fork_guard.h"
#include "os/huge_pages.h"
#include "os/memory_limit.h"
#include "os/numa.h"

namespace larder::os {

using base::fail;
using base::with_errno;
using base::with_hint;

namespace {

/// What lies between the holes of a file.
std::vector<Extent> between(const std::vector<Extent>& holes, uint64_t size) {
  std::vector<Extent> filled;
  uint64_t at = 0;
  for (const Extent& hole : holes) {
    if (hole.at > at) filled.push_back({at, hole.at - at});
    at = hole.at + hole.bytes;
  }
  if (size > at) filled.push_back({at, size - at});
  return filled;
}

Error no_space(const std::string& directory, uint64_t size) {
  struct statvfs space {};
  const uint64_t available = statvfs(directory.c_str(), &space) == 0 ? uint64_t{space.f_bavail} * space.f_frsize : 0;
  return with_hint(fail(Code::no_space, "{}: a segment needs {} bytes, {} are available", directory, size, available),
                   "make the caches smaller, or the file system larger (mount -o remount,size=… " + directory +
                       "; containers: --shm-size), or choose another directory");
}

constexpr uint64_t kHeadroom = 2 << 20;  ///< what the process that reserves, and the kernel for it, may need itself

/// Refuses what a control group's limit does not leave: the kernel would not refuse it, but kill. Memory of files that
/// are not on tmpfs does not count against a limit.
Status within_limit(int fd, uint64_t bytes) {
  struct statfs system {};
  if (bytes == 0 || fstatfs(fd, &system) != 0 || system.f_type != TMPFS_MAGIC) return Done{};
  const std::optional<MemoryLimit> limit = memory_limit();
  if (!limit || bytes + kHeadroom <= limit->left) return Done{};
  return with_hint(fail(Code::no_space, "{} bytes of memory are needed; of the limit of {} bytes of {}, {} are left",
                        bytes, limit->limit, limit->group, limit->left),
                   "make the caches smaller, or raise the memory limit (systemd: MemoryMax=; containers: --memory)");
}

Status allocate(int fd, const Extent& extent) {
  if (extent.bytes == 0) return Done{};
  int number = EINTR;
  while (number == EINTR) number = posix_fallocate(fd, static_cast<off_t>(extent.at), static_cast<off_t>(extent.bytes));
  if (number == 0) return Done{};
  return with_errno(fmt::format("reserving {} bytes of memory", extent.bytes), number);
}

Status give_to_group(int fd, const std::string& group) {
  const struct group* entry = getgrnam(group.c_str());
  if (entry == nullptr)
    return with_hint(fail(Code::invalid_argument, "no such group: {}", group), "see `getent group`");
  if (fchown(fd, static_cast<uid_t>(-1), entry->gr_gid) != 0) return with_errno("giving the segment to group " + group);
  return Done{};
}

bool leads_to(const std::string& path, const FileFacts& facts) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 && st.st_dev == facts.device && st.st_ino == facts.inode;
}

}  // namespace

ShmFile& ShmFile::operator=(ShmFile&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void ShmFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<ShmFile> ShmFile::create_unnamed(const std::string& directory, const Wanted& wanted) {
  ShmFile file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, wanted.mode));
  if (file.fd_ < 0) {
    const int number = errno;
    Error error = with_errno("cannot create a segment in " + directory, number);
    if (number == EOPNOTSUPP || number == EISDIR)
      error.hint = "the directory must be on tmpfs or another file system with O_TMPFILE";
    if (number == ENOENT) error.hint = "create the directory, or set LARDER_DIR to one that exists";
    return error;
  }
  if (ftruncate(file.fd_, static_cast<off_t>(wanted.size)) != 0) return with_errno("sizing a segment in " + directory);
  if (Status placed = place_file(file.fd_, wanted.size, wanted.placement); !placed) return placed.error();
  const std::vector<Extent> filled = between(wanted.holes, wanted.size);
  uint64_t needed = 0;
  for (const Extent& extent : filled) needed += extent.bytes;
  if (Status fits = within_limit(file.fd_, needed); !fits) return fits.error();
  fill_with_huge_pages(file.fd_, wanted.size, filled);
  for (const Extent& extent : filled) {
    const Status reserved = allocate(file.fd_, extent);
    if (!reserved && reserved.error().code == Code::no_space) return no_space(directory, needed);
    if (!reserved) return reserved.error();
  }
  if (wanted.group)
    if (Status given = give_to_group(file.fd_, *wanted.group); !given) return given.error();
  if (fchmod(file.fd_, wanted.mode) != 0) return with_errno("setting the mode of the segment");
  return file;
}

Result<ShmFile> ShmFile::open(const std::string& path, bool writable) {
  ShmFile file(::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.fd_ < 0) {
    Error error = with_errno("cannot open " + path);
    if (error.code == Code::not_found)
      error.hint = "is larderd running, and with this directory? `larder` lists the segments there are";
    if (error.code == Code::permission)
      error.hint = "the segment's mode and owner decide who may attach; see `ls -l " + path + "`";
    return error;
  }
  Result<FileFacts> facts = file.facts();
  if (!facts) return facts.error();
  if (!facts->regular) return fail(Code::foreign, "{} is not a regular file", path);
  return file;
}

Result<ShmFile> ShmFile::reopen(bool writable) const {
  const std::string self = "/proc/self/fd/" + std::to_string(fd_);
  ShmFile file(::open(self.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (file.fd_ < 0) return with_errno("opening an unnamed segment");
  return file;
}

Status ShmFile::publish(const std::string& path) const {
  const std::string self = "/proc/self/fd/" + std::to_string(fd_);
  if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return Done{};
  Error error = with_errno("publishing " + path);
  if (error.code == Code::exists) {
    error = fail(Code::exists, "{} exists already", path);
    error.hint = "attach to it, or retire it first (`larder retire`)";
  }
  return error;
}

Status ShmFile::reserve(const Extent& extent) const {
  if (Status fits = within_limit(fd_, extent.bytes); !fits) return fits;
  return allocate(fd_, extent);
}

Status ShmFile::give_back(const Extent& extent) const {
  if (extent.bytes == 0) return Done{};
  if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(extent.at),
                static_cast<off_t>(extent.bytes)) != 0)
    return with_errno(fmt::format("giving {} bytes of memory back", extent.bytes));
  return Done{};
}

Result<FileFacts> ShmFile::facts() const {
  struct stat st {};
  if (fstat(fd_, &st) != 0) return with_errno("fstat");
  FileFacts facts;
  facts.size = static_cast<uint64_t>(st.st_size);
  facts.allocated = static_cast<uint64_t>(st.st_blocks) * 512;
  facts.device = st.st_dev;
  facts.inode = st.st_ino;
  facts.mode = st.st_mode & 07777;
  facts.links = static_cast<uint32_t>(st.st_nlink);
  facts.owner = st.st_uid;
  facts.regular = S_ISREG(st.st_mode);
  return facts;
}

Result<size_t> ShmFile::read_start(void* to, size_t size) const {
  const ssize_t got = pread(fd_, to, size, 0);
  if (got < 0) return with_errno("reading the segment");
  return static_cast<size_t>(got);
}

Result<bool> remove_if_same(const std::string& path, const FileFacts& facts) {
  if (!leads_to(path, facts)) return false;
  // No fork while the lock is held: a child would keep it. The lock belongs to this description, so threads of one
  // process exclude each other as processes do.
  const std::lock_guard no_fork(slow_path_mutex());
  const Result<ShmFile> file = ShmFile::open(path, false);
  if (!file && file.error().code == Code::not_found) return false;
  if (!file) return file.error();
  const Result<FileFacts> opened = file->facts();
  if (!opened) return opened.error();
  if (opened->device != facts.device || opened->inode != facts.inode) return false;
  if (flock(file->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(Code::busy, "{}: somebody else is removing it", path);
    return with_errno("removing " + path);
  }
  if (!leads_to(path, facts)) return false;
  if (unlink(path.c_str()) != 0) return with_errno("removing " + path);
  return true;
}

}  // namespace larder::os
