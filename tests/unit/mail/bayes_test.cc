// bayes_test.cc – pairs of counts: packed, saturated, exact under many trainers.
#include "larder/mail/bayes.h"

#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

constexpr int64_t kMost = BayesModel::kMost;
constexpr int64_t kMostAtOnce = BayesModel::kMostAtOnce;

class Bayes : public MailTest {
 protected:
  BayesCounts counts(std::string_view token) { return global_.get(token).counts; }

  /// Sets both counts, beyond what one addition could.
  void set(std::string_view token, int64_t ham, int64_t spam) {
    EXPECT_TRUE(store_.counter_incr(Key(Prefix::bayes_global).text(token), (ham << 32) + spam, {}, CounterTtl::always));
  }

  BayesModel global_{store_};
  BayesModel mine_{store_, 7};
};

TEST_F(Bayes, LearnsTokensAndTotals) {
  const std::vector<std::string_view> spam{"viagra", "cheap", ""}, ham{"meeting", "cheap"};
  ASSERT_EQ(global_.learn(spam, true), StoreStatus::ok);
  ASSERT_EQ(global_.learn(spam, true), StoreStatus::ok);
  ASSERT_EQ(global_.learn(ham, false), StoreStatus::ok);
  EXPECT_EQ(counts("viagra"), (BayesCounts{0, 2}));
  EXPECT_EQ(counts("cheap"), (BayesCounts{1, 2}));
  EXPECT_EQ(counts("meeting"), (BayesCounts{1, 0}));
  EXPECT_EQ(counts("unknown"), (BayesCounts{0, 0}));
  EXPECT_EQ(global_.totals().counts, (BayesCounts{1, 2})) << "an empty token must not count as a message";
  ASSERT_EQ(global_.learn(spam, true, true), StoreStatus::ok);
  EXPECT_EQ(counts("viagra"), (BayesCounts{0, 1}));
  EXPECT_EQ(global_.totals().counts, (BayesCounts{1, 1}));
}

TEST_F(Bayes, KeysAndValuesAreAsDocumented) {
  ASSERT_EQ(global_.add("token", 3, 5).counts, (BayesCounts{3, 5}));
  ASSERT_EQ(mine_.add("0123456789abcdef", 1, 0).counts, (BayesCounts{1, 0}));
  ASSERT_EQ(mine_.add("", 1, 0).counts, (BayesCounts{1, 0}));
  EXPECT_EQ(store_.counter_get(bytes({17}) + "token").value, (int64_t{3} << 32) + 5);
  EXPECT_EQ(store_.counter_get(bytes({18, 0, 0, 0, 7}) + "0123456789abcdef").value, int64_t{1} << 32);
  EXPECT_EQ(store_.counter_get(bytes({18, 0, 0, 0, 7})).value, int64_t{1} << 32);
  EXPECT_EQ(ttl(bytes({17}) + "token"), std::nullopt) << "models do not expire";
}

TEST_F(Bayes, LongTokensAreHashedToSixteenBytes) {
  ASSERT_EQ(global_.add("0123456789abcdefg", 1, 0).status, StoreStatus::ok);
  ASSERT_EQ(global_.add("0123456789abcdefh", 0, 1).status, StoreStatus::ok);
  EXPECT_EQ(counts("0123456789abcdefg"), (BayesCounts{1, 0}));
  EXPECT_EQ(counts("0123456789abcdefh"), (BayesCounts{0, 1}));
  EXPECT_EQ(counts("0123456789abcdef"), (BayesCounts{0, 0}));
  for (const std::string& key : keys()) EXPECT_EQ(key.size(), 17u);
  ASSERT_EQ(global_.add(std::string(100'000, 'x'), 1, 0).status, StoreStatus::ok);
}

TEST_F(Bayes, AccountsHaveModelsOfTheirOwn) {
  ASSERT_EQ(global_.add("t", 1, 0).status, StoreStatus::ok);
  ASSERT_EQ(mine_.add("t", 0, 1).status, StoreStatus::ok);
  BayesModel other(store_, 8);
  ASSERT_EQ(other.add("t", 5, 5).status, StoreStatus::ok);
  EXPECT_EQ(global_.get("t").counts, (BayesCounts{1, 0}));
  EXPECT_EQ(mine_.get("t").counts, (BayesCounts{0, 1}));
  uint64_t removed = 0;
  ASSERT_EQ(mine_.clear(removed), StoreStatus::ok);
  EXPECT_EQ(removed, 1u);
  EXPECT_EQ(mine_.get("t").counts, (BayesCounts{0, 0}));
  EXPECT_EQ(other.get("t").counts, (BayesCounts{5, 5}));
  ASSERT_EQ(global_.clear(removed), StoreStatus::ok);
  EXPECT_EQ(other.get("t").counts, (BayesCounts{5, 5}));
}

TEST_F(Bayes, CountsSaturateWithoutSpillingIntoEachOther) {
  set("t", kMost, kMost);
  for (const auto& [ham, spam] :
       {std::pair<int64_t, int64_t>{0, 1}, {1, 0}, {1, 1}, {kMostAtOnce, kMostAtOnce}, {-1, 1}}) {
    const BayesAnswer answer = global_.add("t", ham, spam);
    EXPECT_EQ(answer.status, StoreStatus::ok);
    EXPECT_TRUE(answer.saturated) << ham << "/" << spam;
    EXPECT_EQ(counts("t"), (BayesCounts{kMost, kMost}));
  }
  EXPECT_FALSE(global_.add("t", -1, 0).saturated);
  EXPECT_EQ(counts("t"), (BayesCounts{kMost - 1, kMost}));
}

TEST_F(Bayes, CountsDoNotGoBelowZero) {
  ASSERT_FALSE(global_.add("t", 5, 0).saturated);
  EXPECT_TRUE(global_.add("t", 0, -1).saturated) << "a borrow from the ham count";
  EXPECT_EQ(counts("t"), (BayesCounts{5, 0}));
  EXPECT_TRUE(global_.add("t", -6, 0).saturated);
  EXPECT_EQ(counts("t"), (BayesCounts{5, 0}));
  EXPECT_TRUE(global_.add("new", 0, -1).saturated);
  EXPECT_EQ(counts("new"), (BayesCounts{0, 0}));
  EXPECT_FALSE(global_.add("new", 1, 1).saturated);
  EXPECT_EQ(counts("new"), (BayesCounts{1, 1}));
}

TEST_F(Bayes, AdditionsBeyondTheRangeAreNotTried) {
  ASSERT_FALSE(global_.add("t", 1, 1).saturated);
  for (const int64_t much : {kMostAtOnce + 1, -kMostAtOnce - 1, INT64_MAX, INT64_MIN}) {
    EXPECT_TRUE(global_.add("t", much, 0).saturated);
    EXPECT_TRUE(global_.add("t", 0, much).saturated);
  }
  EXPECT_EQ(counts("t"), (BayesCounts{1, 1}));
}

TEST_F(Bayes, ACountLeftJustOutsideIsReadWithinTheRange) {
  const std::string key = bytes({17}) + "t";
  ASSERT_TRUE(store_.counter_incr(key, (int64_t{5} << 32) - 1, {}, CounterTtl::always)) << "a trainer died untraining";
  EXPECT_EQ(counts("t"), (BayesCounts{5, 0}));
  EXPECT_EQ(global_.add("t", 1, 1).counts, (BayesCounts{6, 0}));
  ASSERT_TRUE(store_.key_set(key, "a value", {}));
  EXPECT_EQ(global_.get("t").status, StoreStatus::wrong_type);
  EXPECT_EQ(global_.add("t", 1, 1).status, StoreStatus::wrong_type);
}

TEST_F(Bayes, ManyTrainersLoseNothing) {
  at_once([&](int thread) {
    for (int i = 0; i < 3000; ++i) {
      EXPECT_FALSE(global_.add("t", thread % 2, 1 - thread % 2).saturated);
    }
  });
  EXPECT_EQ(counts("t"), (BayesCounts{6000, 6000}));
}

TEST_F(Bayes, ManyTrainersAtTheLimitNeverSpill) {
  set("t", 17, kMost - 10);
  std::atomic<int> learned{0};
  std::atomic<bool> spilled{false};
  at_once([&](int thread) {
    for (int i = 0; i < 2000; ++i) {
      if (thread == 3) {
        if (counts("t").ham != 17) spilled = true;
      } else {
        learned += !global_.add("t", 0, 1).saturated;
      }
    }
  });
  EXPECT_FALSE(spilled);
  EXPECT_LE(learned, 10);
  EXPECT_EQ(counts("t"), (BayesCounts{17, static_cast<uint32_t>(kMost - 10 + learned)}));
}

TEST_F(Bayes, AStoreThatDoesNotAnswerIsReported) {
  store_.down = true;
  const std::vector<std::string_view> tokens{"a"};
  EXPECT_EQ(global_.get("t").status, StoreStatus::unavailable);
  EXPECT_EQ(global_.add("t", 1, 0).status, StoreStatus::unavailable);
  EXPECT_EQ(global_.learn(tokens, true), StoreStatus::unavailable);
}

}  // namespace
}  // namespace larder::mail
