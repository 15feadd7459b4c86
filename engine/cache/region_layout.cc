// region_layout.cc – see region_layout.h.
#include "cache/region_layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "os/huge_pages.h"
#include "ring/entry.h"

namespace larder::cache {

namespace {

constexpr double kIndexLoad = 0.62;  ///< measured: 0.1 % of inserts find all three buckets full (docs/design/index.md)
constexpr double kStoreIndexLoad = 0.45;  ///< a store must not be full before its bytes are
constexpr uint32_t kRecordOverhead = 20;  ///< of a store's record beyond an entry's: its cell, alignment
constexpr uint64_t kPagesWanted = 2048;   ///< coarser pages cost hits (docs/design/policy.md)
constexpr uint32_t kEntriesAPage = 8;     ///< at least: what does not fit at a page's end is lost
constexpr uint64_t kAlign = 64;
constexpr uint32_t kLeastPages = 8;             ///< of a budget: the hands' reserve, both rings, and room to move
constexpr uint64_t kMemoryUnit = 64 << 10;      ///< in which memory is given back
constexpr uint64_t kWorthHugePages = 64 << 20;  ///< from this largest budget on it is given back in huge pages

uint64_t align(uint64_t at, uint64_t to = kAlign) { return (at + to - 1) / to * to; }

/// Bytes a typical entry takes in a page: header, payload, half of the padding.
double typical_entry(uint32_t header, uint32_t expected) { return header + expected + 3.5; }

}  // namespace

uint64_t shape_check(const segment::DirectoryEntry& entry, const RegionShape& shape) {
  std::byte all[sizeof entry + offsetof(RegionShape, check)];
  std::memcpy(all, &entry, sizeof entry);
  std::memcpy(all + sizeof entry, &shape, offsetof(RegionShape, check));
  return base::checksum(all, sizeof all);
}

uint32_t choose_page_bytes(uint64_t size, uint32_t expected_entry) {
  const uint64_t by_count = std::bit_floor(std::max<uint64_t>(size / kPagesWanted, 1));
  const uint64_t by_entry = std::bit_ceil(uint64_t{expected_entry} * kEntriesAPage);
  const uint64_t largest = std::bit_floor(std::max<uint64_t>(size / 8, kMinPageBytes));
  const uint64_t wanted = std::clamp<uint64_t>(std::max(by_count, by_entry), 1024, 64 << 10);
  return static_cast<uint32_t>(std::clamp<uint64_t>(std::min(wanted, largest), kMinPageBytes, kMaxPageBytes));
}

/// Stores have few large pages: a value must fit one, and nothing is evicted by the page.
uint32_t choose_store_page_bytes(uint64_t size) {
  return static_cast<uint32_t>(std::clamp<uint64_t>(std::bit_floor(size / 256), 4096, kMaxPageBytes));
}

namespace {

RegionPlan plan(RegionShape shape, uint64_t size, uint64_t size_now, double typical, double load, double ghosts) {
  shape.pages = static_cast<uint32_t>(size / shape.page_bytes);
  const double entries = double(size) / typical;
  shape.buckets = std::max<uint32_t>(4, static_cast<uint32_t>(entries / load / index::kSlots) + 1);
  shape.ghost_lines = std::max<uint32_t>(1, static_cast<uint32_t>(entries * ghosts / policy::kGhostsPerLine) + 1);
  shape.recent_lines =
      std::max<uint32_t>(1, static_cast<uint32_t>(entries * policy::kRecent / policy::kGhostsPerLine) + 1);
  shape.tag_slots =
      static_cast<uint32_t>(std::clamp<uint64_t>(std::bit_floor(static_cast<uint64_t>(entries / 16) + 1), 16, 4096));
  shape.ring_cells = std::bit_ceil((shape.kind == RegionKind::store ? 8 : 2) * shape.pages);
  shape.free_cells = std::bit_ceil(shape.pages + 16);
  uint64_t at = align(sizeof(RegionHeader));
  const auto part = [&](uint64_t& where, uint64_t bytes) {
    where = at;
    at = align(at + bytes);
  };
  part(shape.buckets_at, uint64_t{shape.buckets} * sizeof(index::Bucket));
  part(shape.ghosts_at, uint64_t{shape.ghost_lines} * sizeof(policy::GhostLine));
  part(shape.recent_at, uint64_t{shape.recent_lines} * sizeof(policy::GhostLine));
  part(shape.tags_at, uint64_t{shape.tag_slots} * sizeof(uint32_t));
  part(shape.records_at, uint64_t{shape.pages} * sizeof(page::PageRecord));
  part(shape.cells_at, (uint64_t{shape.ring_cells} * 2 + shape.free_cells) * sizeof(base::Atomic64));
  shape.pages_at = align(at, 4096);
  shape.region_size = align(shape.pages_at + uint64_t{shape.pages} * shape.page_bytes, 4096);
  return {shape, shape.region_size, static_cast<uint32_t>(size_now / shape.page_bytes)};
}

}  // namespace

RegionPlan plan_region(const CacheOptions& options) {
  RegionShape shape{};
  shape.kind = RegionKind::cache;
  shape.page_bytes =
      options.page_size != 0 ? options.page_size : choose_page_bytes(options.size, options.expected_entry);
  const uint64_t largest = std::max(options.size, options.max_size);
  shape.reserve = largest / shape.page_bytes >= 64 ? 2 : 1;
  shape.expected_entry = options.expected_entry;
  const bool timed = options.ttl || options.idle;
  const double typical = typical_entry(timed ? ring::kHeaderBytes : ring::kShortHeaderBytes, options.expected_entry);
  return plan(shape, largest, options.size, typical, kIndexLoad, std::max(options.policy.ghosts, 1.0));
}

RegionPlan plan_region(const StoreOptions& options) {
  RegionShape shape{};
  shape.kind = RegionKind::store;
  shape.page_bytes = options.page_size != 0 ? options.page_size : choose_store_page_bytes(options.size);
  shape.reserve = options.size / shape.page_bytes >= 64 ? 4 : 2;
  shape.expected_entry = options.expected_entry + kRecordOverhead;
  const double typical = typical_entry(ring::kHeaderBytes, shape.expected_entry);
  return plan(shape, options.size, options.size, typical, kStoreIndexLoad, 0);
}

RegionPlan plan_like(CacheOptions options, uint32_t page_bytes) {
  if (options.page_size == 0) options.page_size = page_bytes;
  return plan_region(options);
}

RegionPlan plan_like(StoreOptions options, uint32_t page_bytes) {
  if (options.page_size == 0) options.page_size = page_bytes;
  return plan_region(options);
}

os::Extent spare_extent(const RegionShape& shape, uint64_t region_at, uint32_t pages) {
  const uint64_t all = uint64_t{shape.pages} * shape.page_bytes;
  const uint64_t unit = all >= kWorthHugePages ? os::kHugePage : kMemoryUnit;
  const uint64_t end = region_at + shape.region_size;
  const uint64_t from = align(region_at + shape.pages_at + uint64_t{pages} * shape.page_bytes, unit);
  return pages >= shape.pages || from >= end ? os::Extent{end, 0} : os::Extent{from, end - from};
}

uint32_t least_pages(const RegionShape& shape) { return std::min(kLeastPages, shape.pages); }

uint32_t floor_pages(const CacheOptions& options, const RegionShape& shape) {
  const uint64_t floor = (options.min_size == 0 ? options.size : options.min_size) / shape.page_bytes;
  return static_cast<uint32_t>(std::clamp<uint64_t>(floor, least_pages(shape), shape.pages));
}

uint64_t cost_word(double miss_cost) { return static_cast<uint64_t>(std::llround(miss_cost * 1000)); }

}  // namespace larder::cache
