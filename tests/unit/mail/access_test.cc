// access_test.cc – ACME challenges, token revisions, upload quotas.
#include "larder/mail/acme.h"
#include "larder/mail/quota_blob.h"
#include "larder/mail/token_revision.h"
#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

class Acme : public MailTest {
 protected:
  AcmeChallenges acme_{store_};
};

TEST_F(Acme, ServesProofsAndCertificates) {
  std::string out;
  EXPECT_EQ(acme_.get_proof("Token_1", out), StoreStatus::absent);
  ASSERT_EQ(acme_.put_proof("Token_1", "proof"), StoreStatus::ok);
  ASSERT_EQ(acme_.put_certificate("Mail.Example.ORG", "certificate"), StoreStatus::ok);
  EXPECT_EQ(acme_.get_proof("Token_1", out), StoreStatus::ok);
  EXPECT_EQ(out, "proof");
  EXPECT_EQ(acme_.get_proof("token_1", out), StoreStatus::absent) << "tokens have upper and lower case";
  EXPECT_EQ(acme_.get_certificate("mail.example.org", out), StoreStatus::ok);
  EXPECT_EQ(out, "certificate");
  EXPECT_EQ(acme_.remove_proof("Token_1"), StoreStatus::ok);
  EXPECT_EQ(acme_.remove_certificate("MAIL.example.org"), StoreStatus::ok);
  EXPECT_TRUE(keys().empty());
}

TEST_F(Acme, NobodyGetsACertificateByAskingForAProof) {
  std::string out = "mine";
  ASSERT_EQ(acme_.put_certificate("localhost", "private key"), StoreStatus::ok);
  ASSERT_EQ(acme_.put_proof("token", "proof"), StoreStatus::ok);
  EXPECT_EQ(acme_.get_proof("localhost", out), StoreStatus::absent);
  EXPECT_EQ(acme_.get_certificate("token", out), StoreStatus::absent);
  EXPECT_EQ(out, "mine");
  ASSERT_TRUE(store_.key_set(bytes({0}) + "empty", {}, kHour));
  EXPECT_EQ(acme_.get_proof("empty", out), StoreStatus::absent);
}

TEST_F(Acme, ForAnHour) {
  ASSERT_EQ(acme_.put_proof("t", "proof"), StoreStatus::ok);
  EXPECT_EQ(ttl(bytes({0}) + "t"), kHour);
  ASSERT_EQ(acme_.put_certificate("example.org", "c"), StoreStatus::ok);
  EXPECT_EQ(ttl(bytes({0}) + "example.org"), kHour);
}

class Tokens : public MailTest {
 protected:
  TokenRevisions tokens_{store_};
};

TEST_F(Tokens, AreCurrentUntilTheirPrincipalChanges) {
  const int64_t before = tokens_.revision(7).value;
  EXPECT_EQ(tokens_.revision(7).status, StoreStatus::ok);
  EXPECT_TRUE(tokens_.is_current(7, before).current);
  const std::vector<uint32_t> changed{7, 8};
  ASSERT_EQ(tokens_.changed(changed), StoreStatus::ok);
  EXPECT_FALSE(tokens_.is_current(7, before).current);
  EXPECT_FALSE(tokens_.is_current(8, before).current);
  EXPECT_TRUE(tokens_.is_current(9, 0).current);
  EXPECT_TRUE(tokens_.is_current(7, tokens_.revision(7).value).current);
}

TEST_F(Tokens, EachChangeRenewsTheRecord) {
  const std::vector<uint32_t> one{7};
  for (int i = 1; i <= 3; ++i) {
    ASSERT_EQ(tokens_.changed(one), StoreStatus::ok);
    EXPECT_EQ(tokens_.revision(7).value, i);
    EXPECT_EQ(ttl(bytes({11, 0, 0, 0, 7})), 30 * kDay);
    pass(29 * kDay);
  }
}

TEST_F(Tokens, WithoutAStoreNoneIsCurrent) {
  store_.down = true;
  EXPECT_FALSE(tokens_.is_current(7, 0).current);
  EXPECT_EQ(tokens_.is_current(7, 0).status, StoreStatus::unavailable);
  const std::vector<uint32_t> one{7};
  EXPECT_EQ(tokens_.changed(one), StoreStatus::unavailable);
}

class Quota : public MailTest {
 protected:
  static constexpr BlobQuota kQuota{3, 1000, milliseconds(60'000)};
  static constexpr int64_t kWindowBegin = kEpoch - kEpoch % 60'000;
  void SetUp() override { wall_ = kWindowBegin; }
  BlobQuotas quotas_{store_, kQuota, clock()};
};

TEST_F(Quota, AllowsUploadsWithinNumberAndBytes) {
  EXPECT_TRUE(quotas_.upload(7, 400).allowed);
  const BlobAnswer second = quotas_.upload(7, 600);
  EXPECT_TRUE(second.allowed);
  EXPECT_EQ(second.usage.uploads, 2u);
  EXPECT_EQ(second.usage.bytes, 1000u);
  EXPECT_EQ(second.reset, 60u);
  const BlobAnswer third = quotas_.upload(7, 1);
  EXPECT_FALSE(third.allowed);
  EXPECT_EQ(third.usage.bytes, 1000u) << "a refused upload does not count";
  EXPECT_TRUE(quotas_.upload(7, 0).allowed);
  EXPECT_FALSE(quotas_.upload(7, 0).allowed) << "three uploads are the limit";
  EXPECT_TRUE(quotas_.upload(8, 1000).allowed) << "another account";
}

TEST_F(Quota, AnUploadThatNeverFitsIsRefusedWithoutCounting) {
  EXPECT_FALSE(quotas_.upload(7, 1001).allowed);
  EXPECT_FALSE(quotas_.upload(7, UINT64_MAX).allowed);
  EXPECT_TRUE(keys().empty());
}

TEST_F(Quota, BeginsAnewWithEachWindow) {
  EXPECT_TRUE(quotas_.upload(7, 1000).allowed);
  EXPECT_FALSE(quotas_.usage(7).allowed);
  pass(milliseconds(60'000));
  EXPECT_TRUE(keys().empty());
  EXPECT_TRUE(quotas_.usage(7).allowed);
  EXPECT_TRUE(quotas_.upload(7, 1000).allowed);
}

TEST_F(Quota, KeyAndValueAreAsDocumented) {
  ASSERT_TRUE(quotas_.upload(7, 400).allowed);
  Key key(Prefix::quota_blob);
  key.u32(7).u64(static_cast<uint64_t>(kWindowBegin) / 60'000);
  EXPECT_EQ(keys().front(), key.view());
  EXPECT_EQ(store_.counter_get(key).value, (int64_t{1} << 44) + 400);
}

TEST_F(Quota, RevisionsOfTheSamePrefixDoNotMeet) {
  TokenRevisions tokens(store_);
  const std::vector<uint32_t> one{7};
  ASSERT_EQ(tokens.changed(one), StoreStatus::ok);
  EXPECT_EQ(quotas_.usage(7).usage.uploads, 0u);
  ASSERT_TRUE(quotas_.upload(7, 5).allowed);
  EXPECT_EQ(tokens.revision(7).value, 1);
}

TEST_F(Quota, ManyAtOnceNeverExceedIt) {
  const BlobQuota quota{100'000, 300'000, milliseconds(60'000)};
  BlobQuotas quotas(store_, quota, clock());
  std::atomic<uint64_t> bytes{0};
  at_once([&](int thread) {
    for (uint64_t i = 0; i < 3000; ++i) {
      const uint64_t size = 1 + (i * 7 + static_cast<uint64_t>(thread)) % 100;
      if (quotas.upload(7, size).allowed) bytes += size;
    }
  });
  EXPECT_LE(bytes, quota.bytes);
  EXPECT_GT(bytes, quota.bytes - 1000);
  EXPECT_EQ(quotas.usage(7).usage.bytes, bytes);
}

TEST_F(Quota, TheLargestQuotaHolds) {
  const BlobQuota unlimited{UINT64_MAX, UINT64_MAX, milliseconds(60'000)};
  BlobQuotas quotas(store_, unlimited, clock());
  EXPECT_FALSE(quotas.upload(7, BlobQuotas::kMostBytes + 1).allowed);
  EXPECT_TRUE(quotas.upload(7, BlobQuotas::kMostBytes).allowed);
  EXPECT_FALSE(quotas.upload(7, 1).allowed);
  EXPECT_EQ(quotas.usage(7).usage.uploads, 1u);
}

TEST_F(Quota, WithoutAStoreNothingIsAllowed) {
  store_.down = true;
  EXPECT_FALSE(quotas_.upload(7, 1).allowed);
  EXPECT_EQ(quotas_.upload(7, 1).status, StoreStatus::unavailable);
  EXPECT_EQ(quotas_.usage(7).status, StoreStatus::unavailable);
}

}  // namespace
}  // namespace larder::mail
