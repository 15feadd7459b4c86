// subject.h – the segment whose bytes are damaged: caches of each kind and a store, full of what they may hold.
//
// What it is    its file's bytes, made once, in two states: left in order by everybody, or with a worker that was
//               killed at work. And a map of which bytes are what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larder/options.h"
#include "support/temp_directory.h"

namespace larder::test {

enum class Leaving : uint8_t { in_order, killed };

/// The bytes of a fresh segment "test" after some use. Its time stands still: what expires, expires after begin_now().
std::string subject_image(Leaving leaving);
/// Lets the image's time go on now from where it stood.
void begin_now(std::string& image);

/// A stretch of the file that holds one kind of thing.
struct Part {
  std::string name;  ///< e.g. "main buckets"
  uint64_t at = 0;
  uint64_t size = 0;
};
/// All parts that hold anything, in the order of the file. The image must not be damaged.
std::vector<Part> parts_of(const std::string& image);

constexpr uint32_t kSubjectKeys = 400;  ///< keys that its use picks from, key_name("key", 0..)

/// Makes the image the file of the segment "test" in the directory.
void write_image(const TempDirectory& directory, const std::string& image);
std::string read_image(const TempDirectory& directory);

}  // namespace larder::test
