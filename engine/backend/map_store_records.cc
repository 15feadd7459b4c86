// map_store_records.cc – counters, times to live, and what goes over many records; see map_store.h.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "backend/checks.h"
#include "backend/map_store.h"

namespace larder::backend {
namespace {

constexpr size_t kNamedHolders = 3;           // groups of keys that full_text names
constexpr unsigned char kFirstTextByte = 32;  // below it, the first byte of a key is the number of a prefix

std::string group_of(std::string_view key) {
  const auto first = static_cast<unsigned char>(key.front());
  return first < kFirstTextByte ? fmt::format("prefix {}", first) : "text keys";
}

}  // namespace

Record MapStore::record_of(const Entry& entry, int64_t now) {
  Record record{entry.kind, entry.value, entry.number, entry.version, std::nullopt};
  if (entry.expiry != kNever) record.ttl = milliseconds(entry.expiry - now);
  return record;
}

StoreStatus MapStore::fetch(std::string_view key, Record& out) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  out = record_of(node->second, turn.now);
  return StoreStatus::ok;
}

CounterAnswer MapStore::counter_incr(std::string_view key, int64_t delta, Ttl ttl, CounterTtl when) {
  if (const StoreStatus status = check_key_and_ttl(key, ttl); status != StoreStatus::ok) return {status, 0};
  const Turn turn(*this);
  Node node = live(key, turn.now);
  const bool create = node == records_.end();
  if (create) {
    if (!make_room(kRecordBytes + key.size(), turn.now)) return {StoreStatus::full, 0};
    node = records_.emplace(Place{order_of(key), std::string(key)}, Entry{}).first;
    node->second.kind = RecordKind::counter;
    used_ += kRecordBytes + key.size();
  } else if (node->second.kind != RecordKind::counter) {
    return {StoreStatus::wrong_type, 0};
  }
  int64_t sum = 0;
  if (__builtin_add_overflow(node->second.number, delta, &sum)) return {StoreStatus::overflow, 0};
  node->second.number = sum;
  if (ttl && (create || when == CounterTtl::always)) set_expiry(node, turn.now + ttl->count());
  reclaim(turn.now, kReclaimedByAWrite);
  return {StoreStatus::ok, sum};
}

CounterAnswer MapStore::counter_get(std::string_view key) {
  if (!is_key(key)) return {StoreStatus::invalid_key, 0};
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return {StoreStatus::absent, 0};
  if (node->second.kind != RecordKind::counter) return {StoreStatus::wrong_type, 0};
  return {StoreStatus::ok, node->second.number};
}

StoreStatus MapStore::counter_delete(std::string_view key) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  if (node->second.kind != RecordKind::counter) return StoreStatus::wrong_type;
  erase(node);
  return StoreStatus::ok;
}

TtlAnswer MapStore::ttl(std::string_view key) {
  Record record;
  const StoreStatus status = fetch(key, record);
  return {status, record.ttl};
}

StoreStatus MapStore::persist(std::string_view key) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  set_expiry(node, kNever);
  return StoreStatus::ok;
}

StoreStatus MapStore::touch(std::string_view key, milliseconds ttl) {
  if (const StoreStatus status = check_key_and_ttl(key, ttl); status != StoreStatus::ok) return status;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  set_expiry(node, turn.now + ttl.count());
  return StoreStatus::ok;
}

StoreStatus MapStore::key_delete_prefix(std::string_view prefix, uint64_t& removed) {
  removed = 0;
  if (!is_key(prefix)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  removed = erase_prefix(prefix, turn.now);
  return StoreStatus::ok;
}

StoreStatus MapStore::clear(uint64_t& removed) {
  const Turn turn(*this);
  removed = erase_prefix("", turn.now);
  return StoreStatus::ok;
}

uint64_t MapStore::erase_prefix(std::string_view prefix, int64_t now) {
  uint64_t removed = 0;
  for (Node node = records_.begin(); node != records_.end();) {
    const Node here = node++;
    if (!std::string_view(here->first.key).starts_with(prefix)) continue;
    if (here->second.expiry > now) ++removed;
    erase(here);
  }
  return removed;
}

ScanPage MapStore::scan(std::string_view prefix, uint64_t cursor, size_t limit) {
  ScanPage page;
  const Turn turn(*this);
  Node node = records_.lower_bound(PlaceView{cursor, {}});
  uint64_t last_order = 0;
  for (size_t visits = 0; node != records_.end(); ++node, ++visits) {
    const auto& [place, entry] = *node;
    const bool enough = page.items.size() >= limit || visits >= kVisits;
    if (enough && visits > 0 && place.order != last_order) {
      page.cursor = place.order;
      return page;
    }
    last_order = place.order;
    if (entry.expiry <= turn.now || !std::string_view(place.key).starts_with(prefix)) continue;
    page.items.push_back({place.key, record_of(entry, turn.now)});
  }
  return page;
}

StoreStatus MapStore::purge(uint64_t& removed) {
  const Turn turn(*this);
  removed = reclaim(turn.now, SIZE_MAX);
  return StoreStatus::ok;
}

uint64_t MapStore::used() {
  const Turn turn(*this);
  return used_;
}

std::string MapStore::full_text() {
  if (!options_.bytes) return {};
  const Turn turn(*this);
  std::map<std::string, uint64_t> by_group;
  for (const auto& [place, entry] : records_) {
    by_group[group_of(place.key)] += kRecordBytes + place.key.size() + entry.value.size();
  }
  std::vector<std::pair<uint64_t, std::string>> holders;
  holders.reserve(by_group.size());
  for (const auto& [group, bytes] : by_group) holders.emplace_back(bytes, group);
  std::sort(holders.rbegin(), holders.rend());
  if (holders.size() > kNamedHolders) holders.resize(kNamedHolders);
  std::string text = fmt::format("store \"{}\" holds {} of {} bytes in {} records", options_.name, used_,
                                 *options_.bytes, records_.size());
  for (size_t i = 0; i < holders.size(); ++i) {
    text += fmt::format("{}{} ({})", i == 0 ? ", most of it in " : ", ", holders[i].second, holders[i].first);
  }
  return text;
}

}  // namespace larder::backend
