// retire_test.cc – a retired segment takes no more writes and makes room for its successor.
#include <fstream>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using Retire = ApiTest;

TEST_F(Retire, TellsWritersAndFreesTheName) {
  ASSERT_EQ(cache_.put("k", "old"), PutResult::stored);
  const Segment bystander = attach_segment(directory_.path());
  const Cache seen = open_cache(bystander, "main");
  EXPECT_FALSE(segment_.retired());
  ASSERT_TRUE(segment_.retire());
  EXPECT_TRUE(segment_.retired());
  EXPECT_TRUE(bystander.retired());
  EXPECT_TRUE(directory_.files().empty());
  EXPECT_EQ(seen.put("k", "new"), PutResult::retired);
  EXPECT_EQ(seen.add("n", "new"), PutResult::retired);
  EXPECT_EQ(seen.replace("k", "new"), PutResult::retired);
  expect_refused(Segment::attach("test", {.directory = directory_.path()}), Code::not_found, "test");
}

TEST_F(Retire, LetsASuccessorOfTheSameNameBegin) {
  ASSERT_EQ(cache_.put("k", "old"), PutResult::stored);
  ASSERT_TRUE(segment_.retire());
  const Segment successor = create_segment(segment_options(directory_, {cache_options("main", 64 << 10)}));
  const Cache fresh = open_cache(successor, "main");
  EXPECT_FALSE(fresh.contains("k"));
  EXPECT_EQ(fresh.put("k", "new"), PutResult::stored);
  EXPECT_EQ(cache_.put("k", "stray"), PutResult::retired);
  EXPECT_EQ(value_in(fresh, "k"), "new");
}

TEST_F(Retire, DoesNotTouchANameThatLeadsElsewhere) {
  ASSERT_TRUE(segment_.retire());
  const Segment successor = create_segment(segment_options(directory_, {cache_options("main", 64 << 10)}));
  const Status again = segment_.retire();
  EXPECT_EQ(directory_.files(), std::vector<std::string>{kSegmentFile}) << "the successor's name was removed";
  EXPECT_FALSE(successor.retired());
  EXPECT_TRUE(again || again.error().code == Code::retired);
}

TEST_F(Retire, RemoveSegmentRemovesANameThatAttachRefuses) {
  std::ofstream(directory_ / "junk.larder") << "this is no segment";
  EXPECT_TRUE(remove_segment("junk", directory_.path()));
  EXPECT_EQ(directory_.files(), std::vector<std::string>{kSegmentFile});
  const Status missing = remove_segment("junk", directory_.path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_FALSE(remove_segment("../test", directory_.path()));
}

}  // namespace
}  // namespace larder::test
