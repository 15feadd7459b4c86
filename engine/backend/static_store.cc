// static_store.cc – reads of the current list, and its exchange; see static_store.h.
#include "backend/static_store.h"

#include "backend/checks.h"

namespace larder::backend {
namespace {

constexpr StoreStatus kRefused = StoreStatus::not_supported;  // the answer to every write

}  // namespace

Result<std::unique_ptr<StaticStore>> StaticStore::open(std::string name, Source source) {
  auto list = source();
  if (!list) return list.error();
  return std::make_unique<StaticStore>(std::move(name), std::move(source), std::move(*list));
}

StaticStore::StaticStore(std::string name, Source source, StaticList list)
    : name_(std::move(name)),
      source_(std::move(source)),
      current_(std::make_shared<const Numbered>(Numbered{std::move(list), 1})) {}

StaticStore::Current StaticStore::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Status StaticStore::reload() {
  const std::lock_guard turn(reloading_);
  auto list = source_();
  if (!list) return list.error();
  auto next = std::make_shared<const Numbered>(Numbered{std::move(*list), generation() + 1});
  const std::lock_guard lock(mutex_);
  current_.swap(next);
  return Done{};
}

std::optional<StaticValue> StaticStore::typed_get(std::string_view key) const {
  const Current now = current();
  const StaticValue* value = now->list.find(key);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

Record StaticStore::record_of(const StaticValue& value, uint64_t generation) {
  return {RecordKind::value, value.text, value.integer, generation, std::nullopt};
}

StoreStatus StaticStore::fetch(std::string_view key, Record& out) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  const Current now = current();
  const StaticValue* value = now->list.find(key);
  if (value == nullptr) return StoreStatus::absent;
  out = record_of(*value, now->generation);
  return StoreStatus::ok;
}

StoreStatus StaticStore::key_get(std::string_view key, std::string& out) {
  Record record;
  const StoreStatus status = fetch(key, record);
  if (status == StoreStatus::ok) out = std::move(record.value);
  return status;
}

StoreStatus StaticStore::key_exists(std::string_view key) {
  Record record;
  return fetch(key, record);
}

CounterAnswer StaticStore::counter_get(std::string_view key) {
  if (!is_key(key)) return {StoreStatus::invalid_key, 0};
  const Current now = current();
  const StaticValue* value = now->list.find(key);
  if (value == nullptr) return {StoreStatus::absent, 0};
  if (value->type != StaticValue::Type::integer) return {StoreStatus::wrong_type, 0};
  return {StoreStatus::ok, value->integer};
}

TtlAnswer StaticStore::ttl(std::string_view key) { return {key_exists(key), std::nullopt}; }

ScanPage StaticStore::scan(std::string_view prefix, uint64_t cursor, size_t limit) {
  ScanPage page;
  const Current now = current();
  const StaticList::Exact& entries = now->list.exact();
  uint64_t last_order = 0;
  size_t visits = 0;
  for (auto entry = entries.lower_bound(PlaceView{cursor, {}}); entry != entries.end(); ++entry, ++visits) {
    const auto& [place, value] = *entry;
    const bool enough = page.items.size() >= limit || visits >= kVisits;
    if (enough && visits > 0 && place.order != last_order) {
      page.cursor = place.order;
      break;
    }
    last_order = place.order;
    if (!std::string_view(place.key).starts_with(prefix)) continue;
    page.items.push_back({place.key, record_of(value, now->generation)});
  }
  return page;
}

StoreStatus StaticStore::purge(uint64_t& removed) {
  removed = 0;
  return StoreStatus::ok;
}

VersionAnswer StaticStore::key_set(std::string_view, std::string_view, Ttl) { return {kRefused, 0}; }
StoreStatus StaticStore::key_delete(std::string_view) { return kRefused; }
StoreStatus StaticStore::key_delete_prefix(std::string_view, uint64_t& removed) {
  removed = 0;
  return kRefused;
}
StoreStatus StaticStore::clear(uint64_t& removed) {
  removed = 0;
  return kRefused;
}
VersionAnswer StaticStore::add(std::string_view, std::string_view, Ttl) { return {kRefused, 0}; }
StoreStatus StaticStore::take(std::string_view, std::string&) { return kRefused; }
VersionAnswer StaticStore::swap(std::string_view, uint64_t, std::string_view, Ttl) { return {kRefused, 0}; }
StoreStatus StaticStore::remove_version(std::string_view, uint64_t) { return kRefused; }
StoreStatus StaticStore::touch_version(std::string_view, uint64_t, Ttl) { return kRefused; }
CounterAnswer StaticStore::counter_incr(std::string_view, int64_t, Ttl, CounterTtl) { return {kRefused, 0}; }
StoreStatus StaticStore::counter_delete(std::string_view) { return kRefused; }
StoreStatus StaticStore::persist(std::string_view) { return kRefused; }
StoreStatus StaticStore::touch(std::string_view, milliseconds) { return kRefused; }

}  // namespace larder::backend
