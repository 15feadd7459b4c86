// workload.h – keys, values and request traces that all contestants of a bench share.
//
// Keys are "user%08u@…" of 16 to 40 bytes, the length a function of the id, formed anew for every request: that costs
// every contestant the same and is subtracted from none. The first 4 bytes of a value are its id, so that every
// hit can be checked. Traces are made before the workers are forked, one a worker, and are read-only afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace larder::bench {

constexpr size_t kMaxKeyLength = 40;
constexpr double kMeanKeyLength = 28;
constexpr uint32_t kAbsentBit = 1u << 26;  ///< ids with this bit are never stored: they make misses

/// Room for one key.
class Key {
 public:
  std::string_view form(uint32_t id) {
    std::memcpy(text_, "user", 4);
    uint32_t rest = id;
    for (int pair = 3; pair >= 0; --pair) {
      std::memcpy(text_ + 4 + 2 * pair, kPairs + 2 * (rest % 100), 2);
      rest /= 100;
    }
    std::memcpy(text_ + 12, "@example.mail.test.larder.in", 28);
    return {text_, 16 + ((id * 2654435761u) >> 16) % 25};
  }

 private:
  static constexpr char kPairs[] =
      "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
      "555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
  char text_[kMaxKeyLength];
};

enum class Popularity : uint8_t { zipf, uniform };
const char* to_string(Popularity popularity);

/// Ids 0..keys-1 in order of request: Zipf with exponent 0.99 over scrambled ranks, or uniform.
std::vector<uint32_t> make_trace(Popularity popularity, uint32_t keys, size_t requests, uint64_t seed);

/// Fills a value buffer for an id.
inline void stamp(std::string& value, uint32_t id) { std::memcpy(value.data(), &id, sizeof id); }
inline bool stamped(const void* value, uint32_t id) {
  uint32_t found = 0;
  std::memcpy(&found, value, sizeof found);
  return found == id;
}

}  // namespace larder::bench
