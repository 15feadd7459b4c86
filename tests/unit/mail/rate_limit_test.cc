// rate_limit_test.cc – fixed windows, sliding windows, their bounds, and what happens without a store.
#include "larder/mail/rate_limit.h"

#include <deque>

#include "support/values.h"
#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

class RateLimit : public MailTest {
 protected:
  static constexpr Rate kFivePerMinute{5, milliseconds(60'000)};
  static constexpr int64_t kWindowBegin = kEpoch - kEpoch % 60'000;

  void SetUp() override { wall_ = kWindowBegin; }
  bool allowed(const Rate& rate = kFivePerMinute) { return limiter_.check(Prefix::rate_imap, 7, rate).allowed; }
  bool allowed_sliding(const Rate& rate = kFivePerMinute) {
    return limiter_.check_sliding(Prefix::rate_imap, 7, rate).allowed;
  }

  IpAddress ip_ = *IpAddress::parse("192.0.2.1");
  RateLimiter limiter_{store_, clock()};
};

TEST_F(RateLimit, AllowsTheCountAndRefusesTheNext) {
  for (uint64_t i = 1; i <= 5; ++i) {
    const RateAnswer answer = limiter_.check(Prefix::rate_imap, 7, kFivePerMinute);
    EXPECT_TRUE(answer.allowed) << i;
    EXPECT_EQ(answer.limit, 5u);
    EXPECT_EQ(answer.remaining, 5 - i);
    EXPECT_EQ(answer.reset, 60u);
  }
  const RateAnswer refused = limiter_.check(Prefix::rate_imap, 7, kFivePerMinute);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.status, StoreStatus::ok);
  EXPECT_EQ(refused.remaining, 0u);
}

TEST_F(RateLimit, SubjectsAndPrefixesCountApart) {
  for (int i = 0; i < 6; ++i) (void)limiter_.check(Prefix::rate_imap, 7, kFivePerMinute);
  EXPECT_TRUE(limiter_.check(Prefix::rate_imap, 8, kFivePerMinute).allowed);
  EXPECT_TRUE(limiter_.check(Prefix::rate_http_authenticated, 7, kFivePerMinute).allowed);
  EXPECT_FALSE(allowed());
}

TEST_F(RateLimit, WindowsAreAlignedToTheEpoch) {
  wall_ = kWindowBegin + 59'999;
  const RateAnswer last = limiter_.check(Prefix::rate_imap, 7, kFivePerMinute);
  EXPECT_EQ(last.reset, 1u);
  EXPECT_EQ(last.remaining, 4u);
  wall_ = kWindowBegin + 60'000;
  const RateAnswer first = limiter_.check(Prefix::rate_imap, 7, kFivePerMinute);
  EXPECT_EQ(first.reset, 60u);
  EXPECT_EQ(first.remaining, 4u) << "a new window begins at zero";
  wall_ = kWindowBegin + 60'999;
  EXPECT_EQ(limiter_.check(Prefix::rate_imap, 7, kFivePerMinute).reset, 60u) << "whole seconds";
}

TEST_F(RateLimit, RefusedCallsCountToo) {
  for (int i = 0; i < 50; ++i) (void)allowed();
  const auto key = keys().front();
  EXPECT_EQ(store_.counter_get(key).value, 50);
}

TEST_F(RateLimit, TheKeyIsPrefixSubjectAndWindow) {
  (void)limiter_.check(Prefix::rate_auth, ip_, kFivePerMinute);
  const uint64_t window = static_cast<uint64_t>(kWindowBegin) / 60'000;
  Key key(Prefix::rate_auth);
  EXPECT_EQ(keys().front(), key.u32(0xC0000201).u64(window).view());
  const auto bucket = parse_rate_key(key);
  ASSERT_TRUE(bucket);
  EXPECT_EQ(bucket->prefix, Prefix::rate_auth);
  EXPECT_EQ(bucket->subject, ip_.bytes());
  EXPECT_EQ(bucket->window, window);
  EXPECT_FALSE(parse_rate_key(Key(Prefix::greylist).u64(1).u64(1)));
  EXPECT_FALSE(parse_rate_key(Key(Prefix::rate_auth).u32(1)));
}

TEST_F(RateLimit, ANameOfFourBytesIsNoAddress) {
  const std::string name(ip_.bytes());
  for (int i = 0; i < 6; ++i) (void)limiter_.check(Prefix::rate_auth, std::string_view(name), kFivePerMinute);
  EXPECT_TRUE(limiter_.check(Prefix::rate_auth, ip_, kFivePerMinute).allowed);
  const auto six = *IpAddress::parse("2001:db8::1");
  const std::string name16(six.bytes());
  for (int i = 0; i < 6; ++i) (void)limiter_.check(Prefix::rate_auth, std::string_view(name16), kFivePerMinute);
  EXPECT_TRUE(limiter_.check(Prefix::rate_auth, six, kFivePerMinute).allowed);
}

TEST_F(RateLimit, ACounterEndsWithItsWindowNotBefore) {
  wall_ = kWindowBegin + 10'900;
  (void)allowed();
  EXPECT_EQ(ttl(keys().front()), milliseconds(50'000)) << "the begun second counts whole";
  pass(milliseconds(20'000));
  (void)allowed();
  EXPECT_EQ(ttl(keys().front()), milliseconds(30'000));
  pass(milliseconds(30'000));
  EXPECT_TRUE(keys().empty());
}

TEST_F(RateLimit, PeriodsBelowASecondAreOneSecond) {
  const Rate tiny{1, milliseconds(1)};
  const RateAnswer answer = limiter_.check(Prefix::rate_imap, 7, tiny);
  EXPECT_TRUE(answer.allowed);
  EXPECT_EQ(answer.reset, 1u);
  pass(milliseconds(999));
  EXPECT_FALSE(allowed(tiny));
  pass(milliseconds(1));
  EXPECT_TRUE(allowed(tiny));
}

TEST_F(RateLimit, PeekingDoesNotCount) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limiter_.peek(Prefix::rate_imap, 7, kFivePerMinute).allowed);
  EXPECT_TRUE(keys().empty());
  for (int i = 0; i < 5; ++i) {
    const RateAnswer peeked = limiter_.peek(Prefix::rate_imap, 7, kFivePerMinute);
    const RateAnswer checked = limiter_.check(Prefix::rate_imap, 7, kFivePerMinute);
    EXPECT_EQ(peeked.allowed, checked.allowed);
    EXPECT_EQ(peeked.remaining, checked.remaining);
  }
  EXPECT_FALSE(limiter_.peek(Prefix::rate_imap, 7, kFivePerMinute).allowed);
}

TEST_F(RateLimit, ForgettingBeginsTheWindowAnew) {
  for (int i = 0; i < 6; ++i) (void)allowed();
  EXPECT_EQ(limiter_.forget(Prefix::rate_imap, 7, kFivePerMinute), StoreStatus::ok);
  EXPECT_TRUE(allowed());
  EXPECT_EQ(limiter_.forget(Prefix::rate_imap, 8, kFivePerMinute), StoreStatus::absent);
}

TEST_F(RateLimit, WithoutAStoreSmtpGoesOnAndOthersReport) {
  store_.down = true;
  for (const bool sliding : {false, true}) {
    const auto ask = [&](Prefix prefix) {
      return sliding ? limiter_.check_sliding(prefix, "x", kFivePerMinute)
                     : limiter_.check(prefix, "x", kFivePerMinute);
    };
    EXPECT_TRUE(ask(Prefix::rate_smtp).allowed);
    EXPECT_EQ(ask(Prefix::rate_smtp).status, StoreStatus::unavailable);
    for (const Prefix prefix :
         {Prefix::rate_auth, Prefix::rate_http_anonymous, Prefix::rate_imap, Prefix::rate_contact}) {
      EXPECT_FALSE(ask(prefix).allowed);
      EXPECT_EQ(ask(prefix).status, StoreStatus::unavailable);
    }
  }
  EXPECT_EQ(limiter_.peek(Prefix::rate_imap, 7, kFivePerMinute).status, StoreStatus::unavailable);
  EXPECT_EQ(limiter_.peek_sliding(Prefix::rate_imap, 7, kFivePerMinute).status, StoreStatus::unavailable);
}

TEST_F(RateLimit, WhenTheClockIsSetBackTheWindowGoesOn) {
  wall_ = kWindowBegin + 30'000;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(allowed());
  wall_ -= 20'000;
  EXPECT_FALSE(allowed());
}

TEST_F(RateLimit, ManyAtOnceAreAllowedExactlyTheCount) {
  const Rate rate{1000, milliseconds(3'600'000)};
  std::atomic<int> passed{0};
  at_once([&](int) {
    for (int i = 0; i < 500; ++i) passed += allowed(rate);
  });
  EXPECT_EQ(passed, 1000);
}

TEST_F(RateLimit, ThrottlesThatDifferInAnythingCountApart) {
  using Parts = std::vector<std::string_view>;
  const Rate rate{25, milliseconds(3'600'000)};
  std::set<std::string> seen;
  for (const Parts& parts : {Parts{"ab", "c"}, Parts{"a", "bc"}, Parts{"abc"}, Parts{"abc", ""}}) {
    EXPECT_TRUE(seen.insert(throttle_subject(parts, rate, true)).second);
    EXPECT_TRUE(seen.insert(throttle_subject(parts, rate, false)).second);
    EXPECT_TRUE(seen.insert(throttle_subject(parts, {26, rate.period}, true)).second);
    EXPECT_TRUE(seen.insert(throttle_subject(parts, {25, milliseconds(60'000)}, true)).second);
    EXPECT_EQ(throttle_subject(parts, rate, true), throttle_subject(parts, rate, true));
    EXPECT_EQ(throttle_subject(parts, rate, true).size(), 32u);
  }
}

// --- sliding
// ----------------------------------------------------------------------------------------------------------

TEST_F(RateLimit, SlidingHasNoBurstAtTheEdge) {
  wall_ = kWindowBegin + 59'900;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(allowed_sliding());
  EXPECT_FALSE(allowed_sliding());
  pass(milliseconds(100));
  EXPECT_FALSE(allowed_sliding()) << "a fixed window would let five more pass";
  pass(milliseconds(12'000));
  EXPECT_TRUE(allowed_sliding()) << "a fifth of the last window is out of sight";
  EXPECT_FALSE(allowed_sliding());
}

TEST_F(RateLimit, SlidingRefusedCallsDoNotCount) {
  for (int i = 0; i < 500; ++i) (void)allowed_sliding();
  EXPECT_EQ(store_.counter_get(keys().front()).value, 5);
  pass(milliseconds(120'000));
  EXPECT_TRUE(allowed_sliding());
}

TEST_F(RateLimit, SlidingLetsASteadyFlowPass) {
  const Rate rate{60, milliseconds(60'000)};
  int refused = 0;
  for (int second = 0; second < 600; ++second) {
    refused += !allowed_sliding(rate);
    pass(milliseconds(1000));
  }
  EXPECT_LE(refused, 10) << "at most one a window at the very limit";
  wall_ = wall_ + 600'000;
  for (int i = 0; i < 600; ++i) {
    EXPECT_TRUE(allowed_sliding(rate)) << "below the limit none: " << i;
    pass(milliseconds(1017));
  }
}

TEST_F(RateLimit, SlidingKeepsItsBoundInEveryStretch) {
  constexpr int64_t kPeriod = 10'000;
  const Rate rate{20, milliseconds(kPeriod)};
  test::Random random(11);
  std::deque<int64_t> passed;
  for (int burst = 0; burst < 400; ++burst) {
    for (uint64_t i = 0; i < 1 + random.below(60); ++i) {
      if (allowed_sliding(rate)) passed.push_back(wall_);
      pass(milliseconds(random.below(3) == 0 ? 1 : 0));
    }
    pass(milliseconds(random.below(6000)));
  }
  ASSERT_GT(passed.size(), 400u);
  for (size_t first = 0; first < passed.size(); ++first) {
    for (size_t last = first; last < passed.size() && passed[last] - passed[first] <= kPeriod; ++last) {
      const double stretch = static_cast<double>(passed[last] - passed[first]) / kPeriod;
      ASSERT_LE(static_cast<double>(last - first + 1), 20 * (1 + stretch) + 1e-9) << first << ".." << last;
    }
  }
}

TEST_F(RateLimit, SlidingResetIsWhenACallIsAllowedAgain) {
  test::Random random(5);
  for (int round = 0; round < 300; ++round) {
    const Rate rate{1 + random.below(9), milliseconds(1000 * (1 + random.below(20)))};
    const auto account = static_cast<uint32_t>(1000 + round);
    RateAnswer answer;
    do {
      answer = limiter_.check_sliding(Prefix::rate_imap, account, rate);
      pass(milliseconds(random.below(300)));
    } while (answer.allowed);
    answer = limiter_.peek_sliding(Prefix::rate_imap, account, rate);
    if (answer.allowed) continue;
    ASSERT_GE(answer.reset, 1u);
    pass(milliseconds(static_cast<int64_t>(answer.reset) * 1000));
    EXPECT_TRUE(limiter_.check_sliding(Prefix::rate_imap, account, rate).allowed) << round;
  }
}

TEST_F(RateLimit, SlidingPeekAgreesWithCheck) {
  test::Random random(6);
  for (int i = 0; i < 2000; ++i) {
    const RateAnswer peeked = limiter_.peek_sliding(Prefix::rate_imap, 7, kFivePerMinute);
    const RateAnswer checked = limiter_.check_sliding(Prefix::rate_imap, 7, kFivePerMinute);
    ASSERT_EQ(peeked.allowed, checked.allowed);
    ASSERT_EQ(peeked.remaining, checked.remaining);
    ASSERT_EQ(peeked.reset, checked.reset);
    pass(milliseconds(random.below(20'000)));
  }
}

TEST_F(RateLimit, SlidingNeverAllowsMoreThanTheCountAtOnce) {
  const Rate rate{1000, milliseconds(3'600'000)};
  std::atomic<int> passed{0};
  at_once([&](int) {
    for (int i = 0; i < 1000; ++i) passed += allowed_sliding(rate);
  });
  EXPECT_LE(passed, 1000);
  EXPECT_GE(passed, 990) << "losers of races take their counts back";
  while (allowed_sliding(rate)) ++passed;
  EXPECT_EQ(passed, 1000);
}

TEST_F(RateLimit, ACountOfZeroAllowsNothing) {
  const Rate none{0, milliseconds(60'000)};
  EXPECT_FALSE(allowed(none));
  EXPECT_FALSE(allowed_sliding(none));
  EXPECT_GE(limiter_.peek_sliding(Prefix::rate_imap, 9, none).reset, 1u);
}

}  // namespace
}  // namespace larder::mail
