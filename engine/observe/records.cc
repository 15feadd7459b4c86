// records.cc – the regions of a segment, and every record of a store, without leaving a trace.
//
// A record stays in its slot while it is changed and moved, so a pass over the slots meets each once; a value is good
// if the slot still led to it after it was copied.
#include "base/error.h"
#include "observe/inspector.h"
#include "store/each_record.h"

namespace larder::observe {

namespace {

/// The region as those functions of the store want it that only read.
cache::Region reading_region(const Inspector::Impl& seen, uint32_t number) {
  cache::Region region;
  region.number = number;
  region.header = cache::region_header(seen.tables(), seen.opened.mapping.data(), number);
  region.plane = seen.planes[number];
  return region;
}

/// A met record with its value. False if it is not live, or is not there any more.
bool copy_record(const cache::Region& region, const store::Met& met, ScanItem& item) {
  if (!met.look.live) return false;
  item.key = met.key;
  item.record = {};
  const uint64_t expiry = store::Meta::Expiry::get(met.look.cell.second), now = region.plane.reader.now();
  if (expiry != 0) item.record.ttl = milliseconds(expiry > now ? static_cast<int64_t>(expiry - now) : 1);
  if (met.look.kind() == store::Kind::counter) {
    item.record.kind = RecordKind::counter;
    item.record.number = static_cast<int64_t>(met.look.cell.first);
    return true;
  }
  item.record.version = met.look.cell.first;
  item.record.value.resize(met.look.entry.shape.value_size);
  base::copy_out(item.record.value.data(), met.look.entry.value(), item.record.value.size());
  return store::Operation::still(met.look);
}

constexpr int kTries = 64;  ///< a value that changes faster than it can be copied is left out

/// The key's record as it is now, for one that changed while it was copied.
bool copy_again(const cache::Region& region, const std::string& key, ScanItem& item) {
  cache::Sought sought(region.plane, key);
  for (int look = 0; look < kTries; ++look) {
    store::Met met;
    met.key = key;
    met.look.found = region.plane.index.find(sought.probe, sought.by_key(region.plane));
    if (!met.look.found) return false;
    met.look.entry = sought.entry;
    if (!store::is_record(met.look.entry.words, met.look.entry.header)) continue;
    met.look.cell = store::cell_of(met.look.entry.words).load();
    if (!store::Operation::still(met.look)) continue;
    met.look.live = store::is_live(met.look.cell.second, region.plane.reader.now());
    if (!met.look.live) return false;
    if (copy_record(region, met, item)) return true;
  }
  return false;
}

}  // namespace

std::vector<RegionName> list_regions(const Inspector& inspector) {
  const Inspector::Impl& seen = inspector.impl();
  std::vector<RegionName> regions;
  for (uint32_t number = 0; number < seen.tables().directory.size(); ++number)
    regions.push_back({seen.cache_name(number), seen.header(number).shape.kind == cache::RegionKind::store});
  return regions;
}

Status list_records(const Inspector& inspector, std::string_view store, std::string_view prefix,
                    const std::function<bool(const ScanItem&)>& visit) {
  const Inspector::Impl& seen = inspector.impl();
  const Result<uint32_t> number = seen.find_cache(store);
  if (!number) return number.error();
  if (seen.header(*number).shape.kind != cache::RegionKind::store)
    return base::fail(Code::not_found, "{} is a cache, not a store", store);
  const cache::Region region = reading_region(seen, *number);
  bool more = true;
  ScanItem item;
  for (uint32_t bucket = 0; bucket < region.plane.index.bucket_count() && more; ++bucket) {
    store::each_record(region, bucket, bucket + 1, [&](const store::Met& met) {
      if (!more || !met.key.starts_with(prefix) || !met.look.live) return;
      if (copy_record(region, met, item) || copy_again(region, met.key, item)) more = visit(item);
    });
  }
  return Done{};
}

}  // namespace larder::observe
