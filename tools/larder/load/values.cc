// values.cc – makes and checks self-proving values.
#include "load/values.h"

#include <algorithm>
#include <cstring>

#include "load/random.h"

namespace larder::tools {

namespace {

constexpr size_t kHeader = 8, kShort = 16;

struct Stream {
  uint64_t state;
  Stream(uint64_t seed, uint32_t revision, size_t size) : state(mix(seed ^ mix((uint64_t{revision} << 32) | size))) {}
  uint64_t next() { return mix(state += 0x9e3779b97f4a7c15u); }
};

}  // namespace

void fill_value(std::string& out, uint64_t seed, uint32_t revision, uint32_t size) {
  out.resize(size);
  size_t at = 0;
  if (size >= kShort) {
    std::memcpy(out.data(), &revision, 4);
    std::memcpy(out.data() + 4, &size, 4);
    at = kHeader;
  }
  Stream stream(seed, size >= kShort ? revision : 0, size);
  for (; at < size; at += 8) {
    const uint64_t word = stream.next();
    std::memcpy(out.data() + at, &word, std::min<size_t>(8, size - at));
  }
}

ValueCheck check_value(std::string_view value, uint64_t seed) {
  ValueCheck check;
  size_t at = 0;
  if (value.size() >= kShort) {
    uint32_t size = 0;
    std::memcpy(&check.revision, value.data(), 4);
    std::memcpy(&size, value.data() + 4, 4);
    if (size != value.size()) return check;
    at = kHeader;
  }
  Stream stream(seed, check.revision, value.size());
  for (; at + 8 <= value.size(); at += 8) {
    uint64_t found = 0;
    std::memcpy(&found, value.data() + at, 8);
    if (found != stream.next()) return check;
  }
  const uint64_t last = stream.next();
  if (std::memcmp(value.data() + at, &last, value.size() - at) != 0) return check;
  check.intact = true;
  return check;
}

}  // namespace larder::tools
