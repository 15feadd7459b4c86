// file_pages.h – the pages of a damaged database, as far as they can be read: the file, and what its log holds.
//
// What it is    reads a SQLite file of 4096-byte pages without SQLite and without trusting it. Pages that the log holds
//               in a committed transaction stand in for those of the file, as they would for SQLite.
// Format        https://www.sqlite.org/fileformat2.html: chapter 1 (pages) and 4 (the write-ahead log).
// Invariants    nothing is written. What lies outside of the file reads as no page.
// Concurrency   one thread, under the database's lock.
// Crash         reads only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "larder/result.h"

namespace larder::persist {

constexpr size_t kDiskPage = 4096;
using DiskPage = std::array<uint8_t, kDiskPage>;

class FilePages {
 public:
  /// Opens the file and reads the log beside it, if there is one.
  static Result<FilePages> open(const std::string& path);
  FilePages(FilePages&& other) noexcept;
  FilePages& operator=(FilePages&&) = delete;
  ~FilePages();

  uint32_t count() const { return count_; }
  /// Page `number` (from 1), or nothing if it cannot be read. A last page that is cut off is filled with zeros.
  std::optional<DiskPage> read(uint32_t number) const;

 private:
  explicit FilePages(int fd) : fd_(fd) {}
  void read_log(const std::string& path);

  int fd_;
  uint32_t count_ = 0;
  std::map<uint32_t, DiskPage> logged_;
};

}  // namespace larder::persist
