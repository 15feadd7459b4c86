// values.h – values that prove where they come from: a pure function of key, version and length.
//
// What it is    byte 0..7 the version, the rest a stream seeded with key, version and length. Whoever reads a value
//               can tell a right one from a torn one, a foreign one and one of another length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::test {

constexpr size_t kMinProofBytes = 16;  ///< shortest value that can be verified

/// The value of this key in this version. `length` is at least kMinProofBytes.
std::string value_of(std::string_view key, uint64_t version, size_t length);
/// The version of a value read under `key`; nothing if it is not a value of this key, whole and unchanged.
std::optional<uint64_t> version_of(std::string_view key, std::string_view value);

/// A small, fast, seeded source of randomness (splitmix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// Uniform in 0..bound-1.
  uint64_t below(uint64_t bound) { return next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace larder::test
