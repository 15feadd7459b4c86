// proof.h – values that prove themselves in tens of nanoseconds: every word a function of key, version, length, place.
//
// What it is    word 0 is the version, word i is base + i * kStep, where base mixes key, version and length. Bytes of
//               another version, key or length, or moved ones, differ in every word they bring along. For campaigns
//               that read a thousand million values; values.h has slower ones without any pattern.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace larder::test {

class Proof {
 public:
  static constexpr size_t kShortest = 16;

  explicit Proof(uint64_t key) : key_(mix(key)) {}

  /// Fills `value`, of at least kShortest bytes. Version 0 is none.
  void write(std::span<char> value, uint64_t version) const {
    uint64_t word = base_of(version, value.size());
    std::memcpy(value.data(), &version, 8);
    size_t at = 8;
    for (; at + 8 <= value.size(); at += 8, word += kStep) std::memcpy(value.data() + at, &word, 8);
    std::memcpy(value.data() + at, &word, value.size() - at);
  }

  /// The version, or 0 if these are not the bytes that write() makes of it.
  uint64_t version_in(std::string_view value) const {
    if (value.size() < kShortest) return 0;
    uint64_t version = 0, difference = 0, found = 0;
    std::memcpy(&version, value.data(), 8);
    uint64_t word = base_of(version, value.size());
    size_t at = 8;
    for (; at + 8 <= value.size(); at += 8, word += kStep) {
      std::memcpy(&found, value.data() + at, 8);
      difference |= found ^ word;
    }
    found = word;
    std::memcpy(&found, value.data() + at, value.size() - at);
    return (difference | (found ^ word)) == 0 ? version : 0;
  }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;

  static uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
  }
  uint64_t base_of(uint64_t version, size_t length) const { return mix(key_ + version * kStep + length); }

  const uint64_t key_;
};

}  // namespace larder::test
