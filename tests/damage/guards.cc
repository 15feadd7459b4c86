// guards.cc – every file that this program maps shared lies between stretches of addresses that trap.
//
// The engine's calls of mmap and munmap end here. A read or write beyond the segment's mapping is then a signal,
// whether or not something else would have been mapped there.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace {

constexpr uint64_t kBelow = uint64_t{1} << 32, kAbove = uint64_t{36} << 30;  // positions reach 32 GiB

struct Zone {
  char* inner = nullptr;
  uint64_t size = 0;
};
std::array<Zone, 64> zones;

void* map_plainly(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, fd, offset));
}

}  // namespace

extern "C" {

void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  const bool of_file = fd >= 0 && (flags & MAP_SHARED) != 0 && (flags & MAP_FIXED) == 0;
  Zone* zone = nullptr;
  for (Zone& candidate : zones)
    if (candidate.inner == nullptr) zone = &candidate;
  if (!of_file || zone == nullptr) return map_plainly(at, size, protection, flags, fd, offset);
  const uint64_t whole = kBelow + (size + 4095) / 4096 * 4096 + kAbove;
  void* outer = map_plainly(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (outer == MAP_FAILED) return outer;
  char* inner = static_cast<char*>(outer) + kBelow;
  void* mapped = map_plainly(inner, size, protection, flags | MAP_FIXED, fd, offset);
  if (mapped == MAP_FAILED) {
    syscall(SYS_munmap, outer, whole);
    return mapped;
  }
  *zone = {inner, whole};
  return mapped;
}

int munmap(void* at, size_t size) noexcept {
  for (Zone& zone : zones)
    if (zone.inner != nullptr && zone.inner == at) {
      const int result = static_cast<int>(syscall(SYS_munmap, zone.inner - kBelow, zone.size));
      zone = {};
      return result;
    }
  return static_cast<int>(syscall(SYS_munmap, at, size));
}
}
