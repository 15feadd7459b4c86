// builder_test.cc – values built in place.
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using Builders = ApiTest;

void fill(Builder& builder, const std::string& key, uint64_t version) {
  const std::string value = value_of(key, version, builder.bytes().size());
  std::memcpy(builder.bytes().data(), value.data(), value.size());
}

TEST_F(Builders, StoreWhatWasBuiltInPlaceWhateverItsSize) {
  for (const size_t bytes : {16u, 400u, 5000u, 300'000u}) {
    ASSERT_EQ(cache_.put("k", value_of("k", 1, 200)), PutResult::stored);
    Builder builder = cache_.reserve("k", bytes, {.ttl = std::chrono::hours(1)});
    ASSERT_TRUE(builder) << bytes;
    ASSERT_EQ(builder.bytes().size(), bytes);
    EXPECT_TRUE(
        std::all_of(builder.bytes().begin(), builder.bytes().end(), [](std::byte b) { return b == std::byte{}; }));
    fill(builder, "k", bytes);
    EXPECT_EQ(version_of("k", *value_in(cache_, "k")), 1u) << "nobody sees it before it is committed";
    EXPECT_EQ(builder.commit(), PutResult::stored);
    EXPECT_FALSE(builder);
    EXPECT_EQ(builder.commit(), PutResult::stored) << "a second commit does nothing";
    EXPECT_EQ(version_of("k", *value_in(cache_, "k")), bytes);
  }
  EXPECT_EQ(final_figures()[Counter::puts], 8u);
}

TEST_F(Builders, ThatAreDestroyedGiveTheirRoomBack) {
  {
    Builder first = cache_.reserve("k", 200'000), second;
    fill(first, "k", 1);
    second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT: a moved-from builder has no room
    EXPECT_TRUE(second);
    EXPECT_GT(cache_figures(directory_.path(), "main").pages_free, 0u);
  }
  EXPECT_FALSE(cache_.contains("k"));
  const CacheFigures figures = cache_figures(directory_.path(), "main");
  EXPECT_EQ(figures.pages_free, figures.pages);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(Builders, SayWhyTheyHaveNoRoom) {
  EXPECT_EQ(cache_.reserve("", 10).refusal(), PutResult::invalid_key);
  EXPECT_EQ(cache_.reserve("k", 10, {.ttl = milliseconds(0)}).refusal(), PutResult::invalid_ttl);
  EXPECT_EQ(cache_.reserve("k", kBudget).refusal(), PutResult::too_large);
  Builder most = cache_.reserve("k", cache_.max_value(1));
  EXPECT_TRUE(most);
  Builder more = cache_.reserve("l", cache_.max_value(1));
  EXPECT_FALSE(more);
  EXPECT_EQ(more.refusal(), PutResult::no_room);
  EXPECT_TRUE(more.bytes().empty());
  EXPECT_EQ(more.commit(), PutResult::no_room);
  EXPECT_EQ(most.commit(), PutResult::stored);
}

TEST_F(Builders, OfADeadWorkerAreFreedWhenItIsBuried) {
  Process worker([this] {
    const Cache cache = elsewhere();
    Builder builder = cache.reserve("k", 300'000);
    fill(builder, "k", 1);
    EXPECT_EQ(cache.put("ready", "yes"), PutResult::stored);
    pause();
    return 0;
  });
  while (!cache_.contains("ready")) std::this_thread::yield();
  EXPECT_EQ(cache_.put("other", value_of("other", 1, 300'000)), PutResult::stored) << "it holds nothing but its pages";
  worker.kill();
  EXPECT_GE(segment_.bury_dead(), 1u);
  const CacheFigures figures = cache_figures(directory_.path(), "main");
  EXPECT_TRUE(pages_are_conserved(figures));
  EXPECT_EQ(figures.runs, 1u);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(Builders, OfAForkedChildAreItsParents) {
  Builder builder = cache_.reserve("k", 300'000);
  const Ending ending = in_child([&] {
    Builder inherited = std::move(builder);
    EXPECT_EQ(inherited.commit(), PutResult::detached);
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
  fill(builder, "k", 7);
  EXPECT_EQ(builder.commit(), PutResult::stored);
  EXPECT_EQ(version_of("k", *value_in(cache_, "k")), 7u);
}

TEST_F(Builders, MayBeCommittedByAnotherThread) {
  Builder builder = cache_.reserve("k", 300'000);
  fill(builder, "k", 7);
  std::thread([&] { EXPECT_EQ(builder.commit(), PutResult::stored); }).join();
  EXPECT_EQ(version_of("k", *value_in(cache_, "k")), 7u);
}

}  // namespace
}  // namespace larder::test
