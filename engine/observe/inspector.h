// inspector.h – the inside of an Inspector: a read-only mapping and the planes over it.
//
// Invariants    the mapping is PROT_READ: only functions of lower rooms that write nothing may be called on these
// planes. Concurrency   constant after open. Crash         reads only.
#pragma once

#include <string>
#include <vector>

#include "cache/region.h"
#include "observe/observe.h"
#include "segment/superblock.h"

namespace larder::observe {

struct Inspector::Impl {
  std::string path;
  segment::OpenedFile opened;
  std::vector<policy::Plane> planes;

  const segment::Tables& tables() const { return opened.tables; }
  const cache::RegionHeader& header(uint32_t number) const {
    return *cache::region_header(opened.tables, opened.mapping.data(), number);
  }
  bool is_store(uint32_t number) const { return header(number).shape.kind == cache::RegionKind::store; }
  std::string cache_name(uint32_t number) const {
    const char* name = opened.tables.directory[number].name;
    return {name, strnlen(name, sizeof opened.tables.directory[number].name)};
  }
  Result<uint32_t> find_cache(std::string_view name) const;
  /// True if a live process holds the worker slot's lock.
  bool is_held(uint64_t lock_byte) const;
};

/// Calls `visit(bucket, slot, word)` for every live slot of a cache's index.
template <class Visitor>
void for_each_live(const policy::Plane& plane, uint32_t step, const Visitor& visit) {
  for (uint64_t number = 0; number < plane.index.bucket_count(); number += step) {
    const index::Bucket& bucket = plane.index.bucket(static_cast<uint32_t>(number));
    for (uint32_t i = 0; i < index::kSlots; ++i) {
      const uint64_t word = bucket.slots[i].load_acquire();
      if (index::SlotWord::live(word)) visit(static_cast<uint32_t>(number), i, word);
    }
  }
}

}  // namespace larder::observe
