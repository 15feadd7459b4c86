#include "support/values.h"

#include <algorithm>
#include <cstring>

namespace larder::test {

uint64_t Random::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::string value_of(std::string_view key, uint64_t version, size_t length) {
  uint64_t seed = version * 0x2545f4914f6cdd1du + length;
  for (const char c : key) seed = (seed ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  Random stream(seed);
  std::string value(length, '\0');
  std::memcpy(value.data(), &version, sizeof version);
  for (size_t at = sizeof version; at < length; at += sizeof(uint64_t)) {
    const uint64_t word = stream.next();
    std::memcpy(value.data() + at, &word, std::min(sizeof word, length - at));
  }
  return value;
}

std::optional<uint64_t> version_of(std::string_view key, std::string_view value) {
  if (value.size() < kMinProofBytes) return std::nullopt;
  uint64_t version = 0;
  std::memcpy(&version, value.data(), sizeof version);
  if (value_of(key, version, value.size()) != value) return std::nullopt;
  return version;
}

}  // namespace larder::test
