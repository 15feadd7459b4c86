// shared_store.cc – scans, sweeps and what a store says of itself; Segment::store.
//
// Crash         a sweep that dies stops half-way; each record goes whole or stays.
#include "store/shared_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "larder/segment.h"
#include "store/call.h"
#include "store/each_record.h"
#include "store/room.h"

namespace larder {

Result<std::unique_ptr<Store>> Segment::store(std::string_view name) const {
  Result<std::shared_ptr<const cache::Region>> region = cache::open_region(member_, name, cache::RegionKind::store);
  if (!region) return region.error();
  return std::unique_ptr<Store>(std::make_unique<store::SharedStore>(std::move(*region)));
}

}  // namespace larder

namespace larder::store {

namespace {

constexpr uint32_t kBucketsAStep = 4096;  ///< a scan that meets nothing returns now and then all the same

bool begins_with(const std::string& key, std::string_view prefix) { return std::string_view(key).starts_with(prefix); }

/// Erases the record that was met, as often as it takes; one that is expired goes too, uncounted.
StoreStatus erase_met(Call& call, const Region& region, const Met& met, uint64_t& removed) {
  Operation operation(region, call.thread(), met.key);
  for (Look look = met.look.live ? met.look : operation.look(); look; look = operation.look()) {
    const Step step = operation.erase(look);
    if (step == Step::full) return StoreStatus::full;
    if (step != Step::done) continue;
    ++removed;
    break;
  }
  return StoreStatus::ok;
}

ScanItem item_of(const Met& met, uint64_t now) {
  ScanItem item;
  item.key = met.key;
  const bool value = met.look.kind() == Kind::value;
  item.record.kind = value ? RecordKind::value : RecordKind::counter;
  item.record.number = value ? 0 : static_cast<int64_t>(met.look.cell.first);
  item.record.version = value ? met.look.cell.first : 0;
  const uint64_t expiry = Meta::Expiry::get(met.look.cell.second);
  if (expiry != 0) item.record.ttl = milliseconds(expiry > now ? static_cast<int64_t>(expiry - now) : 1);
  return item;
}

}  // namespace

StoreStatus SharedStore::remove_all(std::string_view prefix, uint64_t& removed) {
  removed = 0;
  Call call(*region_, Access::write);
  if (!call) return call.status();
  StoreStatus status = StoreStatus::ok;
  each_record(*region_, [&](const Met& met) {
    if (status == StoreStatus::ok && begins_with(met.key, prefix)) status = erase_met(call, *region_, met, removed);
  });
  call.count(Counter::removes, removed);
  return status;
}

StoreStatus SharedStore::key_delete_prefix(std::string_view prefix, uint64_t& removed) {
  removed = 0;
  return prefix.empty() || prefix.size() > kMaxKeyBytes ? StoreStatus::invalid_key : remove_all(prefix, removed);
}

StoreStatus SharedStore::clear(uint64_t& removed) { return remove_all({}, removed); }

ScanPage SharedStore::scan(std::string_view prefix, uint64_t cursor, size_t limit) {
  ScanPage page;
  Call call(*region_, Access::read);
  if (!call) {
    page.status = call.status();
    return page;
  }
  const uint64_t now = region_->plane.reader.now();
  const uint64_t buckets = region_->plane.index.bucket_count();
  const uint64_t end = std::min<uint64_t>(buckets, cursor + kBucketsAStep);
  for (; cursor < end && page.items.size() < std::max<size_t>(limit, 1); ++cursor) {
    const auto number = static_cast<uint32_t>(cursor);
    each_record(*region_, number, number + 1, [&](const Met& met) {
      if (met.look.kind() == Kind::tombstone || !begins_with(met.key, prefix)) return;
      ScanItem item = item_of(met, now);
      bool whole = met.look.live;
      if (whole && item.record.kind == RecordKind::value) {
        item.record.value.assign(met.look.entry.shape.value_size, 0);
        base::copy_out(item.record.value.data(), met.look.entry.value(), item.record.value.size());
        whole = Operation::still(met.look);
      }
      // What changed or expired meanwhile is looked at as any reader does.
      if (whole || fetch(met.key, item.record) == StoreStatus::ok) page.items.push_back(std::move(item));
    });
  }
  page.cursor = cursor < buckets ? cursor : 0;
  return page;
}

StoreStatus SharedStore::purge(uint64_t& removed) {
  removed = 0;
  Call call(*region_, Access::write);
  if (!call) return call.status();
  removed = expire_due(*region_, call.thread());
  return StoreStatus::ok;
}

std::string_view SharedStore::name() const { return region_->member->tables().directory[region_->number].name; }

size_t SharedStore::max_value(size_t key_bytes) const {
  const size_t room = region_->plane.rings.table().page_bytes() - kRecordStart;
  const size_t largest = room / kRecordAlign * kRecordAlign;
  const size_t used = kBeforeKey + key_bytes;
  return used >= largest ? 0 : largest - used;
}

std::string SharedStore::full_text() {
  struct Share {
    uint64_t records = 0, bytes = 0;
  };
  std::array<Share, 256> shares{};
  uint64_t bytes = 0, records = 0;
  each_record(*region_, [&](const Met& met) {
    if (!met.look.live) return;
    Share& share = shares[static_cast<uint8_t>(met.key.front())];
    ++share.records;
    share.bytes += met.look.entry.shape.total;
    ++records;
    bytes += met.look.entry.shape.total;
  });
  std::array<uint32_t, 256> order{};
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return shares[a].bytes > shares[b].bytes; });
  const page::PageTable& table = region_->plane.rings.table();
  std::string text = fmt::format("store {}: {} of {} bytes hold {} live records", name(), bytes,
                                 uint64_t{table.count()} * table.page_bytes(), records);
  for (size_t i = 0; i < 3 && shares[order[i]].bytes > 0; ++i)
    text += fmt::format("{} {} bytes in {} keys that begin with byte {}", i == 0 ? ":" : ",", shares[order[i]].bytes,
                        shares[order[i]].records, order[i]);
  return text;
}

uint64_t SharedStore::worker_identity() {
  const segment::ThreadState* thread = region_->member->thread();
  return thread == nullptr ? 0 : thread->owner;
}

bool SharedStore::worker_alive(uint64_t identity) { return region_->member->is_alive(identity); }

}  // namespace larder::store
