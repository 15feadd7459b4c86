// shm_block.cc – see shm_block.h.
#include "support/shm_block.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace larder::bench {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr int kCollapse = 25;  // MADV_COLLAPSE, which older headers lack
bool huge_pages = false;

/// An aligned place for a mapping, which huge pages need; null: anywhere.
void* place_for(size_t bytes) {
  if (!huge_pages) return nullptr;
  void* const at = mmap(nullptr, bytes + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  munmap(at, bytes + kHugePage);
  return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(at) + kHugePage - 1) & ~(kHugePage - 1));
}

}  // namespace

void use_huge_pages(bool wanted) { huge_pages = wanted; }

void fail(const char* what, const char* where) {
  fmt::print(stderr, "bench: {}: {}: {}\n", where, what, std::strerror(errno));
  std::exit(1);
}

ShmBlock::ShmBlock(size_t bytes) : bytes_(bytes) {
  const std::string path = fmt::format("/dev/shm/larder-bench-{}", getpid());
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) fail("cannot create the file", path.c_str());
  unlink(path.c_str());
  if (const int error = posix_fallocate(file, 0, off_t(bytes)); error != 0) {
    errno = error;
    fail("cannot reserve memory; make room in /dev/shm or run without --full", path.c_str());
  }
  void* const address = mmap(place_for(bytes), bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (huge_pages && address != MAP_FAILED) madvise(address, bytes / kHugePage * kHugePage, kCollapse);
  if (address == MAP_FAILED) fail("cannot map the file", path.c_str());
  close(file);
  data_ = static_cast<std::byte*>(address);
}

ShmBlock::~ShmBlock() { munmap(data_, bytes_); }

}  // namespace larder::bench
