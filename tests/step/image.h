// image.h – copies of a segment file, and the sequence of distinct ones an operation leaves behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace larder::test {

/// All bytes of a segment file.
using Image = std::vector<std::byte>;

Image read_image(const std::string& path);
/// Makes a new file (a new inode) with these bytes, mode 0600, in place of an older one.
void write_image(const Image& image, const std::string& path);

/// Watches a segment file through a read-only mapping of its own.
class Watch {
 public:
  explicit Watch(const std::string& path);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// True if the bytes differ from those seen by the last call (or by the constructor).
  bool changed();
  /// The bytes as the last changed() saw them.
  const Image& image() const { return last_; }

 private:
  const std::byte* map_ = nullptr;
  Image last_;
};

/// Remembers which images were seen, by a 64-bit digest.
class Seen {
 public:
  /// True the first time.
  bool first_time(const Image& image);
  size_t count() const { return digests_.size(); }

 private:
  std::unordered_set<uint64_t> digests_;
};

}  // namespace larder::test
