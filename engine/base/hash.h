// hash.h – the keyed hash of a segment.
//
// What it is    XXH3 (64 bits) with a random secret per segment: keys such as domain names are chosen by attackers, who
//               must not be able to aim at one bucket. The bound on the buckets a lookup touches holds in any case.
// Source        xxHash's XXH3_64bits_withSecret (Debian libxxhash-dev, header-only).
// Concurrency   pure functions.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace larder::base {

using HashSecret = std::array<uint8_t, 192>;
static_assert(sizeof(HashSecret) >= XXH3_SECRET_SIZE_MIN);

inline uint64_t keyed_hash(std::string_view key, const HashSecret& secret) {
  return XXH3_64bits_withSecret(key.data(), key.size(), secret.data(), secret.size());
}

/// An unkeyed checksum, for the configuration part of the superblock.
inline uint64_t checksum(const void* bytes, size_t size) { return XXH3_64bits(bytes, size); }

}  // namespace larder::base
