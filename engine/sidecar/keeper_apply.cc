// keeper_apply.cc – see keeper_apply.h.
#include "sidecar/keeper_apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "cache/resizer.h"
#include "config/prefixes.h"

namespace larder::sidecar {

namespace {

constexpr const char* kNewSegment = "fixed when the segment is made: retire it and start anew";

/// Stores `value` where it differs, and says so in words.
void set(base::Atomic64& word, uint64_t value, const std::string& what, const std::string& from, const std::string& to,
         std::vector<Change>& changes) {
  if (word.load_relaxed() == value) return;
  word.store_relaxed(value);
  changes.push_back({fmt::format("{}: {} -> {}", what, from, to), true, {}});
}

std::string time_text(uint64_t ms) { return ms == 0 ? "none" : fmt::format("{}ms", ms); }
uint64_t time_word(const std::optional<milliseconds>& time) { return time ? static_cast<uint64_t>(time->count()) : 0; }

const char* mode_text(uint64_t mode) { return mode == 0 ? "evict" : mode == 1 ? "refuse" : "off"; }

/// Goes to a changed size, as far as the segment has room for it.
void apply_size(const Cache& cache, const CacheOptions& wanted, std::vector<Change>& changes) {
  cache::RegionHeader& header = *cache.region().header;
  const uint64_t page = header.shape.page_bytes;
  const uint64_t pages = wanted.size / page, before = header.budget.configured.load_relaxed();
  header.budget.floor.store_relaxed(cache::floor_pages(wanted, header.shape));
  header.budget.miss_cost.store_relaxed(cache::cost_word(wanted.miss_cost));
  if (pages == before) return;
  Change change{fmt::format("cache {}: size {} -> {}", wanted.name, before * page, pages * page), false, {}};
  const Budget budget = cache.budget();
  if (pages * page > budget.most || pages * page < budget.least) {
    change.why = fmt::format("{} to {} bytes are possible; max is {}", budget.least, budget.most, kNewSegment);
  } else if (Result<cache::Resizer> resizer = cache::Resizer::take(cache.region()); !resizer) {
    change.why = resizer.error().message;
  } else if (Status aimed = resizer->aim(static_cast<uint32_t>(pages), policy::BudgetCause::configuration); !aimed) {
    change.why = aimed.error().message;
  } else {
    header.budget.configured.store_relaxed(pages);
    change.applied = true;
  }
  changes.push_back(std::move(change));
}

/// Names sizes that a segment cannot change.
void name_shape(const std::string& prefix, const char* size, const cache::RegionShape& is,
                const cache::RegionShape& planned, std::vector<Change>& changes) {
  if (is.pages != planned.pages || is.page_bytes != planned.page_bytes)
    changes.push_back(
        {fmt::format("{}: {} {} in pages of {} -> {} in pages of {}", prefix, size, uint64_t{is.pages} * is.page_bytes,
                     is.page_bytes, uint64_t{planned.pages} * planned.page_bytes, planned.page_bytes),
         false, kNewSegment});
  else if (is.buckets != planned.buckets || is.expected_entry != planned.expected_entry)
    changes.push_back(
        {fmt::format("{}: expected entry {} -> {} bytes", prefix, is.expected_entry, planned.expected_entry), false,
         kNewSegment});
}

void apply_cache(const Cache& cache, const CacheOptions& wanted, std::vector<Change>& changes) {
  cache::RegionHeader& header = *cache.region().header;
  const std::string prefix = "cache " + wanted.name;
  const uint64_t ttl = time_word(wanted.ttl), idle = time_word(wanted.idle), mode = static_cast<uint64_t>(wanted.mode);
  const uint64_t policy = policy::SettingWord::pack(wanted.policy);
  set(header.ttl_ms, ttl, prefix + ": ttl", time_text(header.ttl_ms.load_relaxed()), time_text(ttl), changes);
  set(header.idle_ms, idle, prefix + ": idle ttl", time_text(header.idle_ms.load_relaxed()), time_text(idle), changes);
  set(header.mode, mode, prefix + ": mode", mode_text(header.mode.load_relaxed()), mode_text(mode), changes);
  // The setting in use may be one that the tuner found better; it goes when what it was measured against does.
  if (header.tune.configured.load_relaxed() != policy) {
    set(header.tune.configured, policy, prefix + ": policy",
        policy_text(policy::SettingWord::unpack(header.tune.configured.load_relaxed())),
        policy_text(policy::SettingWord::unpack(policy)), changes);
    header.setting.store_relaxed(policy);
  }

  apply_size(cache, wanted, changes);
  cache::RegionShape planned = cache::plan_like(wanted, header.shape.page_bytes).shape;
  if (wanted.max_size == 0) {  // whatever the segment was made for will do; a size beyond that was named above
    planned.pages = header.shape.pages;
    planned.buckets = header.shape.buckets;
  }
  name_shape(prefix, "max", header.shape, planned, changes);
}

std::vector<uint8_t> list_of(const cache::FirstBytes& set) {
  std::vector<uint8_t> list;
  for (uint32_t byte = 0; byte < 256; ++byte)
    if ((set.words[byte / 64].load_relaxed() >> byte % 64 & 1) != 0) list.push_back(static_cast<uint8_t>(byte));
  return list;
}

void apply_store(const cache::Region& store, const StoreOptions& wanted, std::vector<Change>& changes) {
  const std::string prefix = "store " + wanted.name;
  cache::FirstBytes& droppable = store.header->store.droppable;
  const std::vector<uint8_t> before = list_of(droppable);
  std::vector<uint8_t> after = wanted.droppable;
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  if (before != after) {
    uint64_t words[4] = {};
    for (const uint8_t byte : after) words[byte / 64] |= uint64_t{1} << byte % 64;
    for (size_t i = 0; i < 4; ++i) droppable.words[i].store_relaxed(words[i]);
    changes.push_back(
        {fmt::format("{}: droppable {} -> {}", prefix, config::format_prefixes(before), config::format_prefixes(after)),
         true,
         {}});
  }
  name_shape(prefix, "size", store.header->shape, cache::plan_like(wanted, store.header->shape.page_bytes).shape,
             changes);
}

void apply_stores(const Segment& segment, const SegmentOptions& wanted, std::vector<Change>& changes) {
  const std::vector<std::string> names = segment.store_names();
  for (const std::string& name : names) {
    const auto region = cache::open_region(segment.member(), name, cache::RegionKind::store);
    const auto found = std::find_if(wanted.stores.begin(), wanted.stores.end(),
                                    [&](const StoreOptions& options) { return options.name == name; });
    if (found == wanted.stores.end())
      changes.push_back({fmt::format("store {}: removed", name), false, kNewSegment});
    else if (region)
      apply_store(**region, *found, changes);
  }
  for (const StoreOptions& options : wanted.stores)
    if (std::find(names.begin(), names.end(), options.name) == names.end())
      changes.push_back({fmt::format("store {}: added", options.name), false, kNewSegment});
  const std::string first = names.empty() ? "none" : names.front();
  const std::string chosen = !wanted.default_store.empty() ? wanted.default_store
                             : wanted.stores.empty()       ? "none"
                                                           : wanted.stores.front().name;
  if (first != chosen) changes.push_back({fmt::format("default store: {} -> {}", first, chosen), false, kNewSegment});
}

}  // namespace

std::vector<Change> apply_options(const Segment& segment, const std::vector<Cache>& caches,
                                  const SegmentOptions& wanted) {
  std::vector<Change> changes;
  const segment::Superblock& super = *segment.member()->tables().super;
  if (super.worker_slots != wanted.workers)
    changes.push_back({fmt::format("workers: {} -> {}", super.worker_slots, wanted.workers), false, kNewSegment});
  if (super.thread_lines != wanted.threads)
    changes.push_back({fmt::format("threads: {} -> {}", super.thread_lines, wanted.threads), false, kNewSegment});
  for (const Cache& cache : caches) {
    const auto found = std::find_if(wanted.caches.begin(), wanted.caches.end(),
                                    [&](const CacheOptions& options) { return options.name == cache.name(); });
    if (found == wanted.caches.end())
      changes.push_back({fmt::format("cache {}: removed", cache.name()), false, kNewSegment});
    else
      apply_cache(cache, *found, changes);
  }
  for (const CacheOptions& options : wanted.caches)
    if (std::none_of(caches.begin(), caches.end(), [&](const Cache& cache) { return cache.name() == options.name; }))
      changes.push_back({fmt::format("cache {}: added", options.name), false, kNewSegment});
  apply_stores(segment, wanted, changes);
  return changes;
}

}  // namespace larder::sidecar
