// region.cc – see region.h.
#include "cache/region.h"

#include <fmt/ranges.h>

#include <bit>
#include <cstring>

#include "base/error.h"

namespace larder::cache {

using index::Found;

namespace {

bool fits(uint64_t at, uint64_t bytes, uint64_t size) { return at % 8 == 0 && at <= size && bytes <= size - at; }

/// Everything that becomes a pointer or a mask later.
bool sound(const RegionShape& s, uint64_t region_size) {
  const bool counts = s.pages >= 1 && s.buckets >= 4 && s.ghost_lines >= 1 && s.recent_lines >= 1 &&
                      std::has_single_bit(s.tag_slots) && std::has_single_bit(s.ring_cells) &&
                      std::has_single_bit(s.free_cells) && std::has_single_bit(s.page_bytes) &&
                      s.page_bytes >= kMinPageBytes && s.page_bytes <= kMaxPageBytes && s.ring_cells >= s.pages &&
                      s.free_cells >= s.pages && s.region_size == region_size &&
                      (s.kind == RegionKind::cache || s.kind == RegionKind::store);
  return counts && fits(s.buckets_at, uint64_t{s.buckets} * sizeof(index::Bucket), region_size) &&
         fits(s.ghosts_at, uint64_t{s.ghost_lines} * sizeof(policy::GhostLine), region_size) &&
         fits(s.recent_at, uint64_t{s.recent_lines} * sizeof(policy::GhostLine), region_size) &&
         fits(s.tags_at, uint64_t{s.tag_slots} * sizeof(uint32_t), region_size) &&
         fits(s.records_at, uint64_t{s.pages} * sizeof(page::PageRecord), region_size) &&
         fits(s.cells_at, (uint64_t{s.ring_cells} * 2 + s.free_cells) * sizeof(base::Atomic64), region_size) &&
         fits(s.pages_at, uint64_t{s.pages} * s.page_bytes, region_size) && s.buckets_at % 64 == 0 &&
         s.ghosts_at % 64 == 0 && s.recent_at % 64 == 0;
}

}  // namespace

Result<policy::Plane> open_plane(const segment::Tables& tables, std::byte* base, uint32_t number) {
  const segment::DirectoryEntry& entry = tables.directory[number];
  const uint64_t size = tables.super->size;
  const auto bad = [&](const char* what) {
    return base::fail(Code::corrupt, "cache {}: {} does not fit the segment", number, what);
  };
  if (!fits(entry.region_at, entry.region_size, size) || entry.region_at % 64 != 0 ||
      entry.region_size < sizeof(RegionHeader))
    return bad("its region");
  std::byte* region = base + entry.region_at;
  RegionHeader* header = region_header(tables, base, number);
  const RegionShape shape = header->shape;
  if (shape.check != shape_check(entry, header->shape))
    return base::fail(Code::corrupt, "cache {}: its shape or its line of the directory changed", number);
  if (!sound(shape, entry.region_size)) return bad("its shape");

  const page::PageTable pages(reinterpret_cast<page::PageRecord*>(region + shape.records_at), region + shape.pages_at,
                              shape.pages, shape.page_bytes);
  const uint32_t first_offset = shape.kind == RegionKind::store ? 8 : 0;  // aligns the cells of records
  auto* cells = reinterpret_cast<base::Atomic64*>(region + shape.cells_at);
  const ring::PageQueue cold(&header->cold, cells, shape.ring_cells);
  const ring::PageQueue hot(&header->hot, cells + shape.ring_cells, shape.ring_cells);
  const ring::PageQueue free(&header->free, cells + 2 * uint64_t{shape.ring_cells}, shape.free_cells);
  policy::Plane plane;
  plane.index = index::Index({reinterpret_cast<index::Bucket*>(region + shape.buckets_at), shape.buckets});
  plane.rings = ring::Rings(&tables, number, pages, cold, hot, free, &header->limit, first_offset);
  plane.reader = ring::EntryReader(pages, {reinterpret_cast<uint32_t*>(region + shape.tags_at), shape.tag_slots},
                                   tables.super->created_ms);
  plane.ghosts = policy::Ghosts(reinterpret_cast<policy::GhostLine*>(region + shape.ghosts_at), shape.ghost_lines);
  plane.recent = policy::Ghosts(reinterpret_cast<policy::GhostLine*>(region + shape.recent_at), shape.recent_lines);
  plane.words = &header->policy;
  plane.setting_word = &header->setting;
  plane.goal = &header->goal;
  plane.secret = tables.super->secret;
  plane.reserve = shape.reserve;
  return plane;
}

std::vector<std::string> names_of(const segment::Member& member, RegionKind kind) {
  const segment::Tables& tables = member.tables();
  std::vector<std::string> names;
  for (uint32_t number = 0; number < tables.directory.size(); ++number) {
    const char* name = tables.directory[number].name;
    if (region_header(tables, member.base(), number)->shape.kind == kind)
      names.emplace_back(name, strnlen(name, sizeof tables.directory[number].name));
  }
  return names;
}

Result<std::shared_ptr<const Region>> open_region(const std::shared_ptr<segment::Member>& member, std::string_view name,
                                                  RegionKind kind) {
  const segment::Tables& tables = member->tables();
  for (uint32_t number = 0; number < tables.directory.size(); ++number) {
    RegionHeader* header = region_header(tables, member->base(), number);
    const bool first_store = name.empty() && kind == RegionKind::store;
    if (header->shape.kind != kind || (!first_store && name != tables.directory[number].name)) continue;
    Result<policy::Plane> plane = open_plane(tables, member->base(), number);
    if (!plane) return plane.error();
    auto region = std::make_shared<Region>();
    region->member = member;
    region->number = number;
    region->writable = !member->read_only();
    region->header = header;
    region->plane = *plane;
    return std::shared_ptr<const Region>(std::move(region));
  }
  const char* what = kind == RegionKind::cache ? "cache" : "store";
  const std::vector<std::string> names = names_of(*member, kind);
  if (names.empty())
    return base::with_hint(base::fail(Code::not_found, "segment {} has no {}", tables.super->name, what),
                           fmt::format("write one into the configuration: [{}.\"name\"]", what));
  return base::with_hint(base::fail(Code::not_found, "segment {} has no {} '{}'", tables.super->name, what, name),
                         fmt::format("it has {}", fmt::join(names, ", ")));
}

void drop_dead(const Region& region, segment::ThreadState& thread, const Sought& sought, Found found) {
  segment::Tally& tally = thread.tally(region.number);
  const bool expired = region.plane.reader.standing(sought.entry) == ring::Standing::expired;
  if (expired) ++tally[Counter::expired];
  if (!region.writable || !index::SlotWord::live(found.word)) return;
  const ring::RunRef run = region.plane.reader.run_of(sought.entry);
  if (!region.plane.index.unlink(region.plane.index.bucket_of(found.slot), found)) return;
  if (expired) ++tally[Counter::expirations];
  region.note_dead(found.position(), sought.entry);
  region.release(thread, run);
}

}  // namespace larder::cache
