// policy_test.cc – `larder policy` and `larder advise` on caches that a sidecar has listened to.
#include "run_tool.h"
#include "sidecar/keeper.h"

namespace larder::test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Policy : public ToolTest {
 protected:
  /// A segment whose cache "small" is asked for a few more keys than it holds, one after the other.
  void make_sampled_segment() {
    make_segment();
    const Segment segment = attach_segment(directory_.path(), "sampled");
    const Cache cache = open_cache(segment, "small");
    auto keeper = sidecar::Keeper::take(attach_segment(directory_.path(), "larderd"));
    ASSERT_TRUE(keeper) << keeper.error().message;
    for (uint64_t i = 0; i < 200'000; ++i) {
      const std::string key = key_name("key", i % 12'000);
      if (!value_in(cache, key)) {
        ASSERT_EQ(cache.put(key, std::string(90, 'v')), PutResult::stored);
      }
      if (i % 32 == 0) keeper->tune();
    }
  }
};

TEST_F(Policy, ShowsWhatIsInUseAndWhy) {
  make_sampled_segment();
  const Outcome all = on_test({"policy"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_TRUE(has(all.out, "small")) << all.out;
  EXPECT_FALSE(has(all.out, "dnsTxt")) << "nobody asked it: " << all.out;
  EXPECT_TRUE(has(on_test({"policy", "--all"}).out, "dnsTxt"));
  const Outcome one = on_test({"policy", "--cache", "small"});
  EXPECT_TRUE(has(one.out, "lookups sampled, simulated with")) << one.out;
  EXPECT_TRUE(has(one.out, "the last:")) << one.out;
  const Outcome json = on_test({"policy", "--json"});
  EXPECT_TRUE(is_json(json.out)) << json.out;
  const Outcome none = on_test({"policy", "--cache", "nobody"});
  EXPECT_EQ(none.code, 3);
  EXPECT_TRUE(has(none.err, "nobody")) << none.err;
}

TEST_F(Policy, AdviceNamesSizesAndPrintsAConfiguration) {
  make_sampled_segment();
  const Outcome advice = on_test({"advise"});
  EXPECT_EQ(advice.code, 0) << advice.err;
  EXPECT_TRUE(has(advice.out, "x 1/2")) << advice.out;
  EXPECT_TRUE(has(advice.out, "[cache]\nsmall = \"")) << advice.out;
  EXPECT_TRUE(is_json(on_test({"advise", "--json", "--cost", "small=3"}).out));
}

TEST_F(Policy, AdviceSaysWhatIsMissing) {
  make_segment();
  const Outcome early = on_test({"advise"});
  EXPECT_EQ(early.code, 1);
  EXPECT_TRUE(has(early.err, "2000 sampled lookups")) << early.err;
  EXPECT_TRUE(has(on_test({"advise", "--cost", "nobody=2"}).err, "no such cache"));
  EXPECT_TRUE(has(on_test({"advise", "--cost", "small"}).err, "CACHE=NUMBER"));
}

}  // namespace
}  // namespace larder::test
