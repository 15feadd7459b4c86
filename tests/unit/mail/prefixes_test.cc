// prefixes_test.cc – the table of prefixes, users' keys, key layouts, purges.
#include "larder/mail/prefixes.h"

#include <map>

#include "larder/mail/purge.h"
#include "mail/blake3.h"
#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

TEST(Prefixes, NumbersAndNamesAreTheDocumentedOnes) {
  const std::map<int, std::vector<std::string>> documented = {
      {0, {"ACME"}},
      {1, {"OAUTH"}},
      {2, {"RATE_LIMIT_RCPT"}},
      {3, {"RATE_LIMIT_SCAN"}},
      {4, {"RATE_LIMIT_LOITER"}},
      {5, {"RATE_LIMIT_AUTH"}},
      {6, {"RATE_LIMIT_SMTP"}},
      {7, {"RATE_LIMIT_CONTACT"}},
      {8, {"RATE_LIMIT_HTTP_AUTHENTICATED"}},
      {9, {"RATE_LIMIT_HTTP_ANONYMOUS"}},
      {10, {"RATE_LIMIT_IMAP"}},
      {11, {"TOKEN_REVISION", "QUOTA_BLOB"}},
      {12, {"REPUTATION_IP"}},
      {13, {"REPUTATION_FROM"}},
      {14, {"REPUTATION_DOMAIN"}},
      {15, {"REPUTATION_ASN"}},
      {16, {"GREYLIST"}},
      {17, {"BAYES_MODEL_GLOBAL"}},
      {18, {"BAYES_MODEL_USER"}},
      {19, {"TRUSTED_REPLY"}},
      {20, {"LOCK_PURGE_ACCOUNT"}},
      {21, {"LOCK_QUEUE_MESSAGE"}},
      {22, {"LOCK_QUEUE_REPORT"}},
      {23, {"LOCK_EMAIL_TASK"}},
      {24, {"LOCK_HOUSEKEEPER"}},
      {25, {"LOCK_DAV"}},
      {26, {"SIEVE_ID"}},
      {27, {"BAN"}},
  };
  std::map<int, std::vector<std::string>> found;
  for (const PrefixRow& row : prefix_rows()) found[row.number()].emplace_back(row.name);
  EXPECT_EQ(found, documented);
}

TEST(Prefixes, OnlyTheModelsOfTheSpamFilterPersist) {
  for (const PrefixRow& row : prefix_rows()) {
    EXPECT_EQ(row.persistence == Persistence::disk, row.number() == 17 || row.number() == 18) << row.name;
  }
}

TEST(Prefixes, OnlyRateWindowsAndTheGreylistMayBeDropped) {
  for (const PrefixRow& row : prefix_rows()) {
    const bool droppable = (row.number() >= 2 && row.number() <= 10) || row.number() == 16;
    EXPECT_EQ(row.pressure == Pressure::drop, droppable) << row.name;
  }
}

TEST(Prefixes, AreFoundByNumberAndName) {
  EXPECT_EQ(find_prefix(26)->name, "SIEVE_ID");
  EXPECT_EQ(find_prefix("BAN")->number(), 27);
  EXPECT_EQ(find_prefix(28), nullptr);
  EXPECT_EQ(find_prefix("SIEVE"), nullptr);
}

TEST(UserKeys, BeginAboveTheReservedBytes) {
  for (int first = 0; first < 256; ++first) {
    const Status status = check_user_key(bytes({first, 'x'}));
    EXPECT_EQ(bool(status), first >= kFirstUserByte) << first;
  }
  EXPECT_TRUE(check_user_key("k"));
  EXPECT_TRUE(check_user_key(std::string(kMaxKeyBytes, 'k')));
  EXPECT_FALSE(check_user_key(""));
  EXPECT_FALSE(check_user_key(std::string(kMaxKeyBytes + 1, 'k')));
}

TEST(UserKeys, TheRefusalSaysWhoseTheKeyIs) {
  const Status refused = check_user_key(bytes({17, 'x'}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_EQ(refused.error().message,
            "the key begins with the control byte 17, which is reserved for BAYES_MODEL_GLOBAL records");
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST(Keys, AreThePrefixAndBigEndianParts) {
  Key key(Prefix::lock_queue_message);
  key.u64(0x0102030405060708).u32(0x0A0B0C0D).u8(0xFF).text("abc");
  EXPECT_EQ(key.view(), bytes({21, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 255, 'a', 'b', 'c'}));
  EXPECT_EQ(Key(Prefix::greylist).lower_text("A@Exämple.ORG").view(), bytes({16}) + "a@exämple.org");
}

TEST(Keys, LongTextsAreRepresentedWithinTheLimit) {
  const std::string longest(Key::kMaxTextBytes, 'a');
  EXPECT_EQ(Key(Prefix::greylist).text(longest).view(), bytes({16}) + longest);
  std::set<std::string> seen;
  for (const std::string& text :
       {longest, longest + "b", longest + "c", std::string(5000, 'a'), std::string(5001, 'a')}) {
    Key key(Prefix::greylist);
    key.text(text).u8(0).text(text).u64(7);
    EXPECT_LE(key.view().size(), kMaxKeyBytes);
    EXPECT_TRUE(seen.insert(std::string(key.view())).second);
  }
  EXPECT_EQ(Key(Prefix::greylist).lower_text(std::string(5000, 'A')).view(),
            Key(Prefix::greylist).text(std::string(5000, 'a')).view());
}

std::string hex(const std::string& hash) {
  std::string text;
  for (const char c : hash) {
    for (const int nibble : {static_cast<uint8_t>(c) >> 4, c & 15}) text += "0123456789abcdef"[nibble];
  }
  return text;
}

TEST(Blake3, GivesTheSpecifiedHashes) {
  const std::map<size_t, const char*> specified = {
      {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
      {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
      {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
      {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
      {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
      {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
      {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"},
      {3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"},
      {5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"},
      {7169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817"},
  };
  for (const auto& [length, hash] : specified) {
    std::string input;
    for (size_t i = 0; i < length; ++i) input += static_cast<char>(i % 251);
    EXPECT_EQ(hex(blake3(input)), hash) << length;
  }
}

class Purge : public MailTest {
 protected:
  Purge() {
    for (int number = 0; number < 40; ++number) {
      EXPECT_TRUE(store_.key_set(bytes({number, 'a'}), "v", {}));
      EXPECT_TRUE(store_.key_set(bytes({number, 'b'}), "v", kHour));
    }
  }
  /// What a purge removed, by first byte.
  std::set<int> missing() {
    std::set<int> numbers;
    for (int number = 0; number < 40; ++number) numbers.insert(number);
    for (const std::string& key : keys()) numbers.erase(key.front());
    return numbers;
  }
};

TEST_F(Purge, AKindRemovesItsPrefixAndNoOther) {
  const auto answer = purge(store_, "greylist");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, StoreStatus::ok);
  EXPECT_EQ(answer->removed, 2u);
  EXPECT_EQ(missing(), (std::set<int>{16}));
}

TEST_F(Purge, SomeKindsStandForSeveral) {
  EXPECT_EQ(purge(store_, "rate")->removed, 18u);
  EXPECT_EQ(missing(), (std::set<int>{2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(purge(store_, "auth-tokens")->removed, 4u);
  EXPECT_EQ(purge(store_, "lock-queue")->removed, 4u);
  EXPECT_EQ(purge(store_, "lock-task")->removed, 4u);
  EXPECT_EQ(missing(), (std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 21, 22, 23, 24}));
}

TEST_F(Purge, EveryPrefixHasAKind) {
  for (const std::string_view kind : purge_kinds()) {
    const auto answer = purge(store_, kind);
    ASSERT_TRUE(answer) << kind;
    EXPECT_EQ(answer->status, StoreStatus::ok) << kind;
  }
  std::set<int> all;
  for (const PrefixRow& row : prefix_rows()) all.insert(row.number());
  EXPECT_EQ(missing(), all) << "and keys of users stay";
}

TEST_F(Purge, WithoutAKindItSweepsWhatIsExpired) {
  EXPECT_EQ(purge(store_, "")->removed, 0u);
  pass(kHour);
  EXPECT_EQ(purge(store_, "")->removed, 40u);
  EXPECT_TRUE(missing().empty());
}

TEST_F(Purge, AnAccountNarrowsItsModelOnly) {
  Key mine(Prefix::bayes_user), other(Prefix::bayes_user);
  ASSERT_TRUE(store_.counter_incr(mine.u32(7).text("token"), 1, {}, CounterTtl::always));
  ASSERT_TRUE(store_.counter_incr(other.u32(8).text("token"), 1, {}, CounterTtl::always));
  EXPECT_EQ(purge(store_, "bayes-account", 7)->removed, 1u);
  EXPECT_EQ(store_.key_exists(other), StoreStatus::ok);
  EXPECT_FALSE(purge(store_, "greylist", 7));
  EXPECT_EQ(purge(store_, "bayes-account")->removed, 3u);
}

TEST_F(Purge, AnUnknownKindIsNamedTogetherWithTheKnownOnes) {
  const auto answer = purge(store_, "grey");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::not_found);
  EXPECT_NE(answer.error().message.find("\"grey\""), std::string::npos);
  EXPECT_NE(answer.error().hint.find("greylist"), std::string::npos);
}

TEST_F(Purge, AStoreThatDoesNotAnswerIsReported) {
  store_.down = true;
  EXPECT_EQ(purge(store_, "rate")->status, StoreStatus::unavailable);
}

}  // namespace
}  // namespace larder::mail
