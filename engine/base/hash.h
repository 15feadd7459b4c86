// hash.h – the keyed hash of a segment.
//
// What it is    XXH3 (64 bits) with a random secret per segment: keys such as domain names are chosen by attackers, who
//               must not be able to aim at one bucket. The bound on the buckets a lookup touches holds in any case.
//               Keys of 16 to 48 bytes, nearly all there are, take the mixing that XXH3 has for 17 to 128 bytes on
//               three blocks whatever their length, so that no branch depends on it (base/blocks.h).
// Source        xxHash's XXH3_64bits_withSecret (Debian libxxhash-dev, header-only) for other lengths.
// Versions      another hash is another layout: segment/layout.h.
// Concurrency   pure functions.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/blocks.h"

namespace larder::base {

using HashSecret = std::array<uint8_t, 192>;
static_assert(sizeof(HashSecret) >= XXH3_SECRET_SIZE_MIN);

/// The halves of the 128-bit product, folded. In assembly because the compiler sends 128-bit values through the stack.
[[gnu::always_inline]] inline uint64_t folded_product(uint64_t a, uint64_t b) {
  uint64_t high;
  asm("mulq %2" : "+a"(a), "=d"(high) : "rm"(b) : "cc");
  return a ^ high;
}

/// One block of 16 bytes under 16 bytes of the secret.
[[gnu::always_inline]] inline uint64_t mixed_block(const char* at, const uint8_t* secret) {
  uint64_t low, high, low_secret, high_secret;
  std::memcpy(&low, at, 8);
  std::memcpy(&high, at + 8, 8);
  std::memcpy(&low_secret, secret, 8);
  std::memcpy(&high_secret, secret + 8, 8);
  return folded_product(low ^ low_secret, high ^ high_secret);
}

/// The hash of a key for which ThreeBlocks::cover is true.
[[gnu::always_inline]] inline uint64_t hash_of_blocks(std::string_view key, const HashSecret& secret) {
  const ThreeBlocks blocks(key.size());
  uint64_t sum = key.size() * 0x9e3779b185ebca87u;
  sum += mixed_block(key.data(), secret.data());
  sum += mixed_block(key.data() + blocks.middle, secret.data() + 16);
  sum += mixed_block(key.data() + blocks.last, secret.data() + 32);
  sum = (sum ^ sum >> 37) * 0x165667919e3779f9u;
  return sum ^ sum >> 32;
}

[[gnu::noinline]] inline uint64_t hash_of_any(std::string_view key, const HashSecret& secret) {
  return XXH3_64bits_withSecret(key.data(), key.size(), secret.data(), secret.size());
}

[[gnu::always_inline]] inline uint64_t keyed_hash(std::string_view key, const HashSecret& secret) {
  return ThreeBlocks::cover(key.size()) ? hash_of_blocks(key, secret) : hash_of_any(key, secret);
}

/// An unkeyed checksum, for the configuration part of the superblock.
inline uint64_t checksum(const void* bytes, size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace larder::base
