// resize_test.cc – `larder resize` and what the other verbs say of a changed budget.
#include "run_tool.h"

namespace larder::test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class ResizeTool : public ToolTest {
 protected:
  void make() {
    const Outcome made =
        on_test({"create", "test", "--cache", "grows=1mb,max=4mb", "--cache", "fixed=1mb", "--store", "kept=1mb"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
};

TEST_F(ResizeTool, ChangesTheBudgetAndItsMemory) {
  make();
  const Outcome grown = on_test({"resize", "grows", "3mb"});
  EXPECT_EQ(grown.code, 0) << grown.err;
  EXPECT_TRUE(has(grown.out, "grows: 1.0 MiB -> 3.0 MiB of at most 4.0 MiB")) << grown.out;
  EXPECT_EQ(cache_figures(directory_.path(), "grows").budget, 3u << 20);
  const Outcome shrunk = on_test({"resize", "grows", "512kb"});
  EXPECT_EQ(shrunk.code, 0) << shrunk.err;
  const CacheFigures figures = cache_figures(directory_.path(), "grows");
  EXPECT_EQ(figures.budget, 512u << 10);
  EXPECT_LE(figures.reserved, (512u << 10) + (128u << 10));
  const Outcome stat = on_test({"stat", "--once", "--long"});
  EXPECT_TRUE(has(stat.out, "MAX")) << stat.out;
  EXPECT_TRUE(has(stat.out, "MEMORY")) << stat.out;
  const Outcome json = on_test({"stat", "--json"});
  EXPECT_TRUE(is_json(json.out));
  EXPECT_TRUE(has(json.out, "\"budget_bytes\":524288") || has(json.out, "\"budget_bytes\": 524288")) << json.out;
  EXPECT_TRUE(has(json.out, "max_bytes")) << json.out;
  const Outcome policy = on_test({"policy", "--cache", "grows"});
  EXPECT_TRUE(has(policy.out, "2 changes of the budget")) << policy.out;
  EXPECT_TRUE(has(policy.out, "1.0 MiB -> 3.0 MiB  by hand")) << policy.out;
  EXPECT_TRUE(is_json(on_test({"policy", "--json"}).out));
  EXPECT_EQ(on_test({"audit", "test"}).code, 0);
}

TEST_F(ResizeTool, SaysWhyNot) {
  make();
  const Outcome beyond = on_test({"resize", "grows", "5mb"});
  EXPECT_EQ(beyond.code, 2);
  EXPECT_TRUE(has(beyond.err, "to 4194304 are possible")) << beyond.err;
  EXPECT_TRUE(has(beyond.err, "fixed when the segment is made")) << beyond.err;
  const Outcome fixed = on_test({"resize", "fixed", "2mb"});
  EXPECT_EQ(fixed.code, 2);
  const Outcome store = on_test({"resize", "kept", "2mb"});
  EXPECT_EQ(store.code, 2);
  EXPECT_TRUE(has(store.err, "kept is a store")) << store.err;
  const Outcome nobody = on_test({"resize", "nobody", "2mb"});
  EXPECT_EQ(nobody.code, 3);
  EXPECT_TRUE(has(nobody.err, "grows")) << nobody.err;
  EXPECT_EQ(on_test({"resize", "grows", "much"}).code, 2);
  EXPECT_EQ(on_test({"create", "other", "--cache", "a=2mb,max=1mb"}).code, 2);
}

}  // namespace
}  // namespace larder::test
