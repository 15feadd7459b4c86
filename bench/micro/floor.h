// floor.h – the least any hash cache must do for a hit, as a yardstick.
//
// Hash the key (XXH3_64), load one 64-byte bucket of 8 slots (16-bit tag | 48-bit offset), load the entry the slot
// points to (16-byte header, key, value), compare the key, copy the value. No expiry, no policy, no concurrency, no
// protection: a cache cannot do less, it can only overlap it better (get_many does). put overwrites in place.
#pragma once

#include <xxhash.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "support/shm_block.h"

namespace larder::bench {

class Floor {
 public:
  Floor(uint32_t keys, size_t value_bytes);

  /// Only while filling, by one process. False if the key is there already.
  bool insert(std::string_view key, std::string_view value);

  /// Length of the value, or kMiss.
  size_t get(std::string_view key, std::span<std::byte> out) const {
    const Entry* entry = find(key, XXH3_64bits(key.data(), key.size()));
    if (!entry) return kMiss;
    std::memcpy(out.data(), entry->value(), entry->value_bytes);
    return entry->value_bytes;
  }
  const std::byte* view(std::string_view key) const {
    const Entry* entry = find(key, XXH3_64bits(key.data(), key.size()));
    return entry ? entry->value() : nullptr;
  }
  bool put(std::string_view key, std::string_view value) {
    Entry* entry = const_cast<Entry*>(find(key, XXH3_64bits(key.data(), key.size())));
    if (!entry || entry->value_bytes != value.size()) return false;
    std::memcpy(const_cast<std::byte*>(entry->value()), value.data(), value.size());
    return true;
  }
  /// Prefetches all buckets, then all entries, then compares and copies. Returns one bit for each hit.
  template <size_t kBatch>
  uint32_t get_many(const std::array<std::string_view, kBatch>& keys, std::byte* out, size_t stride) const {
    std::array<uint64_t, kBatch> hashes;
    for (size_t i = 0; i < kBatch; ++i) {
      hashes[i] = XXH3_64bits(keys[i].data(), keys[i].size());
      __builtin_prefetch(&buckets_[hashes[i] & mask_]);
    }
    std::array<const std::byte*, kBatch> guesses;
    for (size_t i = 0; i < kBatch; ++i) {
      guesses[i] = first_match(hashes[i]);
      __builtin_prefetch(guesses[i]);
      __builtin_prefetch(guesses[i] + 64);
    }
    uint32_t hits = 0;
    for (size_t i = 0; i < kBatch; ++i) {
      const Entry* entry = find(keys[i], hashes[i]);
      if (!entry) continue;
      std::memcpy(out + i * stride, entry->value(), entry->value_bytes);
      hits |= 1u << i;
    }
    return hits;
  }

  /// Bytes of all buckets and of the entries there are.
  uint64_t used_bytes() const { return (mask_ + 1) * sizeof(Bucket) + used_; }

  static constexpr size_t kMiss = ~size_t{0};

 private:
  static constexpr uint32_t kSlots = 8;
  static constexpr uint64_t kOffsetMask = (uint64_t{1} << 48) - 1;
  struct alignas(64) Bucket {
    uint64_t slots[kSlots];
  };
  struct Entry {
    uint32_t key_bytes;
    uint32_t value_bytes;
    uint64_t hash;
    const std::byte* key() const { return reinterpret_cast<const std::byte*>(this + 1); }
    const std::byte* value() const { return key() + key_bytes; }
  };

  const Entry* entry_at(uint64_t slot) const { return reinterpret_cast<const Entry*>(entries_ + (slot & kOffsetMask)); }
  const std::byte* first_match(uint64_t hash) const {
    for (const uint64_t slot : buckets_[hash & mask_].slots) {
      if (slot >> 48 == hash >> 48) return entries_ + (slot & kOffsetMask);
    }
    return entries_;
  }
  const Entry* find(std::string_view key, uint64_t hash) const {
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      for (const uint64_t slot : buckets_[at].slots) {
        if (slot == 0) return nullptr;
        if (slot >> 48 != hash >> 48) continue;
        const Entry* entry = entry_at(slot);
        if (entry->key_bytes == key.size() && std::memcmp(entry->key(), key.data(), key.size()) == 0) return entry;
      }
    }
  }

  uint64_t mask_;
  ShmBlock memory_;
  Bucket* buckets_;
  std::byte* entries_;
  uint64_t used_ = 64;  ///< bytes of entries; offset 0 is no entry
};

}  // namespace larder::bench
