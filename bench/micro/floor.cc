// floor.cc – see floor.h.
#include "micro/floor.h"

#include <bit>

#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr double kLoad = 0.6;

uint64_t bucket_count(uint32_t keys) { return std::bit_ceil(uint64_t(double(keys) / kLoad / 8)); }

}  // namespace

Floor::Floor(uint32_t keys, size_t value_bytes)
    : mask_(bucket_count(keys) - 1),
      memory_(bucket_count(keys) * sizeof(Bucket) + 4096 +
              keys * (sizeof(Entry) + ((kMaxKeyLength + value_bytes + 7) & ~size_t{7}))),
      buckets_(reinterpret_cast<Bucket*>(memory_.data())),
      entries_(memory_.data() + bucket_count(keys) * sizeof(Bucket)) {}

bool Floor::insert(std::string_view key, std::string_view value) {
  const uint64_t hash = XXH3_64bits(key.data(), key.size());
  if (find(key, hash)) return false;
  auto* entry = reinterpret_cast<Entry*>(entries_ + used_);
  *entry = Entry{uint32_t(key.size()), uint32_t(value.size()), hash};
  std::memcpy(const_cast<std::byte*>(entry->key()), key.data(), key.size());
  std::memcpy(const_cast<std::byte*>(entry->value()), value.data(), value.size());
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    for (uint64_t& slot : buckets_[at].slots) {
      if (slot != 0) continue;
      slot = (hash >> 48 << 48) | used_;
      used_ += sizeof(Entry) + ((key.size() + value.size() + 7) & ~size_t{7});
      return true;
    }
  }
}

}  // namespace larder::bench
