// spam_test.cc – greylist, reputation, trusted replies, Sieve ids.
#include <cmath>
#include <limits>

#include "larder/mail/greylist.h"
#include "larder/mail/reputation.h"
#include "larder/mail/sieve_id.h"
#include "larder/mail/trusted_reply.h"
#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

class GreylistTest : public MailTest {
 protected:
  Greylist greylist_{store_, kHour};
};

TEST_F(GreylistTest, DefersTheFirstAttemptOnly) {
  EXPECT_FALSE(greylist_.check("a@x", "b@y").accept);
  EXPECT_TRUE(greylist_.check("a@x", "b@y").accept);
  EXPECT_TRUE(greylist_.check("A@X", "B@Y").accept) << "letters count as one in any case";
  EXPECT_FALSE(greylist_.check("a@x", "c@y").accept);
  EXPECT_FALSE(greylist_.check("", "b@y").accept) << "bounces too";
}

TEST_F(GreylistTest, LaterAttemptsDoNotRenew) {
  EXPECT_FALSE(greylist_.check("a@x", "b@y").accept);
  pass(kHour - milliseconds(1));
  EXPECT_TRUE(greylist_.check("a@x", "b@y").accept);
  pass(milliseconds(1));
  EXPECT_FALSE(greylist_.check("a@x", "b@y").accept);
}

TEST_F(GreylistTest, OffAndWithoutAStoreItAccepts) {
  Greylist off(store_, std::nullopt);
  EXPECT_TRUE(off.check("a@x", "b@y").accept);
  EXPECT_TRUE(keys().empty());
  store_.down = true;
  const GreylistAnswer answer = greylist_.check("a@x", "b@y");
  EXPECT_TRUE(answer.accept);
  EXPECT_EQ(answer.status, StoreStatus::unavailable);
}

TEST_F(GreylistTest, OneOfManyFirstAttemptsIsDeferred) {
  std::atomic<int> deferred{0};
  at_once([&](int) {
    for (int i = 0; i < 500; ++i) deferred += !greylist_.check("a@x", std::to_string(i)).accept;
  });
  EXPECT_EQ(deferred, 500);
}

TEST_F(GreylistTest, TheKeyIsThePairAndCanBeSeparated) {
  (void)greylist_.check("a@x", "B@y");
  EXPECT_EQ(keys().front(), bytes({16}) + "a@xb@y");
  EXPECT_TRUE(greylist_.check("a@xb", "@y").accept) << "the documented ambiguity";
  Greylist separated(store_, kHour, true);
  EXPECT_FALSE(separated.check("a@x", "b@y").accept);
  EXPECT_FALSE(separated.check("a@xb", "@y").accept);
}

class ReputationTest : public MailTest {
 protected:
  MessageOrigin from(std::string_view sender, std::string_view domain, bool dmarc = true) {
    return {*IpAddress::parse("192.0.2.1"), 64500, domain, sender, dmarc};
  }
  Reputation reputation_{store_};
};

TEST_F(ReputationTest, AStrangersScoreStays) {
  const ReputationAnswer answer = reputation_.apply(from("a@x", "x"), 4.0);
  EXPECT_EQ(answer.status, StoreStatus::ok);
  EXPECT_EQ(answer.score, 4.0);
  EXPECT_EQ(answer.reputation, 0.0);
  EXPECT_EQ(keys().size(), 4u);
}

TEST_F(ReputationTest, AScoreIsDrawnToWhatIsKnown) {
  (void)reputation_.apply(from("a@x", "x"), 10.0);
  const ReputationAnswer second = reputation_.apply(from("a@x", "x"), 2.0);
  // Four records of one message of score 10, weights 0.2 + 0.1 + 0.2 + 0.5.
  EXPECT_DOUBLE_EQ(second.reputation, 10.0);
  EXPECT_DOUBLE_EQ(second.score, 2.0 + (10.0 - 2.0) * 0.5);
  const ReputationAnswer third = reputation_.apply(from("a@x", "x"), 0.0);
  const double sum = 2 * (2.0 + 0.98 * 10.0) / (0.98 + 1);
  EXPECT_DOUBLE_EQ(third.reputation, sum / 2);
}

TEST_F(ReputationTest, OfEqualScoresTheMeanIsTheScore) {
  ReputationAnswer answer;
  for (int i = 0; i < 100; ++i) answer = reputation_.apply(from("a@x", "x"), 3.0);
  EXPECT_NEAR(answer.reputation, 3.0, 1e-9);
  EXPECT_NEAR(answer.score, 3.0, 1e-9);
}

TEST_F(ReputationTest, AGoodReputationDoesNotDraw) {
  (void)reputation_.apply(from("a@x", "x"), -10.0);
  const ReputationAnswer second = reputation_.apply(from("a@x", "x"), 5.0);
  EXPECT_DOUBLE_EQ(second.reputation, -10.0);
  EXPECT_EQ(second.score, 5.0);
}

TEST_F(ReputationTest, TheValueIsCountAndSum) {
  (void)reputation_.apply(from("a@x", "x"), 1.0);
  std::string value;
  ASSERT_EQ(store_.key_get(bytes({12, 192, 0, 2, 1}), value), StoreStatus::ok);
  EXPECT_EQ(value, bytes({0, 0, 0, 1, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0}));
  ASSERT_EQ(store_.key_get(bytes({15, 0, 0, 0xFB, 0xF4}), value), StoreStatus::ok);
  ASSERT_EQ(store_.key_get(bytes({13}) + "a@x", value), StoreStatus::ok);
  ASSERT_EQ(store_.key_get(bytes({14}) + "x", value), StoreStatus::ok);
}

TEST_F(ReputationTest, WhoDoesNotPassDmarcMeetsTheForgersReputation) {
  (void)reputation_.apply(from("a@x", "X", false), 50.0);
  EXPECT_EQ(store_.key_exists(bytes({13}) + "_x"), StoreStatus::ok);
  EXPECT_EQ(store_.key_exists(bytes({14}) + "_x"), StoreStatus::ok);
  MessageOrigin honest = from("a@x", "x", true);
  honest.ip.reset();
  honest.asn.reset();
  EXPECT_EQ(reputation_.apply(honest, 0.0).reputation, 0.0);
}

TEST_F(ReputationTest, EveryMessageRenewsTheRecords) {
  (void)reputation_.apply(from("a@x", "x"), 10.0);
  pass(29 * kDay);
  (void)reputation_.apply(from("a@x", "x"), 10.0);
  pass(29 * kDay);
  EXPECT_GT(reputation_.apply(from("a@x", "x"), 10.0).reputation, 9.0);
  pass(30 * kDay);
  EXPECT_EQ(reputation_.apply(from("a@x", "x"), 10.0).reputation, 0.0);
}

TEST_F(ReputationTest, InTestModeItLooksOnly) {
  ReputationSettings settings;
  settings.learn = false;
  Reputation looking(store_, settings);
  (void)looking.apply(from("a@x", "x"), 10.0);
  EXPECT_TRUE(keys().empty());
  (void)reputation_.apply(from("a@x", "x"), 10.0);
  EXPECT_DOUBLE_EQ(looking.apply(from("a@x", "x"), 0.0).reputation, 10.0);
  EXPECT_DOUBLE_EQ(looking.apply(from("a@x", "x"), 0.0).reputation, 10.0);
}

TEST_F(ReputationTest, ManyAtOnceLoseNoMessage) {
  at_once([&](int) {
    for (int i = 0; i < 500; ++i) (void)reputation_.apply(from("a@x", "x"), 1.0);
  });
  std::string value;
  ASSERT_EQ(store_.key_get(bytes({12, 192, 0, 2, 1}), value), StoreStatus::ok);
  EXPECT_EQ(value.substr(0, 4), bytes({0, 0, 2000 / 256, 2000 % 256}));
}

TEST_F(ReputationTest, WhatIsNoNumberTeachesNothing) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    (void)reputation_.apply(from("a@x", "x"), bad);
  }
  EXPECT_TRUE(keys().empty());
  ASSERT_TRUE(store_.key_set(bytes({12, 192, 0, 2, 1}), "not twelve", {}));
  EXPECT_EQ(reputation_.apply(from("a@x", "x"), 1.0).reputation, 0.0);
  EXPECT_GT(reputation_.apply(from("a@x", "x"), 1.0).reputation, 0.0) << "it was replaced";
}

TEST_F(ReputationTest, WithoutAStoreTheScoreStays) {
  (void)reputation_.apply(from("a@x", "x"), 10.0);
  store_.down = true;
  const ReputationAnswer answer = reputation_.apply(from("a@x", "x"), 2.0);
  EXPECT_EQ(answer.status, StoreStatus::unavailable);
  EXPECT_EQ(answer.score, 2.0);
}

class TrustedReplyTest : public MailTest {
 protected:
  bool trusted(std::vector<std::string_view> ids) { return replies_.answers(ids).trusted; }
  TrustedReplies replies_{store_};
};

TEST_F(TrustedReplyTest, AReplyToOneOfOursIsTrusted) {
  ASSERT_EQ(replies_.sent("<1@example.org>"), StoreStatus::ok);
  EXPECT_TRUE(trusted({"<1@example.org>"}));
  EXPECT_TRUE(trusted({"<0@elsewhere>", " 1@example.org "}));
  EXPECT_FALSE(trusted({"<2@example.org>", ""}));
  EXPECT_FALSE(trusted({}));
  EXPECT_EQ(keys().front(), bytes({19}) + "1@example.org");
}

TEST_F(TrustedReplyTest, ForThirtyDaysFromTheLastTimeItWasSent) {
  ASSERT_EQ(replies_.sent("1@example.org"), StoreStatus::ok);
  pass(29 * kDay);
  ASSERT_EQ(replies_.sent("1@example.org"), StoreStatus::ok);
  pass(30 * kDay - milliseconds(1));
  EXPECT_TRUE(trusted({"1@example.org"}));
  pass(milliseconds(1));
  EXPECT_FALSE(trusted({"1@example.org"}));
}

TEST_F(TrustedReplyTest, NothingIsNoId) {
  for (const char* id : {"", "<>", " < > "}) {
    EXPECT_EQ(replies_.sent(id), StoreStatus::ok);
    EXPECT_FALSE(trusted({id}));
  }
  EXPECT_TRUE(keys().empty());
}

TEST_F(TrustedReplyTest, OffOrWithoutAStoreNothingIsTrusted) {
  ASSERT_EQ(replies_.sent("1@example.org"), StoreStatus::ok);
  TrustedReplies off(store_, std::nullopt);
  const std::vector<std::string_view> ids{"1@example.org"};
  EXPECT_FALSE(off.answers(ids).trusted);
  EXPECT_EQ(off.sent("2@example.org"), StoreStatus::ok);
  EXPECT_EQ(keys().size(), 1u);
  store_.down = true;
  EXPECT_FALSE(replies_.answers(ids).trusted);
  EXPECT_EQ(replies_.answers(ids).status, StoreStatus::unavailable);
  EXPECT_EQ(replies_.sent("3@example.org"), StoreStatus::unavailable);
}

class SieveTest : public MailTest {
 protected:
  bool seen(std::string_view id, SieveTime time = SieveTime::from_first) {
    return ids_.check(1, 2, id, kHour, time).seen;
  }
  SieveIds ids_{store_};
};

TEST_F(SieveTest, AnIdIsNewOnce) {
  EXPECT_FALSE(seen("a"));
  EXPECT_TRUE(seen("a"));
  EXPECT_FALSE(seen("b"));
  EXPECT_FALSE(ids_.check(2, 2, "a", kHour).seen) << "another account";
  EXPECT_FALSE(ids_.check(1, 3, "a", kHour).seen) << "another script";
  for (const std::string& key : keys()) EXPECT_EQ(key.size(), 33u);
}

TEST_F(SieveTest, TimeBeginsWithTheFirstOrTheLast) {
  EXPECT_FALSE(seen("first"));
  EXPECT_FALSE(seen("last"));
  pass(kHour / 2);
  EXPECT_TRUE(seen("first"));
  EXPECT_TRUE(seen("last", SieveTime::from_last));
  pass(kHour / 2);
  EXPECT_FALSE(seen("first"));
  EXPECT_TRUE(seen("last", SieveTime::from_last));
}

TEST_F(SieveTest, OneOfManyFindsANewIdUnseen) {
  std::atomic<int> unseen{0};
  at_once([&](int thread) {
    const SieveTime time = thread % 2 == 0 ? SieveTime::from_first : SieveTime::from_last;
    for (int i = 0; i < 500; ++i) unseen += !seen(std::to_string(i), time);
  });
  EXPECT_EQ(unseen, 500);
}

TEST_F(SieveTest, AStoreThatDoesNotAnswerIsReported) {
  store_.down = true;
  const SieveAnswer answer = ids_.check(1, 2, "a", kHour);
  EXPECT_FALSE(answer.seen);
  EXPECT_EQ(answer.status, StoreStatus::unavailable);
}

}  // namespace
}  // namespace larder::mail
