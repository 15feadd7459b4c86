// about.h – what a database says about itself: named values, each with a checksum.
//
// Concurrency   plain values.
#pragma once

#include <string>

#include "base/hash.h"

namespace larder::persist {

struct About {
  std::string name;
  std::string value;
};

constexpr const char* kAboutSegment = "segment";  ///< 16 bytes: the uuid of the segment last written for
constexpr const char* kAboutContent = "content";  ///< number of rows and sum of their checksums, 64 bits each

inline uint64_t checksum_of(const About& about) {
  const std::string bytes = about.name + '\0' + about.value;
  return base::checksum(bytes.data(), bytes.size());
}

}  // namespace larder::persist
