// doctor_test.cc – somebody whose mail server misbehaves asks the doctor, follows the next commands, and asks again.
#include <algorithm>
#include <fstream>

#include "run_tool.h"

namespace larder::test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

using AskingTheDoctor = ToolTest;

TEST_F(AskingTheDoctor, LeadsFromNothingToASegment) {
  Outcome run = tool({"doctor", "demo"});
  EXPECT_EQ(run.code, 2) << run.err;
  EXPECT_TRUE(has(run.out, "error    segment: there is no segment demo in ")) << run.out;
  EXPECT_TRUE(has(run.out, "next: larderd --segment demo")) << run.out;
  EXPECT_TRUE(has(run.out, "skipped: ")) << run.out;
  ASSERT_EQ(tool({"create", "demo", "--cache", "a=1mb"}).code, 0);
  run = tool({"doctor", "demo"});
  EXPECT_EQ(run.code, 1) << run.out;
  EXPECT_TRUE(has(run.out, "warning  larderd: nobody keeps the segment")) << run.out;
  EXPECT_TRUE(has(run.out, "fine:    ")) << run.out;
  EXPECT_LE(std::count(run.out.begin(), run.out.end(), '\n'), 24) << run.out;
}

TEST_F(AskingTheDoctor, TakesPathsAndSpeaksJson) {
  make_segment();
  const Outcome by_path = tool({"doctor", directory_ / "test.larder", "--json"});
  EXPECT_EQ(by_path.code, 1) << by_path.err;
  EXPECT_TRUE(is_json(by_path.out));
  EXPECT_TRUE(has(by_path.out, "\"segment\":\"test\"") && has(by_path.out, "\"worst\":\"warning\"")) << by_path.out;
  const Outcome all = on_test({"doctor", "--all"});
  EXPECT_TRUE(has(all.out, "ok       audit: ")) << all.out;
  EXPECT_TRUE(has(tool({"doctor", "--help"}).out, "huge pages"));
}

TEST_F(AskingTheDoctor, ShowsNoControlCharacters) {
  make_segment();
  std::ofstream(directory_ / "a\x1b[2J.larder") << "not a segment";
  const Outcome run = on_test({"doctor"});
  EXPECT_TRUE(has(run.out, "nobody can use a\\x1b[2J")) << run.out;
  EXPECT_FALSE(has(run.out, "\x1b")) << run.out;
  EXPECT_TRUE(is_json(on_test({"doctor", "--json"}).out));
}

TEST_F(AskingTheDoctor, OfABrokenConfiguration) {
  const TempDirectory files;
  std::ofstream(files / "larder.toml") << "[segment]\nworkers = 0\n";
  const Outcome run = on_test({"doctor", "--config", files / "larder.toml"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(has(run.out, "error    configuration: ") && has(run.out, "larder.toml:2")) << run.out;
  EXPECT_TRUE(has(run.out, "next: larder conf check ")) << run.out;
}

}  // namespace
}  // namespace larder::test
