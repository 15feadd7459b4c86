// ban.cc – counting failures, and the bans they lead to; see larder/mail/ban.h.
#include "larder/mail/ban.h"

#include <algorithm>

#include "backend/glob.h"
#include "mail/bytes.h"
#include "mail/each_record.h"

namespace larder::mail {
namespace {

constexpr int64_t kSecond = 1000;

Key key_of(const IpAddress& address) {
  Key key(Prefix::ban);
  key.text(address.bytes());
  return key;
}

std::optional<Ban> ban_of(const ScanItem& item) {
  const auto address = IpAddress::from_bytes(std::string_view(item.key).substr(1));
  Reader reader(item.record.value);
  const uint64_t reason = reader.integer(1);
  const uint64_t since = reader.integer(8);
  const bool known = reason <= static_cast<uint64_t>(BanReason::manual);
  if (!address || !reader.finished() || !known) return std::nullopt;
  return Ban{*address, static_cast<BanReason>(reason), static_cast<int64_t>(since), item.record.ttl};
}

}  // namespace

const char* to_string(BanReason reason) {
  switch (reason) {
    case BanReason::auth: return "auth";
    case BanReason::abuse: return "abuse";
    case BanReason::loiter: return "loiter";
    case BanReason::scan: return "scan";
    case BanReason::manual: return "manual";
  }
  return "unknown";
}

AutoBan::AutoBan(Store& store, BanSettings settings, AllowList allowed, WallClock clock)
    : store_(store),
      settings_(std::move(settings)),
      allowed_(std::move(allowed)),
      clock_(clock),
      limiter_(store, std::move(clock)) {}

std::string AutoBan::value_of(BanReason reason) const {
  std::string value;
  append(value, static_cast<uint8_t>(reason), 1);
  append(value, static_cast<uint64_t>(clock_() / kSecond), 8);
  return value;
}

BanAnswer AutoBan::add(const IpAddress& address, BanReason reason, const BanRule& rule) {
  const VersionAnswer added = store_.add(key_of(address), value_of(reason), rule.lasts);
  if (added.status == StoreStatus::exists) return {StoreStatus::ok, true, false};
  return {added.status, added.status == StoreStatus::ok, added.status == StoreStatus::ok};
}

BanAnswer AutoBan::count(Prefix prefix, BanReason reason, const BanRule& rule, const IpAddress& address,
                         std::string_view name) {
  if (!rule.rate || allowed_.contains(address)) return {};
  RateAnswer answer = limiter_.check(prefix, address, *rule.rate);
  if (answer.status == StoreStatus::ok && answer.allowed && !name.empty()) {
    answer = limiter_.check(prefix, name, *rule.rate);
  }
  if (answer.status != StoreStatus::ok) return {answer.status, false, false};
  return answer.allowed ? BanAnswer{} : add(address, reason, rule);
}

BanAnswer AutoBan::auth_failed(const IpAddress& address, std::string_view login) {
  return count(Prefix::rate_auth, BanReason::auth, settings_.auth, address, login);
}

BanAnswer AutoBan::recipient_refused(const IpAddress& address, std::string_view recipient) {
  return count(Prefix::rate_rcpt, BanReason::abuse, settings_.abuse, address, recipient);
}

BanAnswer AutoBan::loitered(const IpAddress& address) {
  return count(Prefix::rate_loiter, BanReason::loiter, settings_.loiter, address, {});
}

BanAnswer AutoBan::scanned(const IpAddress& address) {
  return count(Prefix::rate_scan, BanReason::scan, settings_.scan, address, {});
}

BanAnswer AutoBan::path_requested(const IpAddress& address, std::string_view path) {
  const bool matches = std::any_of(settings_.paths.begin(), settings_.paths.end(),
                                   [&](const std::string& p) { return backend::glob_matches(p, path); });
  if (!matches || allowed_.contains(address)) return {};
  return add(address, BanReason::scan, settings_.scan);
}

BanAnswer AutoBan::is_banned(const IpAddress& address) {
  if (allowed_.contains(address)) return {};
  const StoreStatus status = store_.key_exists(key_of(address));
  if (status == StoreStatus::absent) return {};
  return {status, status == StoreStatus::ok, false};
}

BanAnswer AutoBan::ban(const IpAddress& address, std::optional<milliseconds> lasts) {
  if (allowed_.contains(address)) return {};
  const VersionAnswer set = store_.key_set(key_of(address), value_of(BanReason::manual), lasts);
  return {set.status, set.status == StoreStatus::ok, set.status == StoreStatus::ok};
}

StoreStatus AutoBan::lift(const IpAddress& address) {
  const std::pair<Prefix, const BanRule*> counted[] = {{Prefix::rate_auth, &settings_.auth},
                                                       {Prefix::rate_rcpt, &settings_.abuse},
                                                       {Prefix::rate_loiter, &settings_.loiter},
                                                       {Prefix::rate_scan, &settings_.scan}};
  for (const auto& [prefix, rule] : counted) {
    if (!rule->rate) continue;
    const StoreStatus forgotten = limiter_.forget(prefix, address, *rule->rate);
    if (forgotten != StoreStatus::ok && forgotten != StoreStatus::absent) return forgotten;
  }
  return store_.key_delete(key_of(address));
}

StoreStatus AutoBan::list(std::vector<Ban>& out) {
  out.clear();
  return each_record(store_, Key(Prefix::ban), [&](const ScanItem& item) {
    if (const auto ban = ban_of(item)) out.push_back(*ban);
  });
}

}  // namespace larder::mail
