// quota_blob.cc – see larder/mail/quota_blob.h.
#include "larder/mail/quota_blob.h"

#include <algorithm>

#include "base/bit_field.h"
#include "mail/window.h"

namespace larder::mail {
namespace {

using Bytes = base::Field<0, 44>;
using Uploads = base::Field<44, 20>;
static_assert((Bytes::kMask | Uploads::kMask) == ~uint64_t{0});
static_assert(BlobQuotas::kMostBytes * 64 <= Bytes::kMax + 1 && BlobQuotas::kMostUploads < Uploads::kMax / 2 + 1);

BlobUsage unpack(int64_t value) {
  const auto word = static_cast<uint64_t>(value);
  return {Uploads::get(word), Bytes::get(word)};
}

int64_t pack(const BlobUsage& usage) {
  return static_cast<int64_t>(Uploads::make(usage.uploads) | Bytes::make(usage.bytes));
}

bool within(const BlobUsage& usage, const BlobQuota& quota) {
  return usage.uploads <= std::min(quota.uploads, BlobQuotas::kMostUploads) &&
         usage.bytes <= std::min(quota.bytes, BlobQuotas::kMostBytes);
}

Key key_of(uint32_t account, const Window& window) {
  Key key(Prefix::quota_blob);
  return key.u32(account).u64(window.number);
}

}  // namespace

BlobAnswer BlobQuotas::upload(uint32_t account, uint64_t bytes) {
  const Window window(quota_.window, clock_());
  if (!within({1, bytes}, quota_)) {
    BlobAnswer answer = usage(account);
    answer.allowed = false;
    return answer;
  }
  const Key key = key_of(account, window);
  const int64_t delta = pack({1, bytes});
  const CounterAnswer sum = store_.counter_incr(key, delta, window.ttl(), CounterTtl::on_create);
  if (!sum) return {sum.status, false, {}, window.reset()};
  const BlobUsage with_it = unpack(sum.value);
  if (within(with_it, quota_)) return {StoreStatus::ok, true, with_it, window.reset()};
  const CounterAnswer back = store_.counter_incr(key, -delta, window.ttl(), CounterTtl::on_create);
  return {back.status, false, unpack(back.value), window.reset()};
}

BlobAnswer BlobQuotas::usage(uint32_t account) {
  const Window window(quota_.window, clock_());
  const CounterAnswer sum = store_.counter_get(key_of(account, window));
  if (!sum && sum.status != StoreStatus::absent) return {sum.status, false, {}, window.reset()};
  const BlobUsage used = unpack(sum.value);
  return {StoreStatus::ok, within({used.uploads + 1, used.bytes + 1}, quota_), used, window.reset()};
}

}  // namespace larder::mail
