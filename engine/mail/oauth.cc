// oauth.cc – the life of a code; see larder/mail/oauth.h.
#include "larder/mail/oauth.h"

#include <algorithm>

#include "mail/bytes.h"
#include "mail/random_code.h"

namespace larder::mail {
namespace {

constexpr uint8_t kFormat = 1;
enum class State : uint8_t { authorized = 0, pending = 1 };
constexpr uint32_t kNoAccount = 0xFFFF'FFFF;
constexpr size_t kCodeLength = 40;
constexpr size_t kUserCodeHalf = 4;

struct Decoded {
  State state = State::pending;
  OAuthGrant grant;
};

std::string encode(State state, const OAuthGrant& grant) {
  std::string value;
  append(value, kFormat, 1);
  append(value, static_cast<uint8_t>(state), 1);
  append(value, grant.account.value_or(kNoAccount), 4);
  append_text(value, grant.client);
  append_text(value, grant.nonce);
  append_text(value, grant.parameters);
  return value;
}

std::optional<Decoded> decode(const Record& record) {
  if (record.kind != RecordKind::value) return std::nullopt;
  Reader reader(record.value);
  const uint64_t format = reader.integer(1);
  const uint64_t state = reader.integer(1);
  const auto account = static_cast<uint32_t>(reader.integer(4));
  Decoded decoded{static_cast<State>(state), {}};
  if (account != kNoAccount) decoded.grant.account = account;
  decoded.grant.client = reader.text();
  decoded.grant.nonce = reader.text();
  decoded.grant.parameters = reader.text();
  if (!reader.finished() || format != kFormat || state > static_cast<uint64_t>(State::pending)) return std::nullopt;
  return decoded;
}

Key key_of(std::string_view code) {
  Key key(Prefix::oauth);
  key.text(code);
  return key;
}

/// The key of a user code in any spelling; nothing if it cannot be one.
std::optional<Key> user_key(std::string_view user_code) {
  std::string code;
  for (const char c : user_code) {
    if (c != '-' && c != ' ') code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (code.size() != 2 * kUserCodeHalf) return std::nullopt;
  return key_of(code.insert(kUserCodeHalf, "-"));
}

bool fits(const OAuthGrant& grant) {
  return grant.client.size() <= OAuthGrant::kMaxClientBytes && grant.nonce.size() <= OAuthGrant::kMaxParameterBytes &&
         grant.parameters.size() <= OAuthGrant::kMaxParameterBytes;
}

/// Why a lookup or a conditional write gave nothing.
OAuthAnswer without(StoreStatus status) {
  if (status == StoreStatus::absent) return {OAuthOutcome::unknown, StoreStatus::ok, {}};
  return {OAuthOutcome::failed, status, {}};
}

/// Stores a value under a new random code.
template <class MakeCode>
OAuthCode add_code(Store& store, const std::string& value, milliseconds ttl, const MakeCode& make_code) {
  for (;;) {
    const std::string code = make_code();
    const StoreStatus status = store.add(key_of(code), value, ttl).status;
    if (status == StoreStatus::exists) continue;
    if (status != StoreStatus::ok) return {OAuthOutcome::failed, status, {}, {}};
    return {OAuthOutcome::ok, StoreStatus::ok, code, {}};
  }
}

std::string new_code() { return random_code(kAlphanumeric, kCodeLength); }
std::string new_user_code() {
  return random_code(kReadable, kUserCodeHalf) + "-" + random_code(kReadable, kUserCodeHalf);
}

/// A device code and its record.
struct Device {
  std::string code;
  Record record;
  Decoded decoded;
};

/// The device that shows the user code, or why there is none.
OAuthAnswer find_device(Store& store, std::string_view user_code, Device& device) {
  const auto key = user_key(user_code);
  StoreStatus status = key ? store.key_get(*key, device.code) : StoreStatus::absent;
  if (status == StoreStatus::ok) status = store.fetch(key_of(device.code), device.record);
  if (status != StoreStatus::ok) return without(status);
  const auto decoded = decode(device.record);
  if (!decoded) return {OAuthOutcome::unknown, StoreStatus::ok, {}};
  device.decoded = *decoded;
  return {OAuthOutcome::ok, StoreStatus::ok, decoded->grant};
}

}  // namespace

const char* to_string(OAuthOutcome outcome) {
  switch (outcome) {
    case OAuthOutcome::ok: return "ok";
    case OAuthOutcome::unknown: return "unknown";
    case OAuthOutcome::refused: return "refused";
    case OAuthOutcome::pending: return "pending";
    case OAuthOutcome::decided: return "decided";
    case OAuthOutcome::invalid: return "invalid";
    case OAuthOutcome::failed: return "failed";
  }
  return "unknown outcome";
}

OAuthCode OAuthCodes::create(const OAuthGrant& grant) {
  if (!fits(grant) || !grant.account) return {OAuthOutcome::invalid, StoreStatus::ok, {}, {}};
  return add_code(store_, encode(State::authorized, grant), kAuthorizationTtl, new_code);
}

OAuthCode OAuthCodes::create_device(const OAuthGrant& grant) {
  if (!fits(grant) || grant.account) return {OAuthOutcome::invalid, StoreStatus::ok, {}, {}};
  OAuthCode device = add_code(store_, encode(State::pending, grant), kDeviceTtl, new_code);
  if (!device) return device;
  OAuthCode user = add_code(store_, device.code, kDeviceTtl, new_user_code);
  if (user) return {OAuthOutcome::ok, StoreStatus::ok, device.code, user.code};
  (void)store_.key_delete(key_of(device.code));  // else it expires, known to nobody
  return user;
}

OAuthAnswer OAuthCodes::look_up(std::string_view user_code) {
  Device device;
  OAuthAnswer answer = find_device(store_, user_code, device);
  if (answer && device.decoded.state != State::pending) answer.outcome = OAuthOutcome::decided;
  return answer;
}

OAuthAnswer OAuthCodes::approve(std::string_view user_code, uint32_t account) {
  if (account == kNoAccount) return {OAuthOutcome::invalid, StoreStatus::ok, {}};
  Device device;
  OAuthAnswer answer = find_device(store_, user_code, device);
  if (!answer) return answer;
  if (device.decoded.state != State::pending) return {OAuthOutcome::decided, StoreStatus::ok, {}};
  answer.grant.account = account;
  // The device code first: should this process die here, the user code only leads to `decided`.
  const StoreStatus stored =
      store_
          .swap(key_of(device.code), device.record.version, encode(State::authorized, answer.grant), kAuthorizationTtl)
          .status;
  if (stored == StoreStatus::changed) return {OAuthOutcome::decided, StoreStatus::ok, {}};
  if (stored != StoreStatus::ok) return without(stored);
  const StoreStatus removed = store_.key_delete(*user_key(user_code));
  if (removed != StoreStatus::absent) answer.status = removed;
  return answer;
}

OAuthAnswer OAuthCodes::deny(std::string_view user_code) {
  std::string device_code;
  const auto key = user_key(user_code);
  const StoreStatus taken = key ? store_.take(*key, device_code) : StoreStatus::absent;
  if (taken != StoreStatus::ok) return without(taken);
  const StoreStatus removed = store_.key_delete(key_of(device_code));
  if (removed != StoreStatus::ok && removed != StoreStatus::absent) return without(removed);
  return {OAuthOutcome::ok, StoreStatus::ok, {}};
}

OAuthAnswer OAuthCodes::redeem(std::string_view code, std::string_view client, const Acceptable& acceptable) {
  if (code.size() != kCodeLength) return {OAuthOutcome::unknown, StoreStatus::ok, {}};
  const Key key = key_of(code);
  for (;;) {
    Record record;
    const StoreStatus found = store_.fetch(key, record);
    if (found != StoreStatus::ok) return without(found);
    const auto decoded = decode(record);
    if (!decoded) return {OAuthOutcome::unknown, StoreStatus::ok, {}};
    if (decoded->grant.client != client) return {OAuthOutcome::refused, StoreStatus::ok, {}};
    if (decoded->state == State::pending) return {OAuthOutcome::pending, StoreStatus::ok, {}};
    if (acceptable && !acceptable(decoded->grant)) return {OAuthOutcome::refused, StoreStatus::ok, {}};
    const StoreStatus removed = store_.remove_version(key, record.version);
    if (removed == StoreStatus::ok) return {OAuthOutcome::ok, StoreStatus::ok, decoded->grant};
    if (removed != StoreStatus::changed) return without(removed);
  }
}

}  // namespace larder::mail
