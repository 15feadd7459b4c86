// large_test.cc – values that take pages of their own.
#include <array>
#include <thread>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr uint64_t kPage = 1024;

class Large : public ::testing::Test {
 protected:
  Large() : Large(1 << 20) {}
  explicit Large(uint64_t budget)
      : segment_(create_segment(segment_options(directory_, {cache_options("main", budget, kPage)}))),
        cache_(open_cache(segment_, "main")) {}

  PutResult put(const std::string& key, uint64_t version, size_t bytes, const PutOptions& options = {}) {
    return cache_.put(key, value_of(key, version, bytes), options);
  }
  std::optional<uint64_t> version(const std::string& key) {
    const auto value = value_in(cache_, key);
    return value ? version_of(key, *value) : std::nullopt;
  }
  CacheFigures figures() { return cache_figures(directory_.path(), "main"); }
  void expect_clean() {
    EXPECT_TRUE(is_clean(audit_of(directory_.path())));
    const CacheFigures now = figures();
    EXPECT_TRUE(pages_are_conserved(now));
    EXPECT_EQ(now.runs_loose, 0u);
  }

  TempDirectory directory_;
  Segment segment_;
  Cache cache_;
};

TEST_F(Large, OfEveryLengthAroundWholePagesComeBackWhole) {
  for (const size_t pages : {1u, 2u, 3u, 7u, 64u}) {
    for (const int off : {-40, -17, -9, -1, 0, 1, 9, 40}) {
      const size_t bytes = pages * kPage + off;
      ASSERT_EQ(put("key", bytes, bytes), PutResult::stored) << bytes;
      ASSERT_EQ(version("key"), bytes) << bytes;
      const View view = cache_.view("key");
      EXPECT_EQ(version_of("key", view.text()), bytes);
    }
  }
  expect_clean();
  EXPECT_EQ(figures().runs, 1u) << "all the others were replaced";
  EXPECT_EQ(put("key", 1, 100), PutResult::stored);
  EXPECT_EQ(figures().pages_runs, 0u);
}

TEST_F(Large, UpToThreeQuartersOfTheBudgetFitAndOneByteMoreDoesNot) {
  const size_t longest = cache_.max_value(3);
  EXPECT_EQ(longest, (1u << 20) / 4 * 3);
  for (uint64_t i = 0; i < 5; ++i) {
    ASSERT_EQ(put("big", i, longest), PutResult::stored) << i;
    EXPECT_EQ(version("big"), i);
  }
  EXPECT_EQ(put("big", 6, longest + 1), PutResult::too_large);
  EXPECT_FALSE(cache_.contains("big")) << "a get must not return what was meant to be replaced";
  EXPECT_EQ(figures().pages_runs, 0u);
  expect_clean();
}

TEST_F(Large, AreFoundInACacheFullOfSmallEntries) {
  for (uint64_t i = 0; i < 40'000; ++i) {
    ASSERT_EQ(put(key_name("small", i), 1, 64), PutResult::stored);
    if (i % 3 == 0) version(key_name("small", i / 2));
  }
  for (uint64_t round = 1; round < 4; ++round) {
    ASSERT_EQ(put("big", round, cache_.max_value(3)), PutResult::stored);
    EXPECT_EQ(version("big"), round);
    for (uint64_t i = 0; i < 3000; ++i) ASSERT_EQ(put(key_name("small", i), round, 64), PutResult::stored);
  }
  expect_clean();
}

TEST_F(Large, EveryOperationWorksOnThem) {
  const size_t bytes = 5 * kPage + 100;
  EXPECT_EQ(cache_.replace("k", value_of("k", 1, bytes)), PutResult::absent);
  EXPECT_EQ(cache_.add("k", value_of("k", 1, bytes)), PutResult::stored);
  EXPECT_EQ(cache_.add("k", value_of("k", 2, bytes)), PutResult::exists);
  EXPECT_EQ(version("k"), 1u);
  EXPECT_EQ(cache_.replace("k", value_of("k", 3, bytes)), PutResult::stored);
  EXPECT_TRUE(cache_.contains("k"));
  std::vector<std::byte> buffer(bytes), small(kPage);
  const Lookup whole = cache_.get("k", buffer);
  EXPECT_EQ(whole.kind, Lookup::hit);
  EXPECT_EQ(whole.size, bytes);
  const Lookup refused = cache_.get("k", small);
  EXPECT_EQ(refused.kind, Lookup::too_small);
  EXPECT_EQ(refused.size, bytes);
  std::array<Fetch, 2> many{Fetch{"k", buffer}, Fetch{"absent", {}}};
  EXPECT_EQ(cache_.get_many(many), 1u);
  EXPECT_EQ(many[0].answer.size, bytes);
  EXPECT_TRUE(cache_.touch("k", hours(1)));
  EXPECT_TRUE(cache_.touch("k", hours(24 * 400)));
  EXPECT_EQ(version("k"), 3u);
  EXPECT_EQ(figures().runs, 1u);
  EXPECT_TRUE(cache_.remove("k"));
  EXPECT_FALSE(cache_.remove("k"));
  EXPECT_EQ(figures().pages_runs, 0u);
  expect_clean();
}

TEST_F(Large, AreFreedWhenTheyExpireWhenTheirTagGoesAndWhenAllIsCleared) {
  ASSERT_EQ(put("short", 1, 3000, {.ttl = milliseconds(1)}), PutResult::stored);
  ASSERT_EQ(put("idle", 1, 3000, {.idle = hours(1)}), PutResult::stored);
  ASSERT_EQ(put("tagged", 1, 3000, {.ttl = hours(1), .idle = hours(2), .tag = 7}), PutResult::stored);
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(version("short")) << "a reader that meets it dead frees it";
  EXPECT_EQ(figures().runs, 2u);
  EXPECT_EQ(version("tagged"), 1u);
  EXPECT_TRUE(cache_.remove_tag(7));
  EXPECT_FALSE(version("tagged"));
  EXPECT_EQ(version("idle"), 1u);
  EXPECT_EQ(figures().runs, 1u);
  EXPECT_EQ(cache_.clear(), 1u);
  EXPECT_EQ(figures().pages_runs, 0u);
  expect_clean();
}

TEST_F(Large, WhoseTagIsGoneMakeRoomBeforeAnythingLiveDoes) {
  for (uint64_t i = 0; i < 20; ++i) ASSERT_EQ(put(key_name("k", i), 1, 40'000, {.tag = 3}), PutResult::stored);
  ASSERT_EQ(put("live", 1, 100'000), PutResult::stored);
  EXPECT_TRUE(cache_.remove_tag(3));
  ASSERT_EQ(put("next", 1, 600'000), PutResult::stored);
  EXPECT_EQ(version("live"), 1u);
  EXPECT_EQ(version("next"), 1u);
}

TEST_F(Large, ViewsStayWhileTheirKeyIsReplacedRemovedAndEverythingElseTurnsOver) {
  ASSERT_EQ(put("k", 1, 100'000), PutResult::stored);
  View view = cache_.view("k");
  EXPECT_TRUE(view.pinned());
  ASSERT_EQ(put("k", 2, 100'000), PutResult::stored);
  EXPECT_TRUE(cache_.remove("k"));
  EXPECT_EQ(figures().runs_loose, 1u);
  for (uint64_t i = 0; i < 200; ++i) {
    ASSERT_EQ(put(key_name("f", i), i, 30'000), PutResult::stored);
    ASSERT_EQ(put(key_name("s", i), i, 300), PutResult::stored);
  }
  EXPECT_EQ(version_of("k", view.text()), 1u);
  view.release();
  for (uint64_t i = 0; i < 200; ++i) ASSERT_EQ(put(key_name("f", i), i, 30'000), PutResult::stored);
  expect_clean();
}

TEST_F(Large, AreNotCopiedWhenTheyChangeTheirRing) {
  ASSERT_EQ(put("k", 1, 100'000), PutResult::stored);
  const std::byte* const before = cache_.view("k").bytes().data();
  for (uint64_t i = 0; i < 2000; ++i) {
    ASSERT_EQ(put(key_name("s", i), i, 200), PutResult::stored);
    ASSERT_EQ(version("k"), 1u) << "it is read all the time";
  }
  EXPECT_EQ(cache_.view("k").bytes().data(), before);
}

TEST_F(Large, RefuseModeKeepsThemAndAnswersNoRoom) {
  CacheOptions options = cache_options("keep", 256 << 10, kPage);
  options.mode = CacheMode::refuse;
  const TempDirectory directory;
  const Segment segment = create_segment(segment_options(directory, {options}));
  const Cache cache = open_cache(segment, "keep");
  uint64_t stored = 0;
  for (uint64_t i = 0; i < 20; ++i) {
    const std::string key = key_name("k", i);
    const PutResult result = cache.put(key, value_of(key, 1, 40'000));
    EXPECT_TRUE(result == PutResult::stored || result == PutResult::no_room);
    stored += result == PutResult::stored ? 1 : 0;
  }
  EXPECT_GE(stored, 5u);
  for (uint64_t i = 0; i < stored; ++i) EXPECT_EQ(version_of(key_name("k", i), *value_in(cache, key_name("k", i))), 1u);
  EXPECT_TRUE(cache.remove(key_name("k", 0)));
  EXPECT_EQ(cache.put("again", value_of("again", 1, 40'000)), PutResult::stored);
}

class LargeChurn : public Large {
 protected:
  static constexpr uint64_t kBudget = 50 << 20;
  static constexpr size_t kValue = 10 << 20;
  LargeChurn() : Large(kBudget) {}
};

/// The mailbox: a message list of 10 MB is replaced and read again and again while small entries come and go.
TEST_F(LargeChurn, ReplacedValuesAndSmallEntriesLiveTogether) {
  uint64_t hits = 0;
  for (uint64_t round = 0; round < 12; ++round) {
    const std::string key = key_name("mailbox", round % 2);
    ASSERT_EQ(put(key, round, kValue), PutResult::stored);
    hits += version(key) == round ? 1 : 0;
    for (uint64_t i = 0; i < 6000; ++i) ASSERT_EQ(put(key_name("s", round * 6000 + i), 1, 900), PutResult::stored);
    hits += version(key) == round ? 1 : 0;
  }
  EXPECT_EQ(hits, 24u);
  expect_clean();
  EXPECT_GT(figures().entries, 10'000u) << "the small entries were not all evicted for the large ones";
}

}  // namespace
}  // namespace larder::test
