#include "step/image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace larder::test {
namespace {

[[noreturn]] void fail(const char* what, const std::string& path) {
  throw std::runtime_error(fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

Image read_image(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0) fail("open", path);
  Image image(static_cast<size_t>(status.st_size));
  const ssize_t got = pread(file, image.data(), image.size(), 0);
  close(file);
  if (got != status.st_size) fail("read all of", path);
  return image;
}

void write_image(const Image& image, const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) fail("unlink", path);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) fail("create", path);
  const ssize_t put = pwrite(file, image.data(), image.size(), 0);
  close(file);
  if (put != static_cast<ssize_t>(image.size())) fail("write all of", path);
}

Watch::Watch(const std::string& path) : last_(read_image(path)) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("open", path);
  void* map = mmap(nullptr, last_.size(), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (map == MAP_FAILED) fail("map", path);
  map_ = static_cast<const std::byte*>(map);
}

Watch::~Watch() { munmap(const_cast<std::byte*>(map_), last_.size()); }

bool Watch::changed() {
  if (std::memcmp(map_, last_.data(), last_.size()) == 0) return false;
  std::memcpy(last_.data(), map_, last_.size());
  return true;
}

bool Seen::first_time(const Image& image) {
  uint64_t digest = 0xcbf29ce484222325u;
  size_t at = 0;
  for (; at + 8 <= image.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, image.data() + at, sizeof word);
    if (word == 0) continue;
    digest = (digest ^ (word + at)) * 0x9e3779b97f4a7c15u;
    digest ^= digest >> 29;
  }
  return digests_.insert(digest).second;
}

}  // namespace larder::test
