// rate_limit.h – how often something may happen: fixed windows, and sliding ones.
//
// Fixed         windows are aligned to the epoch: window number = now / period, both in whole seconds. One counter a
//               window, expiring with it; a hard check adds one and allows while the sum is within the limit, so
//               refused calls count as well; a soft check looks without counting. At a window's edge up to twice the
//               limit may pass within a moment: that is what fixed windows are.
// Sliding       the last window's sum counts too, by the share of it that lies within one period before now. At most
//               `count` calls pass in any instant, and in any stretch of L seconds at most count × (1 + L / period)
//               (for L up to a period): no burst at the edge. A steady flow of `count` a period loses at most one call
//               a window, a slower one none. If the last window's calls came early in it, calls may be refused that an
//               exact log would let pass: at most as many as the last window's weighted sum. Refused calls do not
//               count. Races only ever refuse too much: a call that loses one takes its count back, and is counted in
//               between.
// Errors        a store that does not answer: allowed for prefixes whose row says `open` (SMTP throttles), refused for
//               the others, whose callers look at `status` and report it.
// Clock         wall clock: when it is set back, a window goes on counting where it was.
// Concurrency   any thread, any process; one counter each way.
// Crash         a process that dies in a sliding check between counting and taking back leaves one call counted too
//               much until the window is over; fixed checks are one operation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "larder/mail/address.h"
#include "larder/mail/clock.h"
#include "larder/mail/prefixes.h"
#include "larder/mail/rate.h"
#include "larder/store.h"

namespace larder::mail {

struct RateAnswer {
  StoreStatus status = StoreStatus::ok;  ///< if not ok, `allowed` is what the prefix says of errors
  bool allowed = false;
  uint64_t limit = 0;
  uint64_t remaining = 0;  ///< calls that would still be allowed after this one
  uint64_t reset = 0;      ///< fixed: seconds until the window ends, 1..period; sliding: until a call would be allowed
};

/// What a limit is about, as it stands in the key. Texts of 4 and 16 bytes get a zero byte behind them, so that nobody
/// can choose a login that counts against an address.
class Subject {
 public:
  Subject(const IpAddress& address) : address_(address) {}
  Subject(std::string_view text) : text_(text) {}
  Subject(const char* text) : text_(text) {}
  Subject(uint32_t account) : account_(account) {}
  void append_to(Key& key) const;

 private:
  std::optional<IpAddress> address_;
  std::optional<uint32_t> account_;
  std::string_view text_;
};

/// The subject of an SMTP throttle (prefix 6): a BLAKE3 hash of the enabled parts, each behind its length, then period,
/// count and "inbound" or "outbound", so that rules that differ in any of them count apart.
std::string throttle_subject(std::span<const std::string_view> parts, const Rate& rate, bool inbound);

class RateLimiter {
 public:
  explicit RateLimiter(Store& store, WallClock clock = system_clock()) : store_(store), clock_(std::move(clock)) {}

  /// Counts this call in its fixed window and says whether it is allowed.
  RateAnswer check(Prefix prefix, const Subject& subject, const Rate& rate);
  /// What check would say, without counting.
  RateAnswer peek(Prefix prefix, const Subject& subject, const Rate& rate);
  /// Sliding: counts this call if it is allowed.
  RateAnswer check_sliding(Prefix prefix, const Subject& subject, const Rate& rate);
  /// What check_sliding would say, without counting.
  RateAnswer peek_sliding(Prefix prefix, const Subject& subject, const Rate& rate);
  /// Forgets the present window's count: ok or absent.
  StoreStatus forget(Prefix prefix, const Subject& subject, const Rate& rate);

 private:
  Store& store_;
  WallClock clock_;
};

/// A counter's key taken apart, for tools.
struct RateBucket {
  Prefix prefix;
  std::string subject;  ///< bytes as in the key
  uint64_t window = 0;
};
/// Nothing if the key is no rate limit's.
std::optional<RateBucket> parse_rate_key(std::string_view key);

}  // namespace larder::mail
