// check_options.cc – see check_options.h.
#include "cache/check_options.h"

#include <algorithm>
#include <bit>
#include <set>

#include "base/error.h"
#include "cache/region_layout.h"
#include "os/numa.h"

namespace larder::cache {

using base::fail;
using base::with_hint;

Status check_name(std::string_view what, std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  if (name.empty()) return fail(Code::invalid_argument, "the name of a {} is empty", what);
  if (name.size() > kMaxNameBytes)
    return fail(Code::invalid_argument, "the name of a {} has {} bytes, at most {} are allowed: {}", what, name.size(),
                kMaxNameBytes, name);
  if (name.front() == '.' || !std::all_of(name.begin(), name.end(), allowed))
    return with_hint(fail(Code::invalid_argument, "not a name for a {}: '{}'", what, name),
                     "letters, digits, '_', '-' and '.' are allowed, and no leading dot");
  return Done{};
}

namespace {

Status check_time(const std::string& cache, std::string_view what, const std::optional<milliseconds>& time) {
  if (time && (time->count() < 1 || *time > kMaxTtl))
    return with_hint(fail(Code::invalid_argument, "cache {}: {} of {} ms", cache, what, time->count()),
                     "1 ms to ten years; leave it out for none");
  return Done{};
}

/// Where the budget may go later.
Status check_bounds(const CacheOptions& o) {
  if (o.max_size != 0 && (o.max_size < o.size || o.max_size > kMaxCacheBytes))
    return with_hint(fail(Code::invalid_argument, "cache {}: max of {} bytes; {} to {} are allowed", o.name, o.max_size,
                          o.size, kMaxCacheBytes),
                     "max is the largest budget it can be given later, size the one it begins with");
  if (o.min_size != 0 && (o.min_size < kMinCacheBytes || o.min_size > o.size))
    return with_hint(fail(Code::invalid_argument, "cache {}: min of {} bytes; {} to {} are allowed", o.name, o.min_size,
                          kMinCacheBytes, o.size),
                     "min is what larderd leaves a cache when it moves memory, size what it begins with");
  const uint64_t page = o.page_size != 0 ? o.page_size : choose_page_bytes(o.size, o.expected_entry);
  if (const uint64_t pages = std::max(o.size, o.max_size) / page; pages > kMaxPages)
    return with_hint(fail(Code::invalid_argument, "cache {}: {} pages of {} bytes; at most {} pages are possible",
                          o.name, pages, page, kMaxPages),
                     "choose a larger page or a smaller max");
  if (!(o.miss_cost >= kMinMissCost && o.miss_cost <= kMaxMissCost))
    return with_hint(fail(Code::invalid_argument, "cache {}: a miss that costs {}", o.name, o.miss_cost),
                     "0.001 to 1000000, beside the misses of other caches");
  return Done{};
}

}  // namespace

Status check_cache(const CacheOptions& o) {
  if (Status named = check_name("cache", o.name); !named) return named;
  if (Status grouped = check_name("group", o.group); !grouped) return grouped;
  if (o.size < kMinCacheBytes || o.size > kMaxCacheBytes)
    return fail(Code::invalid_argument, "cache {}: size of {} bytes; {} to {} are allowed", o.name, o.size,
                kMinCacheBytes, kMaxCacheBytes);
  if (o.page_size != 0 &&
      (!std::has_single_bit(o.page_size) || o.page_size < kMinPageBytes || o.page_size > kMaxPageBytes))
    return fail(Code::invalid_argument, "cache {}: page size of {} bytes; powers of two from {} to {} are allowed",
                o.name, o.page_size, kMinPageBytes, kMaxPageBytes);
  if (o.page_size != 0 && o.size / o.page_size < 4)
    return fail(Code::invalid_argument, "cache {}: {} bytes hold only {} pages of {} bytes; at least 4 are needed",
                o.name, o.size, o.size / o.page_size, o.page_size);
  if (Status bounded = check_bounds(o); !bounded) return bounded;
  if (o.expected_entry < 1) return fail(Code::invalid_argument, "cache {}: an expected entry of 0 bytes", o.name);
  if (Status ttl = check_time(o.name, "ttl", o.ttl); !ttl) return ttl;
  if (Status idle = check_time(o.name, "idle ttl", o.idle); !idle) return idle;
  const PolicySetting& p = o.policy;
  if (!(p.cold >= 0 && p.cold <= 1) || p.promote > 3 || p.cap < 1 || p.cap > 3 || !(p.ghosts >= 0 && p.ghosts <= 4))
    return with_hint(fail(Code::invalid_argument, "cache {}: a policy setting is out of range", o.name),
                     "cold 0..1, promote 0..3, cap 1..3, ghosts 0..4");
  return Done{};
}

Status check_store(const StoreOptions& o) {
  if (Status named = check_name("store", o.name); !named) return named;
  if (o.size < kMinStoreBytes || o.size > kMaxCacheBytes)
    return fail(Code::invalid_argument, "store {}: size of {} bytes; {} to {} are allowed", o.name, o.size,
                kMinStoreBytes, kMaxCacheBytes);
  if (o.page_size != 0 &&
      (!std::has_single_bit(o.page_size) || o.page_size < kMinPageBytes || o.page_size > kMaxPageBytes))
    return fail(Code::invalid_argument, "store {}: page size of {} bytes; powers of two from {} to {} are allowed",
                o.name, o.page_size, kMinPageBytes, kMaxPageBytes);
  if (o.page_size != 0 && o.size / o.page_size < kMinStorePages)
    return fail(Code::invalid_argument, "store {}: {} bytes hold only {} pages of {} bytes; at least {} are needed",
                o.name, o.size, o.size / o.page_size, o.page_size, kMinStorePages);
  if (o.expected_entry < 1) return fail(Code::invalid_argument, "store {}: an expected entry of 0 bytes", o.name);
  return Done{};
}

Status check_segment(const SegmentOptions& o) {
  if (Status named = check_name("segment", o.name); !named) return named;
  if (o.mode != 0600 && o.mode != 0640 && o.mode != 0660)
    return with_hint(fail(Code::invalid_argument, "segment {}: mode {:04o}", o.name, o.mode),
                     "0600 (the owner), 0640 (the group inspects) or 0660 (the group attaches)");
  if (const auto nodes = os::nodes_of_placement(o.numa); !nodes) return nodes.error();
  if (o.workers < 1 || o.workers > kMaxWorkers)
    return fail(Code::invalid_argument, "segment {}: {} workers; 1 to {} are allowed", o.name, o.workers, kMaxWorkers);
  if (o.threads < o.workers || o.threads > 64 * kMaxWorkers)
    return fail(Code::invalid_argument, "segment {}: {} threads for {} workers; at least one each and at most {}",
                o.name, o.threads, o.workers, 64 * kMaxWorkers);
  const size_t regions = o.caches.size() + o.stores.size();
  if (regions == 0 || regions > kMaxCaches)
    return fail(Code::invalid_argument, "segment {}: {} caches and stores; 1 to {} are allowed", o.name, regions,
                kMaxCaches);
  std::set<std::string_view> names;
  for (const CacheOptions& cache : o.caches) {
    if (Status checked = check_cache(cache); !checked) return checked;
    if (!names.insert(cache.name).second)
      return fail(Code::invalid_argument, "segment {}: two caches are named {}", o.name, cache.name);
  }
  for (const StoreOptions& store : o.stores) {
    if (Status checked = check_store(store); !checked) return checked;
    if (!names.insert(store.name).second)
      return fail(Code::invalid_argument, "segment {}: two caches or stores are named {}", o.name, store.name);
  }
  const bool chosen =
      o.default_store.empty() || std::any_of(o.stores.begin(), o.stores.end(),
                                             [&](const StoreOptions& store) { return store.name == o.default_store; });
  if (!chosen)
    return with_hint(fail(Code::invalid_argument, "segment {}: the default store '{}' is none of its stores", o.name,
                          o.default_store),
                     "name one of them, or none for the first");
  return Done{};
}

}  // namespace larder::cache
