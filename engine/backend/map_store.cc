// map_store.cc – values, conditional writes, and the room they take; see map_store.h.
#include "backend/map_store.h"

#include "backend/checks.h"
#include "base/clock.h"

namespace larder::backend {
namespace {

uint64_t cost(std::string_view key, std::string_view value) {
  return MapStore::kRecordBytes + key.size() + value.size();
}

}  // namespace

MapStore::MapStore(MapStoreOptions options) : options_(std::move(options)) {
  if (!options_.clock) options_.clock = base::now_ms;
}

MapStore::Node MapStore::live(std::string_view key, int64_t now) {
  const Node node = records_.find(place_of(key));
  if (node == records_.end() || node->second.expiry > now) return node;
  erase(node);
  return records_.end();
}

std::pair<MapStore::Node, StoreStatus> MapStore::live_version(std::string_view key, uint64_t version, int64_t now) {
  const Node node = live(key, now);
  if (node == records_.end()) return {node, StoreStatus::absent};
  if (node->second.kind != RecordKind::value) return {records_.end(), StoreStatus::wrong_type};
  if (node->second.version != version) return {records_.end(), StoreStatus::changed};
  return {node, StoreStatus::ok};
}

void MapStore::set_expiry(Node node, int64_t expiry) {
  Entry& entry = node->second;
  if (entry.expiry != kNever) expiries_.erase({entry.expiry, &node->first});
  entry.expiry = expiry;
  if (expiry != kNever) expiries_.emplace(expiry, &node->first);
}

void MapStore::erase(Node node) {
  set_expiry(node, kNever);
  used_ -= cost(node->first.key, node->second.value);
  records_.erase(node);
}

uint64_t MapStore::reclaim(int64_t now, size_t limit) {
  uint64_t count = 0;
  while (count < limit && !expiries_.empty() && expiries_.begin()->first <= now) {
    erase(records_.find(*expiries_.begin()->second));
    ++count;
  }
  return count;
}

bool MapStore::make_room(uint64_t more, int64_t now) {
  if (!options_.bytes || more == 0 || used_ + more <= *options_.bytes) return true;
  reclaim(now, SIZE_MAX);
  return used_ + more <= *options_.bytes;
}

StoreStatus MapStore::check(std::string_view key, std::string_view value, Ttl ttl) const {
  if (const StoreStatus status = check_key_and_ttl(key, ttl); status != StoreStatus::ok) return status;
  return value.size() <= options_.max_value ? StoreStatus::ok : StoreStatus::too_large;
}

VersionAnswer MapStore::put(Node node, std::string_view key, std::string_view value, Ttl ttl, int64_t now) {
  const uint64_t before = node == records_.end() ? 0 : cost(key, node->second.value);
  const uint64_t after = cost(key, value);
  if (!make_room(after > before ? after - before : 0, now)) return {StoreStatus::full, 0};
  if (node == records_.end()) node = records_.emplace(Place{order_of(key), std::string(key)}, Entry{}).first;
  used_ = used_ - before + after;
  Entry& entry = node->second;
  entry.kind = RecordKind::value;
  entry.value.assign(value);
  entry.number = 0;
  entry.version = ++last_version_;
  set_expiry(node, ttl ? now + ttl->count() : kNever);
  reclaim(now, kReclaimedByAWrite);
  return {StoreStatus::ok, entry.version};
}

VersionAnswer MapStore::key_set(std::string_view key, std::string_view value, Ttl ttl) {
  if (const StoreStatus status = check(key, value, ttl); status != StoreStatus::ok) return {status, 0};
  const Turn turn(*this);
  return put(live(key, turn.now), key, value, ttl, turn.now);
}

StoreStatus MapStore::key_get(std::string_view key, std::string& out) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  if (node->second.kind != RecordKind::value) return StoreStatus::wrong_type;
  out = node->second.value;
  return StoreStatus::ok;
}

StoreStatus MapStore::key_exists(std::string_view key) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  return live(key, turn.now) == records_.end() ? StoreStatus::absent : StoreStatus::ok;
}

StoreStatus MapStore::key_delete(std::string_view key) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  erase(node);
  return StoreStatus::ok;
}

VersionAnswer MapStore::add(std::string_view key, std::string_view value, Ttl ttl) {
  if (const StoreStatus status = check(key, value, ttl); status != StoreStatus::ok) return {status, 0};
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node != records_.end()) return {StoreStatus::exists, node->second.version};
  return put(node, key, value, ttl, turn.now);
}

StoreStatus MapStore::take(std::string_view key, std::string& out) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) return StoreStatus::absent;
  if (node->second.kind != RecordKind::value) return StoreStatus::wrong_type;
  out = node->second.value;
  erase(node);
  return StoreStatus::ok;
}

VersionAnswer MapStore::swap(std::string_view key, uint64_t version, std::string_view value, Ttl ttl) {
  if (const StoreStatus status = check(key, value, ttl); status != StoreStatus::ok) return {status, 0};
  const Turn turn(*this);
  const Node node = live(key, turn.now);
  if (node == records_.end()) {
    return version == 0 ? put(node, key, value, ttl, turn.now) : VersionAnswer{StoreStatus::absent, 0};
  }
  if (node->second.kind != RecordKind::value) return {StoreStatus::wrong_type, 0};
  if (node->second.version != version) return {StoreStatus::changed, node->second.version};
  return put(node, key, value, ttl, turn.now);
}

StoreStatus MapStore::remove_version(std::string_view key, uint64_t version) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Turn turn(*this);
  const auto [node, status] = live_version(key, version, turn.now);
  if (status == StoreStatus::ok) erase(node);
  return status;
}

StoreStatus MapStore::touch_version(std::string_view key, uint64_t version, Ttl ttl) {
  if (const StoreStatus status = check_key_and_ttl(key, ttl); status != StoreStatus::ok) return status;
  const Turn turn(*this);
  const auto [node, status] = live_version(key, version, turn.now);
  if (status == StoreStatus::ok) set_expiry(node, ttl ? turn.now + ttl->count() : kNever);
  return status;
}

}  // namespace larder::backend
