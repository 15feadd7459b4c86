// oauth_test.cc – codes: made, approved, redeemed once.
#include "larder/mail/oauth.h"

#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

class OAuth : public MailTest {
 protected:
  static OAuthGrant grant(std::optional<uint32_t> account = 7) {
    return {account, "client", "nonce", "https://example.org/back"};
  }
  OAuthCodes codes_{store_};
};

TEST_F(OAuth, AuthorizationCodesAreFortyLettersAndDigits) {
  std::set<std::string> seen;
  std::set<char> letters;
  for (int i = 0; i < 200; ++i) {
    const OAuthCode made = codes_.create(grant());
    ASSERT_TRUE(made);
    EXPECT_EQ(made.code.size(), 40u);
    EXPECT_TRUE(seen.insert(made.code).second);
    letters.insert(made.code.begin(), made.code.end());
    EXPECT_TRUE(made.user_code.empty());
  }
  EXPECT_EQ(letters.size(), 62u);
  for (const char c : letters) EXPECT_TRUE(std::isalnum(c)) << c;
}

TEST_F(OAuth, UserCodesCannotBeMisread) {
  std::set<char> letters;
  for (int i = 0; i < 200; ++i) {
    const OAuthCode made = codes_.create_device(grant({}));
    ASSERT_TRUE(made);
    ASSERT_EQ(made.user_code.size(), 9u);
    EXPECT_EQ(made.user_code[4], '-');
    letters.insert(made.user_code.begin(), made.user_code.end());
  }
  letters.erase('-');
  EXPECT_EQ(std::string(letters.begin(), letters.end()), "23456789ABCDEFGHJKLMNPQRSTUVWXYZ");
}

TEST_F(OAuth, ACodeIsRedeemedOnce) {
  const OAuthCode made = codes_.create(grant());
  const OAuthAnswer first = codes_.redeem(made.code, "client");
  ASSERT_TRUE(first);
  EXPECT_EQ(first.grant.account, 7u);
  EXPECT_EQ(first.grant.client, "client");
  EXPECT_EQ(first.grant.nonce, "nonce");
  EXPECT_EQ(first.grant.parameters, "https://example.org/back");
  EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::unknown);
  EXPECT_TRUE(keys().empty());
}

TEST_F(OAuth, ManyRedeemAtOnceAndOneSucceeds) {
  for (int round = 0; round < 200; ++round) {
    const OAuthCode made = codes_.create(grant());
    std::atomic<int> redeemed{0}, unknown{0};
    at_once([&](int) {
      const OAuthAnswer answer = codes_.redeem(made.code, "client");
      redeemed += answer.outcome == OAuthOutcome::ok;
      unknown += answer.outcome == OAuthOutcome::unknown;
    });
    ASSERT_EQ(redeemed, 1);
    ASSERT_EQ(unknown, 3);
  }
}

TEST_F(OAuth, ARefusalLeavesTheCode) {
  const OAuthCode made = codes_.create(grant());
  EXPECT_EQ(codes_.redeem(made.code, "thief").outcome, OAuthOutcome::refused);
  EXPECT_EQ(codes_.redeem(made.code, "client", [](const OAuthGrant& g) { return g.parameters == "else"; }).outcome,
            OAuthOutcome::refused);
  EXPECT_FALSE(codes_.redeem(made.code, "thief").grant.account) << "a refusal tells nothing";
  EXPECT_TRUE(codes_.redeem(made.code, "client",
                            [](const OAuthGrant& g) { return g.parameters == "https://example.org/back"; }));
}

TEST_F(OAuth, AnAuthorizationCodeLivesTenMinutes) {
  const OAuthCode kept = codes_.create(grant()), late = codes_.create(grant());
  pass(milliseconds(599'999));
  EXPECT_TRUE(codes_.redeem(kept.code, "client"));
  pass(milliseconds(1));
  EXPECT_EQ(codes_.redeem(late.code, "client").outcome, OAuthOutcome::unknown);
}

TEST_F(OAuth, ADeviceWaitsForItsUser) {
  const OAuthCode made = codes_.create_device(grant({}));
  EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::pending);
  EXPECT_EQ(codes_.redeem(made.code, "other").outcome, OAuthOutcome::refused);
  EXPECT_EQ(codes_.look_up(made.user_code).grant.client, "client");
  pass(milliseconds(1'700'000));
  const OAuthAnswer approved = codes_.approve(made.user_code, 42);
  ASSERT_TRUE(approved);
  EXPECT_EQ(approved.status, StoreStatus::ok);
  EXPECT_EQ(approved.grant.client, "client");
  pass(milliseconds(599'999));
  const OAuthAnswer redeemed = codes_.redeem(made.code, "client");
  ASSERT_TRUE(redeemed) << "approved, it lives ten more minutes";
  EXPECT_EQ(redeemed.grant.account, 42u);
  EXPECT_EQ(redeemed.grant.parameters, "https://example.org/back");
  EXPECT_TRUE(keys().empty());
}

TEST_F(OAuth, AnApprovedDeviceCodeExpires) {
  const OAuthCode made = codes_.create_device(grant({}));
  ASSERT_TRUE(codes_.approve(made.user_code, 42));
  EXPECT_EQ(ttl(keys().front()), kAuthorizationTtl);
  pass(kAuthorizationTtl);
  EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::unknown);
}

TEST_F(OAuth, DeviceAndUserCodeExpireUnapproved) {
  const OAuthCode made = codes_.create_device(grant({}));
  pass(kDeviceTtl);
  EXPECT_EQ(codes_.approve(made.user_code, 42).outcome, OAuthOutcome::unknown);
  EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::unknown);
}

TEST_F(OAuth, UserCodesAreReadInAnySpelling) {
  const OAuthCode made = codes_.create_device(grant({}));
  std::string spelled;
  for (const char c : made.user_code) spelled += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  EXPECT_TRUE(codes_.look_up(spelled));
  EXPECT_EQ(codes_.look_up(spelled + "X").outcome, OAuthOutcome::unknown);
  EXPECT_TRUE(codes_.approve(spelled, 1));
}

TEST_F(OAuth, AUserCodeIsApprovedOnce) {
  for (int round = 0; round < 100; ++round) {
    const OAuthCode made = codes_.create_device(grant({}));
    std::atomic<int> approved{0};
    std::atomic<uint32_t> winner{0};
    at_once([&](int thread) {
      const auto account = static_cast<uint32_t>(thread + 1);
      if (!codes_.approve(made.user_code, account)) return;
      ++approved;
      winner = account;
    });
    ASSERT_EQ(approved, 1);
    EXPECT_EQ(codes_.redeem(made.code, "client").grant.account, winner.load());
  }
}

TEST_F(OAuth, AnApproverThatDiedLeavesADecidedCode) {
  const OAuthCode made = codes_.create_device(grant({}));
  std::string user_key, device;
  for (const std::string& key : keys()) {
    if (key.size() == 10) user_key = key;
  }
  ASSERT_EQ(store_.key_get(user_key, device), StoreStatus::ok);
  ASSERT_TRUE(codes_.approve(made.user_code, 42));
  ASSERT_TRUE(store_.key_set(user_key, device, kHour)) << "as if it had died before the second step";
  EXPECT_EQ(codes_.approve(made.user_code, 43).outcome, OAuthOutcome::decided);
  EXPECT_EQ(codes_.look_up(made.user_code).outcome, OAuthOutcome::decided);
  EXPECT_EQ(codes_.redeem(made.code, "client").grant.account, 42u);
}

TEST_F(OAuth, DenyingRemovesBothCodes) {
  const OAuthCode made = codes_.create_device(grant({}));
  EXPECT_TRUE(codes_.deny(made.user_code));
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(codes_.deny(made.user_code).outcome, OAuthOutcome::unknown);
  EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::unknown);
}

TEST_F(OAuth, CodesOfOneKindAreNotTakenForTheOther) {
  const OAuthCode device = codes_.create_device(grant({}));
  const OAuthCode code = codes_.create(grant());
  EXPECT_EQ(codes_.redeem(device.user_code, "client").outcome, OAuthOutcome::unknown);
  EXPECT_EQ(codes_.approve(device.code, 1).outcome, OAuthOutcome::unknown);
  EXPECT_EQ(codes_.deny(code.code).outcome, OAuthOutcome::unknown);
  EXPECT_EQ(codes_.deny(device.code).outcome, OAuthOutcome::unknown);
  EXPECT_TRUE(codes_.redeem(code.code, "client"));
}

TEST_F(OAuth, GrantsThatMakeNoSenseAreInvalid) {
  EXPECT_EQ(codes_.create(grant({})).outcome, OAuthOutcome::invalid) << "nobody approved it";
  EXPECT_EQ(codes_.create_device(grant(7)).outcome, OAuthOutcome::invalid);
  OAuthGrant long_client = grant();
  long_client.client.assign(OAuthGrant::kMaxClientBytes + 1, 'c');
  EXPECT_EQ(codes_.create(long_client).outcome, OAuthOutcome::invalid);
  OAuthGrant long_parameters = grant();
  long_parameters.parameters.assign(OAuthGrant::kMaxParameterBytes + 1, 'p');
  EXPECT_EQ(codes_.create(long_parameters).outcome, OAuthOutcome::invalid);
  EXPECT_EQ(codes_.approve("ABCD-EFGH", 0xFFFFFFFF).outcome, OAuthOutcome::invalid);
}

TEST_F(OAuth, DamagedRecordsAreUnknown) {
  const OAuthCode made = codes_.create(grant());
  const std::string key = keys().front();
  std::string good;
  ASSERT_EQ(store_.key_get(key, good), StoreStatus::ok);
  for (size_t length = 0; length < good.size(); ++length) {
    ASSERT_TRUE(store_.key_set(key, good.substr(0, length), kHour));
    EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::unknown) << length;
  }
  ASSERT_TRUE(store_.key_set(key, good + "x", kHour));
  EXPECT_EQ(codes_.redeem(made.code, "client").outcome, OAuthOutcome::unknown);
  ASSERT_TRUE(store_.key_set(key, good, kHour));
  EXPECT_TRUE(codes_.redeem(made.code, "client"));
}

TEST_F(OAuth, WithoutAStoreNothingIsRedeemed) {
  const OAuthCode made = codes_.create(grant());
  store_.down = true;
  for (const OAuthAnswer& answer : {codes_.redeem(made.code, "client"), codes_.approve("ABCD-EFGH", 1),
                                    codes_.deny("ABCD-EFGH"), codes_.look_up("ABCD-EFGH")}) {
    EXPECT_EQ(answer.outcome, OAuthOutcome::failed);
    EXPECT_EQ(answer.status, StoreStatus::unavailable);
  }
  EXPECT_EQ(codes_.create(grant()).outcome, OAuthOutcome::failed);
  EXPECT_EQ(codes_.create_device(grant({})).outcome, OAuthOutcome::failed);
}

}  // namespace
}  // namespace larder::mail
