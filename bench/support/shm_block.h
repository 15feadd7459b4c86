// shm_block.h – anonymous shared memory from a file in /dev/shm: in pages of 4 KiB, as programs get them that ask for
// nothing else, or of 2 MiB.
//
// The file's name is removed at once, so nothing is left behind however the bench ends.
#pragma once

#include <cstddef>

namespace larder::bench {

/// Whether blocks made from now on get pages of 2 MiB, as segments do, where the kernel gives them (Linux 6.1).
void use_huge_pages(bool wanted);

class ShmBlock {
 public:
  /// Ends the program with a message if the memory is not to be had: a bench has nothing to fall back to.
  explicit ShmBlock(size_t bytes);
  ~ShmBlock();
  ShmBlock(const ShmBlock&) = delete;
  ShmBlock& operator=(const ShmBlock&) = delete;
  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::byte* data_;
  size_t bytes_;
};

/// Prints the message to stderr and exits with status 1.
[[noreturn]] void fail(const char* what, const char* where);

}  // namespace larder::bench
