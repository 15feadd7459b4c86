// ban_test.cc – limits of failures, bans and their ends.
#include "larder/mail/ban.h"

#include <functional>

#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

class BanTest : public MailTest {
 protected:
  static AllowList allowed() {
    const std::vector<std::string> texts{"10.0.0.0/8"};
    return *AllowList::parse(texts);
  }
  static IpAddress ip(int last) { return *IpAddress::parse("192.0.2." + std::to_string(last)); }
  AutoBan bans_with(const BanSettings& settings) { return AutoBan(store_, settings, allowed(), clock()); }

  AutoBan bans_{store_, {}, allowed(), clock()};
};

TEST_F(BanTest, TheDefaultLimits) {
  using Act = std::function<BanAnswer(const IpAddress&)>;
  const std::pair<int, Act> limits[] = {
      {100, [&](const IpAddress& a) { return bans_.auth_failed(a, ""); }},
      {35, [&](const IpAddress& a) { return bans_.recipient_refused(a, ""); }},
      {150, [&](const IpAddress& a) { return bans_.loitered(a); }},
      {30, [&](const IpAddress& a) { return bans_.scanned(a); }},
  };
  int last = 1;
  for (const auto& [limit, act] : limits) {
    const IpAddress address = ip(last++);
    for (int i = 0; i < limit; ++i) ASSERT_FALSE(act(address).banned) << limit << ": " << i;
    EXPECT_FALSE(bans_.is_banned(address).banned);
    const BanAnswer over = act(address);
    EXPECT_TRUE(over.banned && over.fresh) << limit;
    EXPECT_TRUE(bans_.is_banned(address).banned);
    const BanAnswer again = act(address);
    EXPECT_TRUE(again.banned);
    EXPECT_FALSE(again.fresh) << "one ban, one report";
  }
}

TEST_F(BanTest, ALoginUnderAttackFromManyPlacesBansThem) {
  for (int i = 1; i <= 100; ++i) ASSERT_FALSE(bans_.auth_failed(ip(i), "root").banned);
  EXPECT_TRUE(bans_.auth_failed(ip(101), "root").banned);
  EXPECT_TRUE(bans_.is_banned(ip(101)).banned);
  EXPECT_FALSE(bans_.is_banned(ip(1)).banned);
  EXPECT_FALSE(bans_.auth_failed(ip(102), "other").banned);
  for (int i = 1; i <= 35; ++i) ASSERT_FALSE(bans_.recipient_refused(ip(i), "a@example.org").banned);
  EXPECT_TRUE(bans_.recipient_refused(ip(36), "a@example.org").banned);
}

TEST_F(BanTest, TheNameIsCountedOnlyIfTheAddressIsWithinItsLimit) {
  const auto counted = [&](std::string_view name) {
    Key key(Prefix::rate_auth);
    return store_.counter_get(key.text(name).u64(static_cast<uint64_t>(kEpoch / kDay.count()))).value;
  };
  for (int i = 0; i < 150; ++i) (void)bans_.auth_failed(ip(1), "victim");
  EXPECT_EQ(counted(ip(1).bytes()), 150);
  EXPECT_EQ(counted("victim"), 100);
}

TEST_F(BanTest, BansEnd) {
  BanSettings settings;
  settings.scan = {Rate{1, kHour}, milliseconds(2 * kHour)};
  AutoBan bans = bans_with(settings);
  (void)bans.scanned(ip(1));
  ASSERT_TRUE(bans.scanned(ip(1)).fresh);
  pass(2 * kHour - milliseconds(1));
  EXPECT_TRUE(bans.is_banned(ip(1)).banned);
  pass(milliseconds(1));
  EXPECT_FALSE(bans.is_banned(ip(1)).banned);
  EXPECT_FALSE(bans.scanned(ip(1)).banned) << "and the count began anew with its window";
}

TEST_F(BanTest, ABanCanLastUntilItIsLifted) {
  BanSettings settings;
  settings.scan = {Rate{1, kHour}, std::nullopt};
  AutoBan bans = bans_with(settings);
  for (int i = 0; i < 2; ++i) (void)bans.scanned(ip(1));
  pass(1000 * kDay);
  EXPECT_TRUE(bans.is_banned(ip(1)).banned);
  std::vector<Ban> found;
  ASSERT_EQ(bans.list(found), StoreStatus::ok);
  EXPECT_EQ(found.at(0).ttl, std::nullopt);
}

TEST_F(BanTest, ALimitCanBeSwitchedOff) {
  BanSettings settings;
  settings.loiter.rate.reset();
  AutoBan bans = bans_with(settings);
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(bans.loitered(ip(1)).banned);
  EXPECT_TRUE(keys().empty()) << "nothing is counted for nothing";
}

TEST_F(BanTest, PathsOnlyAttackersAskForBanAtOnce) {
  for (const char* path : {"/index.php", "/x/wp-login", "/cgi-bin/x", "/a/../../etc/passwd", "/..hidden", "/phpmyadmin",
                           "/xmlrpc", "/a.aspx", "/joomla/"}) {
    EXPECT_TRUE(bans_.path_requested(ip(1), path).fresh) << path;
    ASSERT_EQ(bans_.lift(ip(1)), StoreStatus::ok);
  }
  for (const char* path : {"/", "/jmap", "/dav/cal/a..b", "/api/principal", "/.well-known/jmap"}) {
    EXPECT_FALSE(bans_.path_requested(ip(2), path).banned) << path;
  }
  EXPECT_TRUE(keys().empty());
}

TEST_F(BanTest, TheAllowedAreNeitherCountedNorBanned) {
  for (const char* text : {"10.20.30.40", "127.0.0.1", "::1"}) {
    const IpAddress address = *IpAddress::parse(text);
    for (int i = 0; i < 200; ++i) ASSERT_FALSE(bans_.auth_failed(address, "name").banned);
    EXPECT_FALSE(bans_.path_requested(address, "/index.php").banned);
    EXPECT_FALSE(bans_.ban(address, kHour).banned);
    EXPECT_FALSE(bans_.is_banned(address).banned);
  }
  EXPECT_TRUE(keys().empty());
  AutoBan before(store_, {}, AllowList(), clock());
  const IpAddress later_allowed = *IpAddress::parse("10.1.1.1");
  ASSERT_TRUE(before.ban(later_allowed, {}).banned);
  EXPECT_FALSE(bans_.is_banned(later_allowed).banned);
}

TEST_F(BanTest, ListedBansSayWhoWhyAndUntilWhen) {
  for (int i = 0; i < 31; ++i) (void)bans_.scanned(ip(1));
  pass(kHour);
  ASSERT_TRUE(bans_.ban(*IpAddress::parse("2001:db8::1"), kHour).fresh);
  std::vector<Ban> found;
  ASSERT_EQ(bans_.list(found), StoreStatus::ok);
  ASSERT_EQ(found.size(), 2u);
  if (found[0].address.is_v4()) std::swap(found[0], found[1]);
  EXPECT_EQ(found[0].address.text(), "2001:db8::1");
  EXPECT_EQ(found[0].reason, BanReason::manual);
  EXPECT_EQ(found[0].since, (kEpoch + kHour.count()) / 1000);
  EXPECT_EQ(found[0].ttl, kHour);
  EXPECT_EQ(found[1].address, ip(1));
  EXPECT_EQ(found[1].reason, BanReason::scan);
  EXPECT_EQ(found[1].since, kEpoch / 1000);
  EXPECT_EQ(found[1].ttl, kDay - kHour);
}

TEST_F(BanTest, LiftingForgetsTheCountsOfTheAddress) {
  for (int i = 0; i < 101; ++i) (void)bans_.auth_failed(ip(1), "");
  ASSERT_TRUE(bans_.is_banned(ip(1)).banned);
  EXPECT_EQ(bans_.lift(ip(1)), StoreStatus::ok);
  EXPECT_FALSE(bans_.is_banned(ip(1)).banned);
  EXPECT_FALSE(bans_.auth_failed(ip(1), "").banned) << "the next failure must not ban it again";
  EXPECT_EQ(bans_.lift(ip(2)), StoreStatus::absent);
}

TEST_F(BanTest, ABanByHandReplacesAnOther) {
  for (int i = 0; i < 31; ++i) (void)bans_.scanned(ip(1));
  ASSERT_TRUE(bans_.ban(ip(1), 100 * kDay).banned);
  pass(50 * kDay);
  EXPECT_TRUE(bans_.is_banned(ip(1)).banned);
}

TEST_F(BanTest, OneOfManyFailuresAtOnceMakesTheBan) {
  std::atomic<int> fresh{0}, banned{0};
  at_once([&](int) {
    for (int i = 0; i < 100; ++i) {
      const BanAnswer answer = bans_.auth_failed(ip(1), "");
      fresh += answer.fresh;
      banned += answer.banned;
    }
  });
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(banned, 300) << "every failure after the hundredth";
}

TEST_F(BanTest, AStoreThatDoesNotAnswerIsReported) {
  store_.down = true;
  for (const BanAnswer& answer : {bans_.auth_failed(ip(1), "x"), bans_.is_banned(ip(1)), bans_.ban(ip(1), kHour),
                                  bans_.path_requested(ip(1), "/x.php")}) {
    EXPECT_EQ(answer.status, StoreStatus::unavailable);
    EXPECT_FALSE(answer.banned);
  }
  EXPECT_EQ(bans_.lift(ip(1)), StoreStatus::unavailable);
  std::vector<Ban> found;
  EXPECT_EQ(bans_.list(found), StoreStatus::unavailable);
}

}  // namespace
}  // namespace larder::mail
