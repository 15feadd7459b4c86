// values_test.cc – values of every length from nothing to what no longer fits.
#include <array>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

class Values : public ::testing::TestWithParam<uint32_t> {
 protected:
  Values()
      : segment_(create_segment(segment_options(directory_, {cache_options("main", 1 << 20, GetParam())}))),
        cache_(open_cache(segment_, "main")) {}

  void expect_round_trip(const std::string& key, size_t length) {
    const std::string value = length >= kMinProofBytes ? value_of(key, length, length) : std::string(length, 'v');
    ASSERT_EQ(cache_.put(key, value), PutResult::stored) << length << " bytes, key of " << key.size();
    EXPECT_EQ(value_in(cache_, key), value) << length << " bytes, key of " << key.size();
    const View view = cache_.view(key);
    ASSERT_TRUE(view) << length;
    EXPECT_EQ(view.text(), value);
  }

  TempDirectory directory_;
  Segment segment_;
  Cache cache_;
};

TEST_P(Values, OfEveryShortLengthComeBackWhole) {
  for (size_t key_length = 1; key_length <= 17; ++key_length) {
    for (size_t length = 0; length <= 72 && length <= cache_.max_value(key_length); ++length) {
      expect_round_trip(std::string(key_length, 'k'), length);
    }
  }
}

TEST_P(Values, UpToTheLongestThatFitsComeBackWhole) {
  for (const size_t key_length : {1u, 7u, 8u, 9u, 64u}) {
    const std::string key(key_length, 'k');
    const uint32_t longest = cache_.max_value(key_length);
    ASSERT_GT(longest, 0u);
    for (const uint32_t below : {0u, 1u, 2u, 7u, 8u, 9u, 16u}) {
      if (below <= longest) expect_round_trip(key, longest - below);
    }
  }
}

TEST_P(Values, OneByteTooLongIsRefusedAndTakesTheOldValueWithIt) {
  const uint32_t longest = cache_.max_value(3);
  ASSERT_EQ(cache_.put("key", "old"), PutResult::stored);
  EXPECT_EQ(cache_.put("key", std::string(longest + 1, 'x')), PutResult::too_large);
  EXPECT_FALSE(cache_.contains("key")) << "a get must not return what was meant to be replaced";
  EXPECT_EQ(cache_.put("key", std::string(longest * 3, 'x')), PutResult::too_large);
  EXPECT_EQ(cache_.put("key", "new"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, "key"), "new");
  cache_ = Cache(nullptr);
  segment_ = Segment(nullptr);
  EXPECT_EQ(cache_figures(directory_.path(), "main")[Counter::too_large], 2u);
}

TEST_P(Values, ThatArePageSizedDoNotLoseEachOther) {
  const uint32_t longest = cache_.max_value(6);
  const uint64_t many = (1 << 20) / GetParam() / 2;
  for (uint64_t i = 0; i < std::min<uint64_t>(many, 200); ++i) expect_round_trip(key_name("k", i), longest);
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

INSTANTIATE_TEST_SUITE_P(PageSizes, Values, ::testing::Values(256u, 1024u, 4096u, 65536u),
                         [](const auto& tested) { return std::to_string(tested.param); });

TEST(ValueLimits, MaxValueShrinksWithTheKeyAndIsZeroWhenNothingFits) {
  const TempDirectory directory;
  const Segment segment = create_segment(segment_options(directory, {cache_options("main", 64 << 10, 256)}));
  const Cache cache = open_cache(segment, "main");
  EXPECT_GE(cache.max_value(1), cache.max_value(100));
  EXPECT_EQ(cache.max_value(1), (64u << 10) / 4 * 3);
  EXPECT_EQ(cache.max_value(224), (64u << 10) / 4 * 3);
  EXPECT_EQ(cache.max_value(225), 256u - 4 - 225) << "no room for a reference to more than a page";
  EXPECT_EQ(cache.max_value(1023), 0u);
  EXPECT_EQ(cache.put(std::string(1023, 'k'), ""), PutResult::too_large);
}

}  // namespace
}  // namespace larder::test
