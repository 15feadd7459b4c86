// bed.h – the file in which one case after the other is laid: mapped once, written like memory.
//
// Invariants    the file keeps its name and its size for as long as the bed is used; intact() looks.
// Concurrency   whoever lays an image has the file to himself. Beside one who has it mapped too, differences() is a
//               damage that comes while he works.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/temp_directory.h"

namespace larder::test {

class Bed {
 public:
  /// Makes the file of the segment "test" in the directory, for images of that size.
  Bed(const TempDirectory& directory, size_t size);
  ~Bed();
  Bed(const Bed&) = delete;
  Bed& operator=(const Bed&) = delete;

  void lay(const std::string& image);
  /// Writes those bytes only in which the images differ.
  void differences(const std::string& from, const std::string& to);
  void flip(size_t byte, uint8_t bit) { map_[byte] = static_cast<char>(map_[byte] ^ 1 << bit); }
  /// What the file holds now.
  std::string_view bytes() const { return {map_, size_}; }
  bool intact() const;

 private:
  const std::string path_;
  const size_t size_;
  char* map_ = nullptr;
};

}  // namespace larder::test
