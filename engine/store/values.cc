// values.cc – the operations on values: set, get, add, take, swap, removal.
//
// Crash         see record.h.
#include "base/copy.h"
#include "store/call.h"
#include "store/shared_store.h"

namespace larder::store {

namespace {

bool fits(const Region& region, std::string_view key, size_t value) {
  const uint32_t page = region.plane.rings.table().page_bytes();
  return value < page && record_bytes(key.size(), value) + kRecordStart <= page;
}

StoreStatus full(Call& call) {
  call.count(Counter::no_room);
  return StoreStatus::full;
}

StoreStatus too_large(Call& call) {
  call.count(Counter::too_large);
  return StoreStatus::too_large;
}

void count_put(Call& call, std::string_view key, std::string_view value) {
  call.count(Counter::puts);
  call.count(Counter::put_bytes, key.size() + value.size());
}

/// The value bytes of what was seen. False if it changed meanwhile.
bool copy_value(const Look& look, std::string& out) {
  out.resize(look.entry.shape.value_size);
  base::copy_out(out.data(), look.entry.value(), out.size());
  return Operation::still(look);
}

std::optional<milliseconds> time_left(const Operation& operation, uint64_t meta) {
  const uint64_t expiry = Meta::Expiry::get(meta), now = operation.now();
  if (expiry == 0) return std::nullopt;
  return milliseconds(expiry > now ? static_cast<int64_t>(expiry - now) : 1);
}

/// Erases what `pick` accepts. ok, or the status of what is there instead.
template <class Pick>
StoreStatus erase_if(Call& call, const Pick& pick) {
  for (;;) {
    const Look look = call->look();
    if (!look) return call.absent();
    if (const StoreStatus status = pick(look); status != StoreStatus::ok) {
      if (Operation::still(look)) return status;
      continue;
    }
    const Step step = call->erase(look);
    if (step == Step::full) return full(call);
    if (step != Step::done) continue;
    call.count(Counter::removes);
    return StoreStatus::ok;
  }
}

}  // namespace

VersionAnswer SharedStore::key_set(std::string_view key, std::string_view value, Ttl ttl) {
  Call call(*region_, key, Access::write);
  if (!call) return {call.status(), 0};
  Draft draft{Kind::value, value, 0, 0};
  if (!call.expiry_for(ttl, draft.expiry)) return {StoreStatus::invalid_ttl, 0};
  if (!fits(*region_, key, value.size())) return {too_large(call), 0};
  uint64_t version = 0;
  if (call->create(draft, false, &version) == Step::full) return {full(call), 0};
  count_put(call, key, value);
  return {StoreStatus::ok, version};
}

VersionAnswer SharedStore::add(std::string_view key, std::string_view value, Ttl ttl) {
  Call call(*region_, key, Access::write);
  if (!call) return {call.status(), 0};
  Draft draft{Kind::value, value, 0, 0};
  if (!call.expiry_for(ttl, draft.expiry)) return {StoreStatus::invalid_ttl, 0};
  if (!fits(*region_, key, value.size())) return {too_large(call), 0};
  for (;;) {
    if (const Look look = call->look()) return {StoreStatus::exists, look.kind() == Kind::value ? look.cell.first : 0};
    uint64_t version = 0;
    const Step step = call->create(draft, true, &version);
    if (step == Step::full) return {full(call), 0};
    if (step != Step::done) continue;
    count_put(call, key, value);
    return {StoreStatus::ok, version};
  }
}

StoreStatus SharedStore::key_get(std::string_view key, std::string& out) {
  Call call(*region_, key, Access::read);
  if (!call) return call.status();
  static thread_local std::string scratch;  // so that `out` changes only when the copy is known to be good
  for (;;) {
    const Look look = call->look();
    if (!look) {
      call.count(Counter::misses);
      return call.absent();
    }
    if (look.kind() != Kind::value) return StoreStatus::wrong_type;
    if (!copy_value(look, scratch)) continue;
    out.swap(scratch);
    call.count(Counter::hits);
    return StoreStatus::ok;
  }
}

StoreStatus SharedStore::fetch(std::string_view key, Record& out) {
  Call call(*region_, key, Access::read);
  if (!call) return call.status();
  Record record;
  for (;;) {
    const Look look = call->look();
    if (!look) {
      call.count(Counter::misses);
      return call.absent();
    }
    if (look.kind() == Kind::value && !copy_value(look, record.value)) continue;
    record.kind = look.kind() == Kind::value ? RecordKind::value : RecordKind::counter;
    record.number = look.kind() == Kind::counter ? static_cast<int64_t>(look.cell.first) : 0;
    record.version = look.kind() == Kind::value ? look.cell.first : 0;
    record.ttl = time_left(*call.operator->(), look.cell.second);
    out = std::move(record);
    call.count(Counter::hits);
    return StoreStatus::ok;
  }
}

StoreStatus SharedStore::key_exists(std::string_view key) {
  Call call(*region_, key, Access::read);
  if (!call) return call.status();
  return call->look() ? StoreStatus::ok : call.absent();
}

StoreStatus SharedStore::key_delete(std::string_view key) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  return erase_if(call, [](const Look&) { return StoreStatus::ok; });
}

StoreStatus SharedStore::take(std::string_view key, std::string& out) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  std::string value;
  const StoreStatus taken = erase_if(call, [&](const Look& look) {
    if (look.kind() != Kind::value) return StoreStatus::wrong_type;
    return copy_value(look, value) ? StoreStatus::ok : StoreStatus::changed;
  });
  if (taken == StoreStatus::ok) out.swap(value);
  return taken;
}

VersionAnswer SharedStore::swap(std::string_view key, uint64_t version, std::string_view value, Ttl ttl) {
  if (version == 0) {
    const VersionAnswer added = add(key, value, ttl);
    if (added.status != StoreStatus::exists) return added;
    return {added.version == 0 ? StoreStatus::wrong_type : StoreStatus::changed, added.version};
  }
  Call call(*region_, key, Access::write);
  if (!call) return {call.status(), 0};
  Draft draft{Kind::value, value, 0, 0};
  if (!call.expiry_for(ttl, draft.expiry)) return {StoreStatus::invalid_ttl, 0};
  if (!fits(*region_, key, value.size())) return {too_large(call), 0};
  for (;;) {
    const Look look = call->look();
    if (!look) return {call.absent(), 0};
    if (look.kind() != Kind::value) return {StoreStatus::wrong_type, 0};
    if (look.cell.first != version) return {StoreStatus::changed, look.cell.first};
    uint64_t given = 0;
    const Step step = call->replace(look, draft, &given);
    if (step == Step::full) return {full(call), 0};
    if (step != Step::done) continue;
    count_put(call, key, value);
    return {StoreStatus::ok, given};
  }
}

StoreStatus SharedStore::remove_version(std::string_view key, uint64_t version) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  return erase_if(call, [&](const Look& look) {
    if (look.kind() != Kind::value) return StoreStatus::wrong_type;
    return look.cell.first == version ? StoreStatus::ok : StoreStatus::changed;
  });
}

}  // namespace larder::store
