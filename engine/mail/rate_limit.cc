// rate_limit.cc – windows, and what their counters allow; see larder/mail/rate_limit.h.
#include "larder/mail/rate_limit.h"

#include <algorithm>

#include "mail/blake3.h"
#include "mail/bytes.h"
#include "mail/window.h"

namespace larder::mail {
namespace {

constexpr uint64_t kSecond = Window::kSecond;
constexpr size_t kWindowBytes = 8;
using Wide = unsigned __int128;

Key key_of(Prefix prefix, const Subject& subject, uint64_t window) {
  Key key(prefix);
  subject.append_to(key);
  key.u64(window);
  return key;
}

uint64_t at_least_zero(int64_t count) { return count > 0 ? static_cast<uint64_t>(count) : 0; }

RateAnswer failed(StoreStatus status, Prefix prefix, const Rate& rate, const Window& window) {
  const PrefixRow* row = find_prefix(static_cast<uint8_t>(prefix));
  return {status, row != nullptr && row->on_error == OnError::open, rate.count, 0, window.reset()};
}

RateAnswer fixed_answer(uint64_t count, const Rate& rate, const Window& window) {
  return {StoreStatus::ok, count <= rate.count, rate.count, rate.count - std::min(count, rate.count), window.reset()};
}

/// The last window's calls and this one's.
struct Counts {
  uint64_t last = 0;
  uint64_t present = 0;

  /// The last window's share, rounded up.
  uint64_t weighted(const Window& window) const {
    const Wide product = Wide{last} * (window.period - window.elapsed) + window.period - 1;
    return static_cast<uint64_t>(product / window.period);
  }
  bool allows(uint64_t more, const Rate& rate, const Window& window) const {
    return Wide{present} + weighted(window) + more <= rate.count;
  }
  /// Seconds until one more call would be allowed, if none comes in between; 0 = now.
  uint64_t wait(const Rate& rate, const Window& window) const {
    if (rate.count == 0 || allows(1, rate, window)) return rate.count == 0 ? window.reset() : 0;
    const uint64_t left = window.period - window.elapsed;
    const bool this_window = present < rate.count;
    // The counter whose weight must shrink, and how much of it may stay.
    const uint64_t shrinking = this_window ? last : present;
    const uint64_t may_stay = this_window ? rate.count - present - 1 : rate.count - 1;
    const auto share = static_cast<uint64_t>(std::min<Wide>(Wide{may_stay} * window.period / shrinking, window.period));
    const uint64_t time = this_window ? left - std::min(left, share) : left + window.period - share;
    return std::max<uint64_t>((time + kSecond - 1) / kSecond, 1);
  }
};

RateAnswer sliding_answer(bool allowed, const Counts& after, const Rate& rate, const Window& window) {
  const Wide used = Wide{after.present} + after.weighted(window);
  const uint64_t remaining = used >= rate.count ? 0 : rate.count - static_cast<uint64_t>(used);
  return {StoreStatus::ok, allowed, rate.count, remaining, after.wait(rate, window)};
}

bool readable(const CounterAnswer& answer) {
  return answer.status == StoreStatus::ok || answer.status == StoreStatus::absent;
}

/// Reads both windows; the status is ok or the store's error.
StoreStatus read(Store& store, std::string_view last, std::string_view present, Counts& counts) {
  const CounterAnswer before = store.counter_get(last);
  if (!readable(before)) return before.status;
  const CounterAnswer now = store.counter_get(present);
  if (!readable(now)) return now.status;
  counts = {at_least_zero(before.value), at_least_zero(now.value)};
  return StoreStatus::ok;
}

}  // namespace

void Subject::append_to(Key& key) const {
  if (account_) {
    key.u32(*account_);
    return;
  }
  if (!address_) {
    key.text(text_);
    if (text_.size() == 4 || text_.size() == 16) key.u8(0);
    return;
  }
  key.text(address_->bytes());
}

std::string throttle_subject(std::span<const std::string_view> parts, const Rate& rate, bool inbound) {
  std::string input;
  for (const std::string_view part : parts) {
    append(input, part.size(), 4);
    input += part;
  }
  append(input, static_cast<uint64_t>(rate.period.count()) / kSecond, 8);
  append(input, rate.count, 8);
  input += inbound ? "inbound" : "outbound";
  return blake3(input);
}

RateAnswer RateLimiter::check(Prefix prefix, const Subject& subject, const Rate& rate) {
  const Window window(rate.period, clock_());
  const CounterAnswer sum =
      store_.counter_incr(key_of(prefix, subject, window.number), 1, window.ttl(), CounterTtl::on_create);
  if (!sum) return failed(sum.status, prefix, rate, window);
  return fixed_answer(at_least_zero(sum.value), rate, window);
}

RateAnswer RateLimiter::peek(Prefix prefix, const Subject& subject, const Rate& rate) {
  const Window window(rate.period, clock_());
  const CounterAnswer sum = store_.counter_get(key_of(prefix, subject, window.number));
  if (!readable(sum)) return failed(sum.status, prefix, rate, window);
  return fixed_answer(at_least_zero(sum.value) + 1, rate, window);
}

RateAnswer RateLimiter::peek_sliding(Prefix prefix, const Subject& subject, const Rate& rate) {
  const Window window(rate.period, clock_());
  Counts counts;
  const StoreStatus status =
      read(store_, key_of(prefix, subject, window.number - 1), key_of(prefix, subject, window.number), counts);
  if (status != StoreStatus::ok) return failed(status, prefix, rate, window);
  const bool allowed = counts.allows(1, rate, window);
  if (allowed) ++counts.present;
  return sliding_answer(allowed, counts, rate, window);
}

RateAnswer RateLimiter::check_sliding(Prefix prefix, const Subject& subject, const Rate& rate) {
  const Window window(rate.period, clock_());
  const Key present = key_of(prefix, subject, window.number);
  Counts counts;
  const StoreStatus status = read(store_, key_of(prefix, subject, window.number - 1), present, counts);
  if (status != StoreStatus::ok) return failed(status, prefix, rate, window);
  if (!counts.allows(1, rate, window)) return sliding_answer(false, counts, rate, window);
  const milliseconds ttl(static_cast<int64_t>(2 * window.period - window.elapsed));
  const CounterAnswer sum = store_.counter_incr(present, 1, ttl, CounterTtl::on_create);
  if (!sum) return failed(sum.status, prefix, rate, window);
  counts.present = at_least_zero(sum.value);
  if (counts.allows(0, rate, window)) return sliding_answer(true, counts, rate, window);
  const CounterAnswer back = store_.counter_incr(present, -1, ttl, CounterTtl::on_create);
  RateAnswer answer = sliding_answer(false, counts, rate, window);
  answer.status = back.status;
  return answer;
}

StoreStatus RateLimiter::forget(Prefix prefix, const Subject& subject, const Rate& rate) {
  return store_.counter_delete(key_of(prefix, subject, Window(rate.period, clock_()).number));
}

std::optional<RateBucket> parse_rate_key(std::string_view key) {
  if (key.size() < 1 + kWindowBytes) return std::nullopt;
  const auto number = static_cast<uint8_t>(key.front());
  if (number < static_cast<uint8_t>(Prefix::rate_rcpt) || number > static_cast<uint8_t>(Prefix::rate_imap)) {
    return std::nullopt;
  }
  Reader window(key.substr(key.size() - kWindowBytes));
  return RateBucket{static_cast<Prefix>(number), std::string(key.substr(1, key.size() - 1 - kWindowBytes)),
                    window.integer(kWindowBytes)};
}

}  // namespace larder::mail
