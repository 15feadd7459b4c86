// values.h – values that prove themselves: every byte follows from the key, the revision and the size.
//
// What it is    a value of 16 bytes or more is {u32 revision, u32 size, body}; a shorter one has a body only. The body
//               is a stream of words made from all three, so a byte of another key, revision or size, a torn copy or a
//               wrong length is found by computing it again.
// Invariants    intact(fill(seed, revision, size)) always; the seed covers the cache's name and the key.
// Concurrency   pure functions.
// Crash         nothing is shared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace larder::tools {

/// Makes the value; the revision of a value shorter than 16 bytes is taken as 0.
void fill_value(std::string& out, uint64_t seed, uint32_t revision, uint32_t size);

struct ValueCheck {
  bool intact = false;
  uint32_t revision = 0;  ///< as the value says; 0 for short ones
};
ValueCheck check_value(std::string_view value, uint64_t seed);

}  // namespace larder::tools
