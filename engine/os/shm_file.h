// shm_file.h – the file behind a segment: made without a name, published by one link, opened by name.
//
// What it is    an owned file descriptor and the handful of system calls a segment needs of its file.
// Invariants    F1 create_unnamed and reserve() allocate every byte they are asked for (posix_fallocate), so a full
//               file system is an error here and never a SIGBUS later; and they ask memory_limit.h first, since who
//               takes more than a control group allows is killed. F2 a file gets its name in one step (linkat) and
//               only when it is complete; linkat fails if the name exists. F3 opening never follows symbolic links and
//               never creates. F4 a name is removed only by who holds the flock of the file it leads to. A name in use
//               is never replaced (F2), so while that lock is held the name leads to that file or is gone: what is
//               unlinked is what was looked at.
// Concurrency   a ShmFile belongs to one owner. Creators race in the kernel; one wins, the others get Code::exists.
// Crash         a creator that dies before publish leaves nothing: an unnamed file goes with its last descriptor. A
//               remover that dies leaves the name or not; the kernel releases its lock.
#pragma once

#include <boost/interprocess/detail/os_file_functions.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "larder/result.h"

namespace larder::os {

/// Some bytes of a file.
struct Extent {
  uint64_t at = 0;
  uint64_t bytes = 0;
};

/// What stat says of an open file.
struct FileFacts {
  uint64_t size = 0;
  uint64_t allocated = 0;  ///< bytes that have memory
  uint64_t device = 0;
  uint64_t inode = 0;
  uint32_t mode = 0;   ///< permission bits
  uint32_t links = 0;  ///< 0 = its name is gone
  uint32_t owner = 0;
  bool regular = false;
};

class ShmFile {
 public:
  ShmFile() = default;
  ShmFile(ShmFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  ShmFile& operator=(ShmFile&& other) noexcept;
  ShmFile(const ShmFile&) = delete;
  ShmFile& operator=(const ShmFile&) = delete;
  ~ShmFile() { close(); }

  /// What a new file is to be.
  struct Wanted {
    uint64_t size = 0;                   ///< bytes, all of them reserved but for the holes
    std::vector<Extent> holes{};         ///< ascending and apart
    uint32_t mode = 0600;                ///< permission bits
    std::optional<std::string> group{};  ///< none = the creator's
    std::string placement{};             ///< of its memory, see os/numa.h
  };
  /// A new unnamed file in `directory`. Code::no_space says bytes needed and available.
  static Result<ShmFile> create_unnamed(const std::string& directory, const Wanted& wanted);
  /// An existing file. Code::not_found, permission, or foreign if it is no regular file.
  static Result<ShmFile> open(const std::string& path, bool writable);

  /// Another description of the same file, named or not.
  Result<ShmFile> reopen(bool writable) const;
  /// Gives the unnamed file its name. Code::exists if the name is taken.
  Status publish(const std::string& path) const;
  /// Gives these bytes memory, where they have none. Code::no_space if there is not enough; then nothing changed.
  Status reserve(const Extent& extent) const;
  /// Takes the memory of these bytes away; they read as zero from now on.
  Status give_back(const Extent& extent) const;
  Result<FileFacts> facts() const;
  /// Up to `size` bytes from the start of the file. Returns the number read.
  Result<size_t> read_start(void* to, size_t size) const;
  int descriptor() const { return fd_; }
  /// Forgets the descriptor without closing it (it was closed, or is the parent's).
  void disown() { fd_ = -1; }
  void close();

  /// For boost::interprocess::mapped_region.
  boost::interprocess::mapping_handle_t get_mapping_handle() const {
    return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd_);
  }

 private:
  explicit ShmFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// Removes `path` if it names the file with these facts. False if it leads elsewhere or nowhere (any more). Code::busy
/// if somebody else is removing it at this moment: it is not waited for.
Result<bool> remove_if_same(const std::string& path, const FileFacts& facts);

}  // namespace larder::os
