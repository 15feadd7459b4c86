// counters.cc – counters, and the operations on times to live.
//
// Crash         see record.h.
#include "store/call.h"
#include "store/shared_store.h"

namespace larder::store {

namespace {

/// Gives a live record that `pick` accepts another expiry. `pick` is asked for the cell that is then changed.
template <class Pick>
StoreStatus give_expiry(Call& call, uint64_t expiry, const Pick& pick) {
  for (;;) {
    const Look look = call->look();
    if (!look) return call.absent();
    StoreStatus picked = StoreStatus::ok;
    const Step step = call->change(look, [&](base::Pair seen, base::Pair& next) {
      picked = pick(seen);
      next.second = Meta::Expiry::set(next.second, expiry);
      return picked == StoreStatus::ok;
    });
    if (step == Step::again) continue;
    if (step == Step::full) {
      call.count(Counter::no_room);
      return StoreStatus::full;
    }
    if (step == Step::done) call.count(Counter::touches);
    return picked;
  }
}

StoreStatus any_kind(base::Pair) { return StoreStatus::ok; }

}  // namespace

CounterAnswer SharedStore::counter_incr(std::string_view key, int64_t delta, Ttl ttl, CounterTtl when) {
  Call call(*region_, key, Access::write);
  if (!call) return {call.status(), 0};
  uint64_t expiry = 0;
  if (!call.expiry_for(ttl, expiry)) return {StoreStatus::invalid_ttl, 0};
  for (;;) {
    const Look look = call->look();
    if (!look) {
      const Step step = call->create({Kind::counter, {}, static_cast<uint64_t>(delta), expiry}, true, nullptr);
      if (step == Step::full) {
        call.count(Counter::no_room);
        return {StoreStatus::full, 0};
      }
      if (step != Step::done) continue;
      call.count(Counter::increments);
      return {StoreStatus::ok, delta};
    }
    CounterAnswer answer{StoreStatus::ok, 0};
    const Step step = call->change(look, [&](base::Pair seen, base::Pair& next) {
      if (kind_of(seen.second) != Kind::counter) {
        answer.status = StoreStatus::wrong_type;
        return false;
      }
      if (__builtin_add_overflow(static_cast<int64_t>(seen.first), delta, &answer.value)) {
        answer = {StoreStatus::overflow, 0};
        return false;
      }
      answer.status = StoreStatus::ok;
      next.first = static_cast<uint64_t>(answer.value);
      if (ttl && when == CounterTtl::always) next.second = Meta::Expiry::set(next.second, expiry);
      return true;
    });
    if (step == Step::again) continue;
    if (step == Step::full) {
      call.count(Counter::no_room);
      return {StoreStatus::full, 0};
    }
    if (step == Step::done) call.count(Counter::increments);
    return answer;
  }
}

CounterAnswer SharedStore::counter_get(std::string_view key) {
  Call call(*region_, key, Access::read);
  if (!call) return {call.status(), 0};
  const Look look = call->look();
  call.count(look ? Counter::hits : Counter::misses);
  if (!look) return {call.absent(), 0};
  if (look.kind() != Kind::counter) return {StoreStatus::wrong_type, 0};
  return {StoreStatus::ok, static_cast<int64_t>(look.cell.first)};
}

StoreStatus SharedStore::counter_delete(std::string_view key) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  for (;;) {
    const Look look = call->look();
    if (!look) return call.absent();
    if (look.kind() != Kind::counter) return StoreStatus::wrong_type;
    const Step step = call->erase(look);
    if (step == Step::full) {
      call.count(Counter::no_room);
      return StoreStatus::full;
    }
    if (step != Step::done) continue;
    call.count(Counter::removes);
    return StoreStatus::ok;
  }
}

TtlAnswer SharedStore::ttl(std::string_view key) {
  Call call(*region_, key, Access::read);
  if (!call) return {call.status(), {}};
  const Look look = call->look();
  if (!look) return {call.absent(), {}};
  const uint64_t expiry = Meta::Expiry::get(look.cell.second), now = call->now();
  if (expiry == 0) return {StoreStatus::ok, {}};
  return {StoreStatus::ok, milliseconds(expiry > now ? static_cast<int64_t>(expiry - now) : 1)};
}

StoreStatus SharedStore::persist(std::string_view key) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  return give_expiry(call, 0, any_kind);
}

StoreStatus SharedStore::touch(std::string_view key, milliseconds ttl) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  uint64_t expiry = 0;
  if (!call.expiry_for(ttl, expiry)) return StoreStatus::invalid_ttl;
  return give_expiry(call, expiry, any_kind);
}

StoreStatus SharedStore::touch_version(std::string_view key, uint64_t version, Ttl ttl) {
  Call call(*region_, key, Access::write);
  if (!call) return call.status();
  uint64_t expiry = 0;
  if (!call.expiry_for(ttl, expiry)) return StoreStatus::invalid_ttl;
  return give_expiry(call, expiry, [&](base::Pair seen) {
    if (kind_of(seen.second) != Kind::value) return StoreStatus::wrong_type;
    return seen.first == version ? StoreStatus::ok : StoreStatus::changed;
  });
}

}  // namespace larder::store
