// shared_test.cc – the same on the store in a segment, between processes, some of which are killed.
#include <gtest/gtest.h>

#include "larder/mail/bayes.h"
#include "larder/mail/lease.h"
#include "larder/mail/oauth.h"
#include "larder/mail/rate_limit.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::mail {
namespace {

constexpr int kProcesses = 3;
constexpr milliseconds kPatience{20'000};

class BetweenProcesses : public ::testing::Test {
 protected:
  BetweenProcesses() {
    SegmentOptions options = test::segment_options(directory_, {});
    options.stores.push_back({});
    segment_.emplace(test::create_segment(options));
    store_ = open(*segment_);
  }
  static std::unique_ptr<Store> open(const Segment& segment) {
    auto store = segment.store(StoreOptions().name);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }
  /// Runs body(store, number) in a process with an attachment of its own.
  template <class Body>
  test::Process start(int number, Body body) {
    return test::Process([this, number, body] {
      const Segment segment = test::attach_segment(directory_.path());
      body(*open(segment), number);
      return 0;
    });
  }
  /// Runs them all to their end.
  template <class Body>
  void run_all(Body body) {
    std::vector<test::Process> processes;
    for (int i = 0; i < kProcesses; ++i) processes.push_back(start(i, body));
    for (test::Process& process : processes) {
      const test::Ending ending = process.wait();
      ASSERT_TRUE(ending.ok()) << ending.text();
    }
  }
  /// Waits until a key is there.
  void await(std::string_view key) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (store_->key_exists(key) != StoreStatus::ok) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << key;
      std::this_thread::sleep_for(milliseconds(5));
    }
  }

  test::TempDirectory directory_;
  std::optional<Segment> segment_;
  std::unique_ptr<Store> store_;
};

TEST_F(BetweenProcesses, ALeaseEndsWithItsProcessButNotBefore) {
  const Key key = Key(Prefix::lock_purge_account).u32(7);
  test::Process holder = start(0, [&](Store& store, int) {
    const LeaseAnswer mine = Leases(store).acquire(key, {.ttl = {}, .label = "holder", .ends_with_process = true});
    EXPECT_EQ(store.key_set("held", std::to_string(mine.lease.fence)).status, mine.status);
    std::this_thread::sleep_for(2 * kPatience);
  });
  await("held");
  Leases leases(*store_);
  const LeaseOptions wanted{.ttl = milliseconds(60'000), .label = "successor"};
  const LeaseAnswer refused = leases.acquire(key, wanted);
  ASSERT_EQ(refused.status, StoreStatus::exists);
  EXPECT_EQ(refused.holder->label, "holder");
  holder.signal(SIGSTOP);
  EXPECT_EQ(leases.acquire(key, wanted).status, StoreStatus::exists) << "a stopped process still holds its lease";
  (void)holder.kill();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  LeaseAnswer taken = leases.acquire(key, wanted);
  while (!taken && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(5));
    taken = leases.acquire(key, wanted);
  }
  ASSERT_TRUE(taken);
  std::string fence;
  ASSERT_EQ(store_->key_get("held", fence), StoreStatus::ok);
  EXPECT_GT(taken.lease.fence, std::stoull(fence));
}

TEST_F(BetweenProcesses, ALimitIsOneForAll) {
  run_all([](Store& store, int) {
    RateLimiter limiter(store, [] { return int64_t{1'700'000'000'000}; });
    for (int i = 0; i < 2000; ++i) {
      if (limiter.check(Prefix::rate_imap, 7, {2500, milliseconds(3'600'000)}).allowed) {
        EXPECT_TRUE(store.counter_incr("allowed", 1));
      }
      if (limiter.check_sliding(Prefix::rate_imap, 8, {2500, milliseconds(3'600'000)}).allowed) {
        EXPECT_TRUE(store.counter_incr("allowed sliding", 1));
      }
    }
  });
  EXPECT_EQ(store_->counter_get("allowed").value, 2500);
  EXPECT_LE(store_->counter_get("allowed sliding").value, 2500);
  EXPECT_GT(store_->counter_get("allowed sliding").value, 2400);
}

TEST_F(BetweenProcesses, CodesAreRedeemedOnce) {
  constexpr int kCodes = 500;
  OAuthCodes codes(*store_);
  std::vector<std::string> made;
  for (int i = 0; i < kCodes; ++i) made.push_back(codes.create({7, "client", {}, {}}).code);
  run_all([&](Store& store, int) {
    OAuthCodes here(store);
    for (const std::string& code : made) {
      if (!here.redeem(code, "client")) continue;
      EXPECT_TRUE(store.counter_incr("redeemed", 1)) << code;
    }
  });
  EXPECT_EQ(store_->counter_get("redeemed").value, kCodes);
}

TEST_F(BetweenProcesses, KilledTrainersLoseNothingTheyWereToldOf) {
  std::vector<test::Process> trainers;
  for (int i = 0; i < kProcesses; ++i) {
    trainers.push_back(start(i, [](Store& store, int number) {
      BayesModel model(store);
      const std::string told = "told " + std::to_string(number);
      for (;;) {
        EXPECT_FALSE(model.add("token", number % 2, 1).saturated);
        EXPECT_TRUE(store.counter_incr(told, 1));
      }
    }));
  }
  for (int i = 0; i < kProcesses; ++i) await("told " + std::to_string(i));
  std::this_thread::sleep_for(milliseconds(200));
  for (test::Process& trainer : trainers) (void)trainer.kill();
  uint64_t ham = 0, spam = 0;
  for (int i = 0; i < kProcesses; ++i) {
    const auto told = static_cast<uint64_t>(store_->counter_get("told " + std::to_string(i)).value);
    spam += told;
    ham += i % 2 == 1 ? told : 0;
  }
  const BayesCounts counts = BayesModel(*store_).get("token").counts;
  EXPECT_GE(counts.spam, spam);
  EXPECT_LE(counts.spam, spam + kProcesses) << "each may have died between an addition and its note";
  EXPECT_GE(counts.ham, ham);
  EXPECT_LE(counts.ham, ham + 1);
}

}  // namespace
}  // namespace larder::mail
