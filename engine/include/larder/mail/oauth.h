// oauth.h – codes of OAuth authorizations: made once, redeemed once.
//
// What it is    Two flows. Authorization code: the user approved, the client gets a code of 40 letters and digits,
//               good for 10 minutes. Device: the client gets a device code of the same form and shows a user code
//               (XXXX-XXXX, letters and digits that cannot be mistaken for each other) to the user, both good for 30
//               minutes; when the user approves, the device code becomes redeemable, for 10 minutes, and the user code
//               is gone.
// Invariants    O1 a code is redeemed at most once, however many ask at once: redeeming removes exactly the record
//               that was checked. O2 a redemption that is refused leaves the code as it was. O3 of several that
//               approve one user code, one succeeds.
// Value         u8 1, u8 status (0 authorized, 1 pending), u32 account (all ones: none), then client, nonce and
//               parameters, each behind its length in two bytes. A user code's value is its device code.
// Errors        a store that does not answer: nothing is created, approved or redeemed; after `unavailable` a code may
//               be gone all the same, and the client asks for another.
// Concurrency   any thread of any process.
// Crash         a process that dies while approving leaves a user code that is refused as `decided`; while redeeming,
//               a code that is whole or gone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

constexpr milliseconds kAuthorizationTtl{600'000};
constexpr milliseconds kDeviceTtl{1'800'000};

/// What a code stands for.
struct OAuthGrant {
  static constexpr size_t kMaxClientBytes = 255;
  static constexpr size_t kMaxParameterBytes = 4096;  ///< nonce and parameters, each
  std::optional<uint32_t> account{};                  ///< none while a device waits for its user
  std::string client{};
  std::string nonce{};
  std::string parameters{};  ///< what the server has to check or hand on: redirect address, scope, PKCE challenge
};

enum class OAuthOutcome : uint8_t {
  ok,
  unknown,  ///< no such code: never made, expired, or redeemed already
  refused,  ///< another client, or `acceptable` said no; the code stays
  pending,  ///< the user has not approved yet
  decided,  ///< approve: the device was approved already
  invalid,  ///< a field of the grant is too long
  failed,   ///< the store: see status
};
const char* to_string(OAuthOutcome outcome);

struct OAuthAnswer {
  OAuthOutcome outcome = OAuthOutcome::failed;
  StoreStatus status = StoreStatus::ok;
  OAuthGrant grant;  ///< of a code that was redeemed or approved
  explicit operator bool() const { return outcome == OAuthOutcome::ok; }
};

/// Codes that were made. `user_code` is of devices only.
struct OAuthCode {
  OAuthOutcome outcome = OAuthOutcome::failed;
  StoreStatus status = StoreStatus::ok;
  std::string code;
  std::string user_code;
  explicit operator bool() const { return outcome == OAuthOutcome::ok; }
};

class OAuthCodes {
 public:
  /// Says whether a grant may be redeemed by whoever asks (redirect address, PKCE); must not use the store.
  using Acceptable = std::function<bool(const OAuthGrant&)>;

  explicit OAuthCodes(Store& store) : store_(store) {}

  /// A code for a client whose user, grant.account, has approved.
  OAuthCode create(const OAuthGrant& grant);
  /// A device code and its user code; the grant has no account yet.
  OAuthCode create_device(const OAuthGrant& grant);
  /// The user of that account approves the device that shows the user code (in any case, with or without the dash).
  OAuthAnswer approve(std::string_view user_code, uint32_t account);
  /// The user says no: both codes are gone. ok or unknown.
  OAuthAnswer deny(std::string_view user_code);
  /// What a user code asks for, to show to the user before the decision.
  OAuthAnswer look_up(std::string_view user_code);
  /// Redeems an authorization or device code, if the client and `acceptable` fit (empty: any).
  OAuthAnswer redeem(std::string_view code, std::string_view client, const Acceptable& acceptable = {});

 private:
  Store& store_;
};

}  // namespace larder::mail
