// checker_test.cc – the checker itself, on histories made by hand: some have an order that explains them, some do not.
#include "linear/checker.h"

#include <gtest/gtest.h>

#include "larder/store.h"

namespace larder::test {
namespace {

Event at(int64_t begun, int64_t done, Act act, uint64_t value, bool yes = true) {
  return {.begun = begun, .done = done, .value = value, .key = 1, .act = act, .yes = yes};
}

bool strict(const std::vector<Event>& events) { return check_history(events, Drops::never).linearizable; }
bool relaxed(const std::vector<Event>& events) { return check_history(events, Drops::anytime).linearizable; }

TEST(Checker, AcceptsASequentialHistory) {
  EXPECT_TRUE(strict({at(1, 2, Act::get, 0), at(3, 4, Act::put, 7), at(5, 6, Act::get, 7), at(7, 8, Act::remove, 0),
                      at(9, 10, Act::get, 0), at(11, 12, Act::remove, 0, false)}));
}

TEST(Checker, RejectsAStaleRead) {
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), at(3, 4, Act::put, 8), at(5, 6, Act::get, 7)}));
  EXPECT_FALSE(relaxed({at(1, 2, Act::put, 7), at(3, 4, Act::put, 8), at(5, 6, Act::get, 7)}));
}

TEST(Checker, LetsAReadOverlappingAWriteSeeEither) {
  EXPECT_TRUE(strict({at(1, 2, Act::put, 7), at(3, 9, Act::put, 8), at(4, 5, Act::get, 7), at(6, 7, Act::get, 8)}));
  EXPECT_TRUE(strict({at(1, 2, Act::put, 7), at(3, 9, Act::put, 8), at(4, 5, Act::get, 8), at(6, 7, Act::get, 8)}));
}

TEST(Checker, RejectsReadsThatGoBack) {
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), at(3, 9, Act::put, 8), at(4, 5, Act::get, 8), at(6, 7, Act::get, 7)}));
}

TEST(Checker, RejectsALostUpdate) {
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), at(3, 4, Act::get, 0)}));
  EXPECT_TRUE(relaxed({at(1, 2, Act::put, 7), at(3, 4, Act::get, 0)}));
}

TEST(Checker, RejectsAValueThatComesBackFromTheDead) {
  const std::vector<Event> history = {at(1, 2, Act::put, 7), at(3, 4, Act::remove, 0), at(5, 6, Act::get, 7)};
  EXPECT_FALSE(strict(history));
  EXPECT_FALSE(relaxed(history));
  EXPECT_FALSE(relaxed({at(1, 2, Act::put, 7), at(3, 4, Act::get, 0), at(5, 6, Act::get, 7)}));
}

TEST(Checker, RejectsTwoAddsThatBothStored) {
  EXPECT_FALSE(strict({at(1, 5, Act::add, 7), at(2, 6, Act::add, 8)}));
  EXPECT_TRUE(relaxed({at(1, 5, Act::add, 7), at(2, 6, Act::add, 8)}));
  EXPECT_TRUE(strict({at(1, 5, Act::add, 7), at(2, 6, Act::add, 8, false)}));
}

TEST(Checker, RejectsTwoRemovesOfOneEntry) {
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), at(3, 6, Act::remove, 0), at(4, 7, Act::remove, 0)}));
  EXPECT_FALSE(relaxed({at(1, 2, Act::put, 7), at(3, 6, Act::remove, 0), at(4, 7, Act::remove, 0)}));
}

TEST(Checker, RejectsReplaceOfAnAbsentKey) {
  EXPECT_FALSE(strict({at(1, 2, Act::replace, 7)}));
  EXPECT_TRUE(strict({at(1, 2, Act::replace, 7, false), at(3, 4, Act::get, 0)}));
  EXPECT_FALSE(strict({at(1, 2, Act::put, 6), at(3, 4, Act::replace, 7, false)}));
}

TEST(Checker, RejectsAWrongContains) {
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), at(3, 4, Act::contains, 0, false)}));
  EXPECT_FALSE(relaxed({at(1, 2, Act::contains, 0, true)}));
}

TEST(Checker, LetsAnUnansweredWriteHappenLateOrNever) {
  const Event cut = at(3, 0, Act::put, 8);
  EXPECT_TRUE(strict({at(1, 2, Act::put, 7), cut, at(4, 5, Act::get, 7), at(6, 7, Act::get, 7)}));
  EXPECT_TRUE(strict({at(1, 2, Act::put, 7), cut, at(4, 5, Act::get, 7), at(6, 7, Act::get, 8)}));
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), cut, at(4, 5, Act::get, 8), at(6, 7, Act::get, 7)}));
}

TEST(Checker, DoesNotLetAnUnansweredWriteHappenTwice) {
  EXPECT_FALSE(strict({at(1, 0, Act::put, 8), at(2, 3, Act::get, 8), at(4, 5, Act::put, 9), at(6, 7, Act::get, 8)}));
}

TEST(Checker, DoesNotLetAnUnansweredWriteHappenBeforeItBegan) {
  EXPECT_FALSE(strict({at(1, 2, Act::get, 8), at(3, 0, Act::put, 8)}));
}

Event in_store(int64_t begun, int64_t done, Act act, uint64_t value, StoreStatus status, uint64_t expected = 0) {
  return {.begun = begun,
          .done = done,
          .value = value,
          .expected = expected,
          .key = 1,
          .act = act,
          .yes = status == StoreStatus::ok,
          .status = static_cast<uint8_t>(status)};
}

bool store(const std::vector<Event>& events) { return check_store_history(events).linearizable; }

TEST(Checker, RejectsALostAndADoubledIncrement) {
  constexpr auto ok = StoreStatus::ok;
  const Event first = in_store(1, 2, Act::incr, kCounterValue + 1, ok);
  EXPECT_TRUE(store({first, in_store(3, 4, Act::incr, kCounterValue + 2, ok)}));
  EXPECT_FALSE(store({first, in_store(3, 4, Act::incr, kCounterValue + 1, ok)}));
  EXPECT_FALSE(store({first, in_store(3, 4, Act::incr, kCounterValue + 3, ok)}));
  const Event cut = in_store(3, 0, Act::incr, 0, ok);
  EXPECT_TRUE(store({first, cut, in_store(5, 6, Act::incr, kCounterValue + 2, ok)}));
  EXPECT_TRUE(store({first, cut, in_store(5, 6, Act::incr, kCounterValue + 3, ok)}));
  EXPECT_FALSE(store({first, cut, in_store(5, 6, Act::incr, kCounterValue + 4, ok)}));
}

TEST(Checker, RejectsASwapAfterTheRemovalOfItsValue) {
  constexpr auto ok = StoreStatus::ok;
  const Event set = in_store(1, 2, Act::put, 7, ok), removed = in_store(4, 5, Act::remove, 0, ok);
  EXPECT_TRUE(
      store({set, in_store(3, 6, Act::swap, 8, ok, 7), removed, in_store(7, 8, Act::get, 0, StoreStatus::absent)}));
  EXPECT_FALSE(store({set, in_store(3, 6, Act::swap, 8, ok, 7), removed, in_store(7, 8, Act::get, 8, ok)}));
  EXPECT_TRUE(store({set, in_store(3, 6, Act::swap, 8, StoreStatus::absent, 7), removed}));
}

TEST(Checker, RejectsACodeThatIsTakenTwice) {
  constexpr auto ok = StoreStatus::ok;
  const Event set = in_store(1, 2, Act::put, 7, ok);
  EXPECT_FALSE(store({set, in_store(3, 5, Act::take, 7, ok), in_store(4, 6, Act::take, 7, ok)}));
  EXPECT_TRUE(store({set, in_store(3, 5, Act::take, 7, ok), in_store(4, 6, Act::take, 0, StoreStatus::absent)}));
}

TEST(Checker, RejectsVersionsThatShrink) {
  Event first = in_store(1, 2, Act::put, 7, StoreStatus::ok), second = in_store(3, 4, Act::put, 8, StoreStatus::ok);
  first.version = 5;
  second.version = 6;
  EXPECT_TRUE(store({first, second}));
  second.version = 5;
  EXPECT_FALSE(store({first, second}));
}

TEST(Checker, KeepsKeysApart) {
  Event other = at(3, 4, Act::get, 0);
  other.key = 2;
  EXPECT_TRUE(strict({at(1, 2, Act::put, 7), other}));
  other.value = 7;
  EXPECT_FALSE(strict({at(1, 2, Act::put, 7), other}));
}

}  // namespace
}  // namespace larder::test
