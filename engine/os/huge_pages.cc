// huge_pages.cc – see huge_pages.h.
#include "os/huge_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace larder::os {

namespace {

#ifdef MADV_COLLAPSE
constexpr int kCollapse = MADV_COLLAPSE;
#else
constexpr int kCollapse = 25;  // headers older than the kernel
#endif

}  // namespace

void* aligned_place(uint64_t size) {
  if (size < kHugePage) return nullptr;
  const uint64_t room = size + kHugePage;
  void* const at = mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  munmap(at, room);
  return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(at) + kHugePage - 1) & ~(kHugePage - 1));
}

uint64_t bytes_in_huge_pages(const std::byte* at, uint64_t size) {
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  for (uint64_t done = 0; done + kHugePage <= size; done += kHugePage) {
    unsigned char in_memory = 0;  // asked first: reading a hole of a file would give it memory
    auto* const piece = const_cast<std::byte*>(at) + done;
    if (mincore(piece, page, &in_memory) == 0 && (in_memory & 1) != 0) {
      [[maybe_unused]] const volatile std::byte touched = *static_cast<volatile std::byte*>(piece);
    }
  }
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool here = false;
  uint64_t bytes = 0;
  while (std::getline(maps, line)) {
    unsigned long begin = 0, end = 0, kilobytes = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      here = begin < reinterpret_cast<uintptr_t>(at) + size && end > reinterpret_cast<uintptr_t>(at);
    else if (here && std::sscanf(line.c_str(), "ShmemPmdMapped: %lu kB", &kilobytes) == 1)
      bytes += kilobytes << 10;
  }
  return bytes;
}

void fill_with_huge_pages(int fd, uint64_t size, const std::vector<Extent>& parts) {
  void* const place = aligned_place(size);
  if (place == nullptr) return;
  void* const at = mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return;
  for (const Extent& part : parts) {
    const uint64_t from = (part.at + kHugePage - 1) & ~(kHugePage - 1);
    // The kernel collapses what has at least one page. Written, not touched: a full file system is an error here.
    uint64_t end = from;
    for (const char zero = 0; end + kHugePage <= part.at + part.bytes; end += kHugePage)
      if (pwrite(fd, &zero, 1, static_cast<off_t>(end)) != 1) break;
    if (end > from) gather_into_huge_pages(static_cast<std::byte*>(at) + from, end - from);
  }
  munmap(at, size);
}

void gather_into_huge_pages(std::byte* at, uint64_t bytes) {
  const auto first = (reinterpret_cast<uintptr_t>(at) + kHugePage - 1) & ~(kHugePage - 1);
  const auto end = reinterpret_cast<uintptr_t>(at) + bytes;
  for (uintptr_t unit = first; unit + kHugePage <= end; unit += kHugePage)
    if (madvise(reinterpret_cast<void*>(unit), kHugePage, kCollapse) != 0) return;
}

}  // namespace larder::os
