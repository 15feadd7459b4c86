// plain_file.h – ordinary files: reading at a place, and writing one that appears only when it is complete.
//
// What it is    ReadFile reads wherever it is asked to. NewFile writes under a temporary name beside the wanted one and
//               gives the file its name when everything is on disk. NAME.1.tmp is that of the first writer, NAME.2.tmp
//               of another at the same time; who holds the lock of the file is its writer.
// Invariants    F5 under the wanted name there is, at every moment, what was there before or the complete file. F6 a
//               file that is there is replaced only if the caller said so. F7 the file is readable by its owner only: a
//               temporary file of somebody else, or one that has another name as well, is never written to.
// Concurrency   each object belongs to one thread; two writers of one name make one of the two files.
// Crash         a writer that dies leaves its temporary file, which nothing reads and the next writer takes: its lock
// died
//               with it. (A name made of a process id would stand in the way of who gets that id next.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "larder/result.h"

namespace larder::os {

class ReadFile {
 public:
  /// A regular file. Code::not_found, permission, or foreign if it is none.
  static Result<ReadFile> open(const std::string& path);

  ReadFile(ReadFile&& other) noexcept;
  ReadFile& operator=(ReadFile&&) = delete;
  ~ReadFile();

  uint64_t size() const { return size_; }
  /// Exactly `bytes` bytes from `at`. Code::truncated if the file is shorter by now.
  Status read(uint64_t at, size_t bytes, std::string& out) const;

 private:
  ReadFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  uint64_t size_ = 0;
  std::string path_;
};

enum class Existing : uint8_t { keep, replace };

class NewFile {
 public:
  /// Begins a file. Code::exists if there is one and it is to be kept.
  static Result<NewFile> create(const std::string& path, Existing existing);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  /// Removes what was not committed.
  ~NewFile();

  Status write(std::string_view bytes);
  /// Everything to disk, then the name.
  Status commit();

 private:
  NewFile(int fd, std::string path, std::string temporary, Existing existing)
      : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)), existing_(existing) {}
  int fd_ = -1;
  std::string path_, temporary_;
  Existing existing_ = Existing::keep;
};

/// Tells a file that changed, or another file of its name, from the one that was there.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t changed_ns = 0;  ///< of its inode, in UNIX time
  bool settled = false;    ///< false: changed so recently that a further change may leave the stamp as it is
  bool operator==(const FileStamp&) const = default;
};
Result<FileStamp> stamp_of(const std::string& path);

/// Writes all bytes to a descriptor, however often it is interrupted. `name` is for the message.
Status write_all(int fd, std::string_view bytes, const std::string& name);

}  // namespace larder::os
