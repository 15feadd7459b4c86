// lease_test.cc – leases: one holder, fencing, renewal, the holder's death, and the form in two calls.
#include "larder/mail/lease.h"

#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

class LeaseTest : public MailTest {
 protected:
  static constexpr milliseconds kTtl{10'000};

  void know_workers(uint64_t self) {
    store_.workers_known = true;
    store_.worker = self;
  }
  LeaseAnswer acquire(const std::string& label = "me") { return leases_.acquire(key_, {.ttl = kTtl, .label = label}); }
  LeaseAnswer acquire_with_process(Store::Ttl ttl = kTtl) {
    return leases_.acquire(key_, {.ttl = ttl, .label = "job", .ends_with_process = true});
  }

  Key key_ = Key(Prefix::lock_purge_account).u32(42);
  Leases leases_{store_};
};

TEST_F(LeaseTest, OneHoldsItAndOthersSeeWho) {
  const LeaseAnswer mine = acquire("worker 1");
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine.lease.key, key_.view());
  pass(milliseconds(4000));
  const LeaseAnswer theirs = acquire("worker 2");
  EXPECT_EQ(theirs.status, StoreStatus::exists);
  ASSERT_TRUE(theirs.holder);
  EXPECT_EQ(theirs.holder->label, "worker 1");
  EXPECT_EQ(theirs.holder->fence, mine.lease.fence);
  EXPECT_EQ(theirs.holder->ttl, milliseconds(6000));
  EXPECT_FALSE(theirs.holder->ended);
}

TEST_F(LeaseTest, AFailedAttemptNeverTouches) {
  ASSERT_TRUE(acquire());
  for (int i = 0; i < 9; ++i) {
    pass(milliseconds(1000));
    EXPECT_EQ(acquire().status, StoreStatus::exists);
  }
  pass(milliseconds(1000));
  EXPECT_TRUE(acquire()) << "attempts must not have kept the dead holder's lease alive";
}

TEST_F(LeaseTest, FencingNumbersOnlyGrow) {
  uint64_t last = 0;
  for (int round = 0; round < 20; ++round) {
    const LeaseAnswer taken = acquire();
    ASSERT_TRUE(taken);
    EXPECT_GT(taken.lease.fence, last);
    last = taken.lease.fence;
    if (round % 2 == 0) {
      EXPECT_EQ(leases_.release(taken.lease), StoreStatus::ok);
    } else {
      pass(kTtl);
    }
  }
}

TEST_F(LeaseTest, RenewalKeepsTheFence) {
  const LeaseAnswer mine = acquire();
  for (int i = 0; i < 5; ++i) {
    pass(milliseconds(9000));
    EXPECT_EQ(leases_.renew(mine.lease, kTtl), StoreStatus::ok);
    EXPECT_EQ(acquire().holder->fence, mine.lease.fence);
  }
  pass(kTtl);
  EXPECT_EQ(leases_.renew(mine.lease, kTtl), StoreStatus::absent) << "too late: it is lost";
  EXPECT_TRUE(acquire());
}

TEST_F(LeaseTest, ALateHolderCannotHarmItsSuccessor) {
  const LeaseAnswer late = acquire();
  pass(kTtl);
  const LeaseAnswer successor = acquire();
  ASSERT_TRUE(successor);
  EXPECT_EQ(leases_.renew(late.lease, milliseconds(1)), StoreStatus::changed);
  EXPECT_EQ(leases_.release(late.lease), StoreStatus::changed);
  EXPECT_EQ(ttl(key_), kTtl);
  EXPECT_EQ(leases_.release(successor.lease), StoreStatus::ok);
  EXPECT_EQ(leases_.release(successor.lease), StoreStatus::absent);
}

TEST_F(LeaseTest, ATokenFindsItsLeaseAgain) {
  const LeaseAnswer mine = acquire();
  Lease found;
  EXPECT_EQ(leases_.find(key_, mine.lease.token, found), StoreStatus::ok);
  EXPECT_EQ(found.fence, mine.lease.fence);
  EXPECT_EQ(leases_.renew(found, kTtl), StoreStatus::ok);
  EXPECT_EQ(leases_.find(key_, OwnerToken{}, found), StoreStatus::changed);
  pass(kTtl);
  EXPECT_EQ(leases_.find(key_, mine.lease.token, found), StoreStatus::absent);
  const LeaseAnswer other = acquire();
  EXPECT_NE(other.lease.token, mine.lease.token);
  EXPECT_EQ(leases_.find(key_, mine.lease.token, found), StoreStatus::changed);
}

TEST_F(LeaseTest, ItEndsWithItsProcessIfAskedFor) {
  know_workers(100);
  const LeaseAnswer mine = acquire_with_process({});
  ASSERT_TRUE(mine);
  EXPECT_EQ(ttl(key_), std::nullopt);
  know_workers(200);
  pass(kDay);
  const LeaseAnswer held = acquire_with_process();
  EXPECT_EQ(held.status, StoreStatus::exists);
  EXPECT_EQ(held.holder->worker, 100u);
  store_.dead.insert(100);
  LeaseInfo info;
  EXPECT_EQ(leases_.holder(key_, info), StoreStatus::ok);
  EXPECT_TRUE(info.ended);
  const LeaseAnswer taken = acquire_with_process();
  ASSERT_TRUE(taken);
  EXPECT_GT(taken.lease.fence, mine.lease.fence);
  EXPECT_EQ(leases_.release(mine.lease), StoreStatus::changed);
}

TEST_F(LeaseTest, ALeaseByTimeOutlivesItsProcess) {
  know_workers(100);
  ASSERT_TRUE(acquire());
  store_.dead.insert(100);
  know_workers(200);
  EXPECT_EQ(acquire().status, StoreStatus::exists);
  pass(kTtl);
  EXPECT_TRUE(acquire());
}

TEST_F(LeaseTest, ManyTakeOverFromTheDeadAndOneGetsIt) {
  know_workers(100);
  for (int round = 0; round < 200; ++round) {
    store_.dead.clear();
    const LeaseAnswer dying = acquire_with_process();
    ASSERT_TRUE(dying);
    store_.dead.insert(100);
    store_.worker = 200;
    std::atomic<int> won{0};
    at_once([&](int) { won += bool(acquire_with_process()); });
    ASSERT_EQ(won, 1);
    ASSERT_EQ(leases_.remove_lock(key_), StoreStatus::ok);
    store_.worker = 100;
  }
}

TEST_F(LeaseTest, OneOfManyGetsIt) {
  std::atomic<int> inside{0}, most{0}, times{0};
  at_once([&](int) {
    for (int i = 0; i < 2000; ++i) {
      const LeaseAnswer mine = acquire();
      if (!mine) continue;
      const int now = ++inside;
      if (now > most) most = now;
      ++times;
      --inside;
      EXPECT_EQ(leases_.release(mine.lease), StoreStatus::ok);
    }
  });
  EXPECT_EQ(most, 1);
  EXPECT_GT(times, 0);
}

TEST_F(LeaseTest, WhatCannotBeIsRefused) {
  EXPECT_EQ(acquire_with_process().status, StoreStatus::not_supported) << "this store knows no workers";
  EXPECT_EQ(leases_.acquire(key_, {.ttl = {}}).status, StoreStatus::invalid_ttl) << "nothing would ever end it";
  EXPECT_EQ(leases_.acquire(key_, {.ttl = milliseconds(0)}).status, StoreStatus::invalid_ttl);
  EXPECT_EQ(leases_.acquire("", {.ttl = kTtl}).status, StoreStatus::invalid_key);
  know_workers(0);
  EXPECT_EQ(acquire_with_process().status, StoreStatus::detached);
  store_.down = true;
  EXPECT_EQ(acquire().status, StoreStatus::unavailable);
  store_.down = false;
  EXPECT_TRUE(keys().empty());
}

TEST_F(LeaseTest, ALongLabelIsCut) {
  ASSERT_TRUE(acquire(std::string(1000, 'x')));
  EXPECT_EQ(acquire().holder->label, std::string(LeaseOptions::kMaxLabelBytes, 'x'));
}

TEST_F(LeaseTest, TheFormInTwoCalls) {
  EXPECT_EQ(leases_.try_lock(key_, kTtl), StoreStatus::ok);
  pass(milliseconds(5000));
  EXPECT_EQ(leases_.try_lock(key_, kTtl), StoreStatus::exists) << "not re-entrant";
  EXPECT_EQ(ttl(key_), milliseconds(5000)) << "and the attempt did not touch it";
  EXPECT_EQ(leases_.remove_lock(key_), StoreStatus::ok);
  EXPECT_EQ(leases_.remove_lock(key_), StoreStatus::absent);
  EXPECT_EQ(leases_.try_lock(key_, kTtl), StoreStatus::ok);
  pass(kTtl);
  EXPECT_EQ(leases_.try_lock(key_, kTtl), StoreStatus::ok) << "the holder crashed, the lease is over";
}

TEST_F(LeaseTest, BothFormsExcludeEachOther) {
  ASSERT_TRUE(acquire());
  EXPECT_EQ(leases_.try_lock(key_, kTtl), StoreStatus::exists);
  EXPECT_EQ(leases_.remove_lock(key_), StoreStatus::ok);
  EXPECT_EQ(leases_.try_lock(key_, kTtl), StoreStatus::ok);
  EXPECT_EQ(acquire().status, StoreStatus::exists);
}

TEST_F(LeaseTest, ARecordOfAnotherKindIsSomebodysLease) {
  for (const std::string& value : {std::string("what another program wrote"), std::string(), bytes({2, 0})}) {
    ASSERT_TRUE(store_.key_set(key_, value, kTtl));
    const LeaseAnswer refused = acquire();
    EXPECT_EQ(refused.status, StoreStatus::exists);
    EXPECT_FALSE(refused.holder);
  }
  LeaseInfo info;
  EXPECT_EQ(leases_.holder(key_, info), StoreStatus::ok);
  EXPECT_EQ(info.ttl, kTtl);
}

TEST_F(LeaseTest, TheValueIsAsDocumented) {
  know_workers(0x0102030405060708);
  const LeaseAnswer mine = acquire_with_process();
  std::string value;
  ASSERT_EQ(store_.key_get(key_, value), StoreStatus::ok);
  EXPECT_EQ(value, bytes({1, 1, 1, 2, 3, 4, 5, 6, 7, 8}) +
                       std::string(mine.lease.token.data(), mine.lease.token.size()) + "job");
}

TEST_F(LeaseTest, ListsWhoHoldsWhat) {
  ASSERT_TRUE(acquire("purger"));
  ASSERT_TRUE(leases_.acquire(Key(Prefix::lock_purge_account).u32(43), {.ttl = 2 * kTtl, .label = "other"}));
  ASSERT_TRUE(leases_.acquire(Key(Prefix::lock_housekeeper).u8(0), {.ttl = kTtl, .label = "elsewhere"}));
  std::vector<LeaseInfo> found;
  ASSERT_EQ(leases_.list(Key(Prefix::lock_purge_account), found), StoreStatus::ok);
  std::set<std::string> labels;
  for (const LeaseInfo& info : found) labels.insert(info.label);
  EXPECT_EQ(labels, (std::set<std::string>{"purger", "other"}));
  store_.down = true;
  EXPECT_EQ(leases_.list(Key(Prefix::lock_purge_account), found), StoreStatus::unavailable);
}

}  // namespace
}  // namespace larder::mail
