// build.cc – see build.h.
#include "cache/build.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "cache/check_options.h"
#include "cache/region_layout.h"
#include "os/mapping.h"
#include "os/process.h"
#include "segment/superblock.h"

namespace larder {

std::string default_directory() {
  const char* set = std::getenv("LARDER_DIR");
  return set != nullptr && *set != 0 ? set : "/dev/shm";
}

}  // namespace larder

namespace larder::cache {

namespace {

struct Plan {
  segment::Superblock* super = nullptr;
  std::vector<RegionPlan> regions;
  uint64_t workers_at = 0, threads_at = 0, directory_at = 0, counters_at = 0, samples_at = 0;
  std::vector<uint64_t> regions_at;
  uint64_t total = 0;

  /// What needs no memory yet: pages beyond the budgets.
  std::vector<os::Extent> holes() const {
    std::vector<os::Extent> holes;
    for (size_t i = 0; i < regions.size(); ++i)
      if (const os::Extent spare = spare_extent(regions[i].shape, regions_at[i], regions[i].pages_now); spare.bytes > 0)
        holes.push_back(spare);
    return holes;
  }
};

/// The stores in the order of the directory: the default one leads, which is how it is found again.
std::vector<const StoreOptions*> in_order(const SegmentOptions& options) {
  std::vector<const StoreOptions*> stores;
  for (const StoreOptions& store : options.stores)
    stores.insert(store.name == options.default_store ? stores.begin() : stores.end(), &store);
  return stores;
}

Plan plan_segment(const SegmentOptions& options) {
  Plan plan;
  uint64_t at = 4096;
  const auto part = [&](uint64_t bytes) {
    const uint64_t here = at;
    at = (at + bytes + 4095) / 4096 * 4096;
    return here;
  };
  plan.workers_at = part(uint64_t{options.workers} * sizeof(segment::WorkerSlot));
  plan.threads_at = part(uint64_t{options.threads} * sizeof(segment::ThreadLine));
  const size_t regions = options.caches.size() + options.stores.size();
  plan.directory_at = part(regions * sizeof(segment::DirectoryEntry));
  plan.counters_at = part(uint64_t{options.workers} * regions * segment::kCounterRowWords * 8);
  plan.samples_at = part(uint64_t{options.threads} * sizeof(segment::SampleRing));
  for (const CacheOptions& cache : options.caches) plan.regions.push_back(plan_region(cache));
  for (const StoreOptions* store : in_order(options)) plan.regions.push_back(plan_region(*store));
  for (const RegionPlan& region : plan.regions) plan.regions_at.push_back(part(region.total));
  plan.total = at;
  return plan;
}

void copy_text(char* to, size_t size, std::string_view text) {
  std::memset(to, 0, size);
  std::memcpy(to, text.data(), std::min(text.size(), size - 1));
}

/// The file's bytes are zero, which is what buckets, ghosts, records and pages start as.
RegionHeader& fill_region(std::byte* at, const RegionPlan& plan) {
  auto* header = new (at) RegionHeader{};
  header->shape = plan.shape;
  header->sampling.store_relaxed(kSampleNothing);
  auto* free_cells = reinterpret_cast<base::Atomic64*>(at + plan.shape.cells_at) + 2 * uint64_t{plan.shape.ring_cells};
  auto* records = reinterpret_cast<page::PageRecord*>(at + plan.shape.records_at);
  for (uint32_t page = 0; page < plan.pages_now; ++page)
    free_cells[page].store_relaxed(ring::CellWord::PagePlus1::make(page + 1u));
  for (uint32_t page = plan.pages_now; page < plan.shape.pages; ++page)
    records[page].word.store_relaxed(page::PageWord::make(page::State::out, 0, 0, 0));
  header->free.tail.store_relaxed(plan.pages_now);
  header->limit.store_relaxed(plan.pages_now);
  for (base::Atomic64* pages : {&header->goal, &header->budget.reserved, &header->budget.configured})
    pages->store_relaxed(plan.pages_now);
  return *header;
}

void fill_cache(RegionHeader& header, const CacheOptions& options) {
  header.budget.floor.store_relaxed(floor_pages(options, header.shape));
  header.budget.miss_cost.store_relaxed(cost_word(options.miss_cost));
  header.setting.store_relaxed(policy::SettingWord::pack(options.policy));
  header.tune.configured.store_relaxed(policy::SettingWord::pack(options.policy));
  header.ttl_ms.store_relaxed(options.ttl ? static_cast<uint64_t>(options.ttl->count()) : 0);
  header.idle_ms.store_relaxed(options.idle ? static_cast<uint64_t>(options.idle->count()) : 0);
  header.mode.store_relaxed(static_cast<uint64_t>(options.mode));
  header.policy.ghost_ways.store_relaxed(policy::GhostWays::Cold::make(policy::kGhostsPerLine) |
                                         policy::GhostWays::Young::make(3) |
                                         policy::GhostWays::Recent::make(policy::kGhostsPerLine));
}

void set_first_bytes(FirstBytes& set, const std::vector<uint8_t>& bytes) {
  for (const uint8_t byte : bytes)
    set.words[byte / 64].store_relaxed(set.words[byte / 64].load_relaxed() | uint64_t{1} << byte % 64);
}

/// Versions begin with the time, so that they grow across segments too (fencing numbers of leases).
void fill_store(RegionHeader& header, const StoreOptions& options) {
  header.mode.store_relaxed(static_cast<uint64_t>(CacheMode::refuse));
  header.store.versions.store_relaxed(static_cast<uint64_t>(base::unix_ms()) << 20);
  set_first_bytes(header.store.durable, options.durable);
  set_first_bytes(header.store.droppable, options.droppable);
}

void fill_superblock(segment::Superblock& super, const SegmentOptions& options, const Plan& plan) {
  super.magic = segment::kMagic;
  super.layout = segment::kLayoutVersion;
  super.abi = segment::abi_fingerprint();
  super.size = plan.total;
  copy_text(super.name, sizeof super.name, options.name);
  os::random_bytes(super.uuid, sizeof super.uuid);
  os::random_bytes(super.secret.data(), super.secret.size());
  super.created_ms = base::now_ms();
  super.created_unix_ms = base::unix_ms();
  const os::BootId boot = os::boot_id();
  std::memcpy(super.boot, boot.data(), sizeof super.boot);
  super.cache_count = static_cast<uint32_t>(plan.regions.size());
  super.worker_slots = options.workers;
  super.thread_lines = options.threads;
  super.counter_row_words = segment::kCounterRowWords;
  super.workers_at = plan.workers_at;
  super.threads_at = plan.threads_at;
  super.directory_at = plan.directory_at;
  super.counters_at = plan.counters_at;
  super.samples_at = plan.samples_at;
  super.checksum = segment::superblock_checksum(super);
}

/// Somebody who retires a segment and dies before he can remove its name leaves a name that leads nowhere; so does a
/// machine that stops. Finishes his work; true if that is what the name was.
bool remove_useless(const std::string& path) {
  const Result<segment::OpenedFile> opened = segment::open_segment(path, false, segment::Retired::accept);
  if (!opened) return false;
  const segment::Superblock& super = *opened->tables.super;
  const bool retired = super.state.load_acquire() == static_cast<uint64_t>(segment::SegmentState::retired);
  if (!retired && !segment::from_another_boot(opened->file, super)) return false;
  const Result<os::FileFacts> facts = opened->file.facts();
  if (!facts) return false;
  const Result<bool> removed = os::remove_if_same(path, *facts);
  return removed && *removed;
}

}  // namespace

std::string segment_path(std::string_view name, std::string_view directory) {
  return (directory.empty() ? default_directory() : std::string(directory)) + "/" + std::string(name) + ".larder";
}

uint64_t memory_of(const SegmentOptions& options) {
  const Plan plan = plan_segment(options);
  uint64_t bytes = plan.total;
  for (const os::Extent& hole : plan.holes()) bytes -= hole.bytes;
  return bytes;
}

Result<std::string> build_segment(const SegmentOptions& options, const FillUnnamed& fill) {
  if (Status checked = check_segment(options); !checked) return checked.error();
  const Plan plan = plan_segment(options);
  const std::string directory = options.directory.empty() ? default_directory() : options.directory;
  Result<os::ShmFile> file = os::ShmFile::create_unnamed(directory, {.size = plan.total,
                                                                     .holes = plan.holes(),
                                                                     .mode = options.mode,
                                                                     .group = options.group,
                                                                     .placement = options.numa});
  if (!file) return file.error();
  Result<os::Mapping> mapping = os::Mapping::map(*file, plan.total, true);
  if (!mapping) return mapping.error();

  std::byte* base = mapping->data();
  auto* super = new (base) segment::Superblock{};
  fill_superblock(*super, options, plan);
  auto* directory_entries = reinterpret_cast<segment::DirectoryEntry*>(base + plan.directory_at);
  const auto enter = [&](size_t number, std::string_view name, std::string_view group) -> RegionHeader& {
    segment::DirectoryEntry& entry = directory_entries[number];
    copy_text(entry.name, sizeof entry.name, name);
    copy_text(entry.group, sizeof entry.group, group);
    entry.region_at = plan.regions_at[number];
    entry.region_size = plan.regions[number].total;
    RegionHeader& header = fill_region(base + entry.region_at, plan.regions[number]);
    header.shape.check = shape_check(entry, header.shape);
    return header;
  };
  size_t number = 0;
  for (const CacheOptions& cache : options.caches) fill_cache(enter(number++, cache.name, cache.group), cache);
  for (const StoreOptions* store : in_order(options)) fill_store(enter(number++, store->name, "store"), *store);
  super->state.store_release(static_cast<uint64_t>(segment::SegmentState::ready));
  if (fill)
    if (Status filled = fill(*file); !filled) return filled.error();
  const std::string path = segment_path(options.name, directory);
  Status published = file->publish(path);
  if (!published && published.error().code == Code::exists && remove_useless(path)) published = file->publish(path);
  if (!published) return published.error();
  return path;
}

}  // namespace larder::cache
