#include "damage/bed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "support/segments.h"

namespace larder::test {

Bed::Bed(const TempDirectory& directory, size_t size) : path_(directory / kSegmentFile), size_(size) {
  const int file = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* map = MAP_FAILED;
  if (file >= 0 && ftruncate(file, static_cast<off_t>(size)) == 0)
    map = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if (file >= 0) close(file);
  if (map == MAP_FAILED) throw std::runtime_error("cannot map " + path_);
  map_ = static_cast<char*>(map);
}

Bed::~Bed() { munmap(map_, size_); }

void Bed::lay(const std::string& image) { std::memcpy(map_, image.data(), std::min(size_, image.size())); }

void Bed::differences(const std::string& from, const std::string& to) {
  constexpr size_t kBlock = 64;
  for (size_t block = 0; block < to.size(); block += kBlock) {
    const size_t end = std::min(block + kBlock, to.size());
    if (std::memcmp(&from[block], &to[block], end - block) == 0) continue;
    for (size_t at = block; at < end; ++at)
      if (from[at] != to[at]) map_[at] = to[at];
  }
}

bool Bed::intact() const {
  struct stat facts {};
  return stat(path_.c_str(), &facts) == 0 && static_cast<size_t>(facts.st_size) == size_;
}

}  // namespace larder::test
