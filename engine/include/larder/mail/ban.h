// ban.h – who misbehaves too often is shut out for a while.
//
// What it is    failures are counted in fixed windows by address, and for logins and recipients also by name; whoever
//               exceeds a limit, or asks for a path that only attackers ask for, has its address banned. A ban is a
//               record with an expiry: bans end, can be listed, and can be lifted.
// Rules         auth 100/1d, abuse (recipients) 35/1d, loiter 150/1d, scan 30/1d; each ban lasts a day. Auth and abuse
//               count the address first, then the name; the name's window is touched only if the address was within
//               its limit, and either one bans the address. An address on the allow list is neither counted nor
//               banned, and a ban made before it got there does not hold.
// Errors        a store that does not answer: `banned` is false and `status` says why; the caller reports it.
// Concurrency   any thread of any process. Of several that exceed a limit at once, one finds the ban `fresh`.
// Crash         a process that dies between the count and the ban leaves the count: the next failure bans.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "larder/mail/address.h"
#include "larder/mail/rate_limit.h"
#include "larder/store.h"

namespace larder::mail {

enum class BanReason : uint8_t { auth, abuse, loiter, scan, manual };
const char* to_string(BanReason reason);

/// One limit; no rate: switched off.
struct BanRule {
  std::optional<Rate> rate;
  std::optional<milliseconds> lasts{86'400'000};  ///< none: until lifted
};

struct BanSettings {
  BanRule auth{Rate{100, milliseconds(86'400'000)}};
  BanRule abuse{Rate{35, milliseconds(86'400'000)}};
  BanRule loiter{Rate{150, milliseconds(86'400'000)}};
  BanRule scan{Rate{30, milliseconds(86'400'000)}};  ///< its `lasts` is also that of a banned path
  /// Patterns of `*` and `?` (\ escapes); a path of an HTTP request that matches bans at once.
  std::vector<std::string> paths{"*.php*",   "*.cgi*", "*.asp*", "*/wp-*",   "*/php*",      "*/cgi-bin*",
                                 "*xmlrpc*", "*../*",  "*/..*",  "*joomla*", "*wordpress*", "*drupal*"};
};

struct BanAnswer {
  StoreStatus status = StoreStatus::ok;
  bool banned = false;
  bool fresh = false;  ///< this call made the ban
};

struct Ban {
  IpAddress address;
  BanReason reason = BanReason::manual;
  int64_t since = 0;                ///< seconds since the epoch
  std::optional<milliseconds> ttl;  ///< time left; none = until lifted
};

class AutoBan {
 public:
  AutoBan(Store& store, BanSettings settings, AllowList allowed, WallClock clock = system_clock());

  /// A failed authentication; an empty login is not counted by name.
  BanAnswer auth_failed(const IpAddress& address, std::string_view login);
  /// A refused recipient; an empty one is not counted by name.
  BanAnswer recipient_refused(const IpAddress& address, std::string_view recipient);
  /// A connection that did nothing for too long.
  BanAnswer loitered(const IpAddress& address);
  /// A probe for what is not there.
  BanAnswer scanned(const IpAddress& address);
  /// A request for a path: bans if a pattern matches, else counts nothing.
  BanAnswer path_requested(const IpAddress& address, std::string_view path);

  BanAnswer is_banned(const IpAddress& address);
  /// Bans by hand, for `lasts` or until lifted; replaces a present ban. Not on the allow list: `banned` says so.
  BanAnswer ban(const IpAddress& address, std::optional<milliseconds> lasts);
  /// Ends a ban and forgets the address's counts of the present windows, or the next failure would ban it again: ok or
  /// absent.
  StoreStatus lift(const IpAddress& address);
  /// All bans that hold.
  StoreStatus list(std::vector<Ban>& out);

 private:
  BanAnswer count(Prefix prefix, BanReason reason, const BanRule& rule, const IpAddress& address,
                  std::string_view name);
  BanAnswer add(const IpAddress& address, BanReason reason, const BanRule& rule);
  std::string value_of(BanReason reason) const;

  Store& store_;
  BanSettings settings_;
  AllowList allowed_;
  WallClock clock_;
  RateLimiter limiter_;
};

}  // namespace larder::mail
