// plain_file.cc – see plain_file.h.
#include "os/plain_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/error.h"
#include "os/file_lock.h"

namespace larder::os {

using base::fail;
using base::with_errno;
using base::with_hint;

namespace {

constexpr size_t kAtOnce = 1 << 20;

Error is_there(const std::string& path) {
  return with_hint(fail(Code::exists, "{} exists already", path), "choose another name, or say --force to replace it");
}

/// Makes a new name in the directory of `path` last.
Status sync_directory(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return with_errno("cannot open " + directory);
  const bool synced = fsync(fd) == 0 || errno == EINVAL;  // EINVAL: this file system has nothing to sync
  const int number = errno;
  ::close(fd);
  if (!synced) return with_errno("cannot write " + directory, number);
  return Done{};
}

constexpr int kWriters = 100;        ///< of one name at the same time
constexpr uint64_t kWriterByte = 0;  ///< whose lock says that the temporary file has a writer

/// True if the name leads to the open file, and that is a file of ours with no other name, for nobody else to read.
bool is_ours(int fd, const std::string& name) {
  struct stat file {
  }, named{};
  return fstat(fd, &file) == 0 && lstat(name.c_str(), &named) == 0 && file.st_ino == named.st_ino &&
         file.st_dev == named.st_dev && S_ISREG(file.st_mode) && file.st_uid == geteuid() && file.st_nlink == 1 &&
         (file.st_mode & 0077) == 0;
}

/// Makes the file of this name, or takes that of a dead writer. -1 if somebody else is using the name.
Result<int> take_temporary(const std::string& name) {
  const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) {
    const int number = errno;
    struct stat named {};
    if (lstat(name.c_str(), &named) == 0) return -1;
    return with_errno("cannot create " + name, number);
  }
  const Result<bool> locked = try_lock_byte(fd, kWriterByte);
  if (locked && *locked && is_ours(fd, name) && ftruncate(fd, 0) == 0) return fd;
  ::close(fd);
  if (!locked) return locked.error();
  return -1;
}

}  // namespace

Result<ReadFile> ReadFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return with_errno("cannot open " + path);
  ReadFile file(fd, path);
  struct stat st {};
  if (fstat(fd, &st) != 0) return with_errno("cannot look at " + path);
  if (!S_ISREG(st.st_mode)) return fail(Code::foreign, "{} is not a regular file", path);
  file.size_ = static_cast<uint64_t>(st.st_size);
  return file;
}

ReadFile::ReadFile(ReadFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), path_(std::move(other.path_)) {}

ReadFile::~ReadFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status ReadFile::read(uint64_t at, size_t bytes, std::string& out) const {
  out.resize(bytes);
  for (size_t done = 0; done < bytes;) {
    const ssize_t got = pread(fd_, out.data() + done, bytes - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return with_errno("cannot read " + path_);
    if (got == 0) return fail(Code::truncated, "{} was shortened while it was read", path_);
    done += static_cast<size_t>(got);
  }
  return Done{};
}

Result<NewFile> NewFile::create(const std::string& path, Existing existing) {
  if (existing == Existing::keep && access(path.c_str(), F_OK) == 0) return is_there(path);
  for (int writer = 1; writer <= kWriters; ++writer) {
    const std::string temporary = path + "." + std::to_string(writer) + ".tmp";
    const Result<int> fd = take_temporary(temporary);
    if (!fd) return fd.error();
    if (*fd >= 0) return NewFile(*fd, path, temporary, existing);
  }
  return with_hint(fail(Code::exists, "{} temporary files of {} are there, and none can be taken", kWriters, path),
                   "end whoever writes them, or remove " + path + ".*.tmp");
}

NewFile::NewFile(NewFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      existing_(other.existing_) {}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  unlink(temporary_.c_str());  // while the lock says that it is ours
  ::close(fd_);
}

Status NewFile::write(std::string_view bytes) { return write_all(fd_, bytes, temporary_); }

Status NewFile::commit() {
  if (fsync(fd_) != 0) return with_errno("cannot write " + temporary_);
  if (existing_ == Existing::replace) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return with_errno("cannot name " + path_);
  } else {  // unlike rename, link never replaces
    if (link(temporary_.c_str(), path_.c_str()) != 0)
      return errno == EEXIST ? is_there(path_) : with_errno("cannot name " + path_);
    unlink(temporary_.c_str());
  }
  ::close(std::exchange(fd_, -1));
  return sync_directory(path_);
}

Result<FileStamp> stamp_of(const std::string& path) {
  constexpr int64_t kSecond = 1'000'000'000;
  constexpr int64_t kTick = kSecond / 10;  // the clocks of file systems go in steps of up to 10 ms
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return with_errno("cannot look at " + path);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t changed = facts.st_ctim.tv_sec * kSecond + facts.st_ctim.tv_nsec;
  return FileStamp{facts.st_dev, facts.st_ino, static_cast<uint64_t>(facts.st_size), changed,
                   now.tv_sec * kSecond + now.tv_nsec - changed > kTick};
}

Status write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), std::min(bytes.size(), kAtOnce));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return with_errno("cannot write " + name);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return Done{};
}

}  // namespace larder::os
