// tags_test.cc – entries put with a tag go together, in constant time.
#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using Tags = ApiTest;

TEST_F(Tags, RemoveTagHidesEverythingPutWithItBefore) {
  for (uint64_t i = 0; i < 100; ++i) ASSERT_EQ(cache_.put(key_name("t", i), "v", {.tag = 5}), PutResult::stored);
  ASSERT_EQ(cache_.put("plain", "v"), PutResult::stored);
  EXPECT_TRUE(cache_.remove_tag(5));
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(value_in(cache_, key_name("t", i)), std::nullopt);
    EXPECT_FALSE(cache_.contains(key_name("t", i)));
    EXPECT_FALSE(cache_.view(key_name("t", i)));
  }
  EXPECT_EQ(value_in(cache_, "plain"), "v");
}

TEST_F(Tags, APutAfterRemoveTagIsVisible) {
  ASSERT_EQ(cache_.put("k", "old", {.tag = 5}), PutResult::stored);
  EXPECT_TRUE(cache_.remove_tag(5));
  EXPECT_EQ(cache_.add("k", "new", {.tag = 5}), PutResult::stored) << "the old one is dead";
  EXPECT_EQ(value_in(cache_, "k"), "new");
}

TEST_F(Tags, ReplaceOverADeadTagFindsNothing) {
  ASSERT_EQ(cache_.put("k", "old", {.tag = 5}), PutResult::stored);
  EXPECT_TRUE(cache_.remove_tag(5));
  EXPECT_EQ(cache_.replace("k", "new"), PutResult::absent);
  EXPECT_FALSE(cache_.touch("k", milliseconds(1000)));
  EXPECT_FALSE(cache_.remove("k"));
}

TEST_F(Tags, RePuttingWithoutATagFreesFromIt) {
  ASSERT_EQ(cache_.put("k", "old", {.tag = 5}), PutResult::stored);
  ASSERT_EQ(cache_.put("k", "new"), PutResult::stored);
  EXPECT_TRUE(cache_.remove_tag(5));
  EXPECT_EQ(value_in(cache_, "k"), "new");
}

TEST_F(Tags, EveryTagValueIsATag) {
  for (const uint32_t tag : {0u, 1u, 0x7fffffffu, 0xffffffffu}) {
    ASSERT_EQ(cache_.put("k", "v", {.tag = tag}), PutResult::stored) << tag;
    EXPECT_TRUE(cache_.contains("k")) << tag;
    EXPECT_TRUE(cache_.remove_tag(tag)) << tag;
    EXPECT_FALSE(cache_.contains("k")) << tag;
  }
}

TEST_F(Tags, OfAnotherProcessCountToo) {
  ASSERT_EQ(cache_.put("k", "v", {.tag = 77}), PutResult::stored);
  EXPECT_TRUE(elsewhere().remove_tag(77));
  EXPECT_FALSE(cache_.contains("k"));
}

TEST_F(Tags, ManyRemovalsOfOneTagNeverReviveAnEntry) {
  for (uint64_t i = 0; i < 70'000; ++i) {
    if (i % 1000 == 0) {
      ASSERT_EQ(cache_.put(key_name("k", i / 1000), "v", {.tag = 3}), PutResult::stored);
    }
    ASSERT_TRUE(cache_.remove_tag(3));
  }
  for (uint64_t i = 0; i < 70; ++i) EXPECT_FALSE(cache_.contains(key_name("k", i))) << i;
}

}  // namespace
}  // namespace larder::test
