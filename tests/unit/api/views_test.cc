// views_test.cc – values read in place stay what they were.
#include <thread>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using Views = ApiTest;

TEST_F(Views, AnEmptyValueIsFoundAndAnAbsentOneIsNot) {
  ASSERT_EQ(cache_.put("empty", ""), PutResult::stored);
  const View found = cache_.view("empty");
  EXPECT_TRUE(found);
  EXPECT_EQ(found.bytes().size(), 0u);
  EXPECT_FALSE(cache_.view("absent"));
  EXPECT_FALSE(View());
}

TEST_F(Views, StayUnchangedWhileTheirKeyIsReplacedRemovedAndEvicted) {
  ASSERT_EQ(cache_.put("k", value_of("k", 1, 500)), PutResult::stored);
  const View view = cache_.view("k");
  ASSERT_TRUE(view);
  EXPECT_TRUE(view.pinned());
  ASSERT_EQ(cache_.put("k", value_of("k", 2, 500)), PutResult::stored);
  EXPECT_EQ(version_of("k", view.text()), 1u);
  EXPECT_TRUE(cache_.remove("k"));
  EXPECT_EQ(version_of("k", view.text()), 1u);
  const Cache other = elsewhere();
  for (uint64_t i = 0; i < 20'000; ++i)
    ASSERT_EQ(other.put(key_name("f", i), std::string(400, 'f')), PutResult::stored);
  EXPECT_EQ(version_of("k", view.text()), 1u) << "8 times the budget later";
}

TEST_F(Views, BeyondThePinLimitArePrivateCopies) {
  std::vector<View> views;
  for (uint64_t i = 0; i < 3 * View::kMaxPins; ++i) {
    const std::string key = key_name("k", i);
    ASSERT_EQ(cache_.put(key, value_of(key, i, 600)), PutResult::stored);
    views.push_back(cache_.view(key));
    ASSERT_TRUE(views.back());
  }
  uint64_t pinned = 0;
  for (uint64_t i = 0; i < views.size(); ++i) {
    pinned += views[i].pinned() ? 1 : 0;
    EXPECT_EQ(version_of(key_name("k", i), views[i].text()), i);
  }
  EXPECT_GE(pinned, 1u);
  EXPECT_LE(figures_of(directory_.path()).workers.at(0).pins, View::kMaxPins);
  views.clear();
  EXPECT_EQ(figures_of(directory_.path()).workers.at(0).pins, 0u);
}

TEST_F(Views, ReleaseUnpinsAtOnceAndMovingKeepsThePin) {
  ASSERT_EQ(cache_.put("k", "value"), PutResult::stored);
  View first = cache_.view("k");
  View second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT: a moved-from view is empty
  EXPECT_EQ(second.text(), "value");
  EXPECT_EQ(figures_of(directory_.path()).workers.at(0).pins, 1u);
  second = View();
  EXPECT_EQ(figures_of(directory_.path()).workers.at(0).pins, 0u);
  View third = cache_.view("k");
  third.release();
  EXPECT_FALSE(third);
  EXPECT_EQ(figures_of(directory_.path()).workers.at(0).pins, 0u);
}

TEST_F(Views, PinAndUnpinManyTimesWithoutRunningOut) {
  ASSERT_EQ(cache_.put("k", "value"), PutResult::stored);
  for (int i = 0; i < 10'000; ++i) {
    const View view = cache_.view("k");
    ASSERT_TRUE(view.pinned()) << i;
  }
}

TEST_F(Views, OutliveTheHandleButNotTheSegment) {
  ASSERT_EQ(cache_.put("k", "value"), PutResult::stored);
  View view;
  {
    const Cache handle = open_cache(segment_, "main");
    view = handle.view("k");
  }
  EXPECT_EQ(view.text(), "value");
}

}  // namespace
}  // namespace larder::test
