// token_revision.cc – see larder/mail/token_revision.h.
#include "larder/mail/token_revision.h"

namespace larder::mail {
namespace {

Key key_of(uint32_t principal) {
  Key key(Prefix::token_revision);
  key.u32(principal);
  return key;
}

}  // namespace

CounterAnswer TokenRevisions::revision(uint32_t principal) {
  const CounterAnswer found = store_.counter_get(key_of(principal));
  if (found.status == StoreStatus::absent) return {StoreStatus::ok, 0};
  return found;
}

StoreStatus TokenRevisions::changed(std::span<const uint32_t> principals) {
  const milliseconds ttl = find_prefix("TOKEN_REVISION")->ttl;
  for (const uint32_t principal : principals) {
    const CounterAnswer bumped = store_.counter_incr(key_of(principal), 1, ttl, CounterTtl::always);
    if (!bumped) return bumped.status;
  }
  return StoreStatus::ok;
}

CurrentAnswer TokenRevisions::is_current(uint32_t principal, int64_t revision_of_token) {
  const CounterAnswer now = revision(principal);
  return {now.status, now.status == StoreStatus::ok && now.value == revision_of_token};
}

}  // namespace larder::mail
