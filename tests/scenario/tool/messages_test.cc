// messages_test.cc – what bad input gets: a specific message, a hint and the right exit code.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "run_tool.h"
#include "support/process.h"

namespace larder::test {
namespace {

using Messages = ToolTest;

/// A failure in the form all share: "larder: what", then "hint: what to do", nothing on standard output.
::testing::AssertionResult is_refusal(const Outcome& run, int code, const std::vector<std::string>& words) {
  const auto no = [&] {
    return ::testing::AssertionFailure() << "code " << run.code << "\nout: " << run.out << "\nerr: " << run.err;
  };
  if (run.code != code) return no() << "\nexpected code " << code;
  if (!run.out.empty()) return no() << "\nexpected nothing on standard output";
  if (run.err.rfind("larder: ", 0) != 0) return no() << "\nexpected \"larder: \" first";
  if (run.err.find("\nhint: ") == std::string::npos) return no() << "\nexpected a hint";
  const std::string first = run.err.substr(0, run.err.find('\n'));
  if (first.back() == '.') return no() << "\nexpected no full stop";
  for (const std::string& word : words) {
    if (run.err.find(word) == std::string::npos) return no() << "\nexpected \"" << word << "\"";
  }
  return ::testing::AssertionSuccess();
}

TEST_F(Messages, MissingSegment) {
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{"stat"},
                                             {"workers"},
                                             {"audit"},
                                             {"get", "k", "--cache", "small"},
                                             {"keys", "--cache", "small"},
                                             {"put", "k", "v", "--cache", "small"},
                                             {"del", "k", "--cache", "small"},
                                             {"load", "--seconds", "1"},
                                             {"retire", "test"},
                                             {"remove", "test"}}) {
    std::vector<std::string> arguments = verb;
    EXPECT_TRUE(is_refusal(on_test(arguments), 3, {"test"})) << verb[0];
  }
  EXPECT_TRUE(directory_.files().empty());
}

TEST_F(Messages, WaitingInVainIsATimeout) { EXPECT_TRUE(is_refusal(on_test({"stat", "--wait", "0.2"}), 6, {"test"})); }

TEST_F(Messages, FileThatIsNoSegment) {
  ::umask(022);
  std::ofstream(directory_ / "test.larder") << std::string(100'000, 'x');
  EXPECT_TRUE(is_refusal(on_test({"stat"}), 3, {"everybody", "chmod"}));
  ASSERT_EQ(::chmod((directory_ / "test.larder").c_str(), 0600), 0);
  EXPECT_TRUE(is_refusal(on_test({"stat"}), 4, {"test"}));
  EXPECT_TRUE(is_refusal(on_test({"put", "k", "v", "--cache", "small"}), 4, {"test"}));
}

TEST_F(Messages, TruncatedSegment) {
  make_segment();
  const std::string file = directory_ / directory_.files().front();
  struct stat before {};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  ASSERT_EQ(::truncate(file.c_str(), before.st_size / 2), 0);
  EXPECT_TRUE(is_refusal(on_test({"stat"}), 5, {"test"}));
  EXPECT_TRUE(is_refusal(on_test({"audit"}), 5, {"test"}));
}

TEST_F(Messages, NoPermission) {
  make_segment();
  const std::string file = directory_ / directory_.files().front();
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  if (::geteuid() != 0) {
    EXPECT_TRUE(is_refusal(on_test({"stat"}), 3, {"permission"}));
    return;
  }
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  const Ending ending = in_child([&] {
    if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) return 1;
    return ::access(LARDER_TOOL, X_OK) == 0 ? int(!is_refusal(on_test({"stat"}), 3, {"ermission"})) : 77;
  });
  if (ending.code == 77) GTEST_SKIP() << "user 65534 may not run the program where it was built";
  EXPECT_TRUE(ending.ok()) << ending.text();
}

TEST_F(Messages, UnknownCachesNameTheKnownOnes) {
  make_segment();
  EXPECT_TRUE(is_refusal(on_test({"get", "k", "--cache", "smal"}), 3, {"smal", "small", "dnsTxt"}));
  EXPECT_TRUE(is_refusal(on_test({"keys", "--cache", "none"}), 3, {"none", "small", "dnsTxt"}));
  EXPECT_TRUE(is_refusal(on_test({"put", "k", "v", "--cache", "none"}), 3, {"none", "small", "dnsTxt"}));
  EXPECT_TRUE(is_refusal(on_test({"del", "k", "--cache", "none"}), 3, {"none", "small", "dnsTxt"}));
  EXPECT_TRUE(is_refusal(on_test({"stat", "--cache", "x*"}), 3, {"x*", "small", "dnsTxt"}));
  EXPECT_TRUE(is_refusal(on_test({"load", "--seconds", "1"}), 3, {"messages", "larder create"}));
}

TEST_F(Messages, BadTimesToLive) {
  make_segment();
  for (const char* ttl : {"0", "0s", "-5m", "5x", "m", "99999999999999999999d", "4000d", "1.5h"}) {
    const std::string option = std::string("--ttl=") + ttl;
    EXPECT_TRUE(is_refusal(on_test({"put", "k", "v", "--cache", "small", option}), 2, {})) << ttl;
  }
  EXPECT_TRUE(is_refusal(on_test({"put", "k", "v", "--cache", "small", "--idle=0"}), 2, {"--idle"}));
  EXPECT_EQ(on_test({"get", "k", "--cache", "small"}).code, 1);
}

TEST_F(Messages, BadKeysAndValues) {
  make_segment();
  EXPECT_TRUE(is_refusal(on_test({"put", "", "v", "--cache", "small"}), 2, {"1 to 1023 bytes"}));
  EXPECT_TRUE(is_refusal(on_test({"put", std::string(1024, 'k'), "v", "--cache", "small"}), 2, {"1024"}));
  EXPECT_TRUE(is_refusal(on_test({"put", "k\\x1", "v", "--cache", "small", "--escaped"}), 2, {"bad escape"}));
  EXPECT_TRUE(is_refusal(on_test({"put", "k", "-", "--cache", "small"}, std::string(1 << 20, 'v')), 1,
                         {"1048576 bytes", "three quarters"}));
  EXPECT_TRUE(is_refusal(on_test({"get", "absent", "--cache", "small"}), 1, {"absent"}));
  EXPECT_TRUE(is_refusal(on_test({"del", "absent", "--cache", "small"}), 1, {"absent"}));
}

TEST_F(Messages, UsageErrors) {
  EXPECT_TRUE(is_refusal(tool({"frobnicate"}), 2, {"frobnicate", "--help"}));
  EXPECT_TRUE(is_refusal(tool({"get"}), 2, {"larder get --help"}));
  EXPECT_TRUE(is_refusal(tool({"stat", "--watch", "soon"}), 2, {"--watch"}));
  EXPECT_TRUE(is_refusal(tool({"load", "--smtp", "-1"}), 2, {"--smtp"}));
  make_segment();
  EXPECT_TRUE(is_refusal(on_test({"stat", "--sort", "beauty"}), 2, {"beauty", "evict"}));
  EXPECT_TRUE(is_refusal(on_test({"replay", "x", "--budget", "1mb"}), 2, {"--budget"}));
}

TEST_F(Messages, BadSegmentsToCreate) {
  EXPECT_TRUE(is_refusal(tool({"create", "a", "--cache", "x"}), 2, {"NAME=SIZE"}));
  EXPECT_TRUE(is_refusal(tool({"create", "a", "--cache", "x=5parsec"}), 2, {"x=5parsec"}));
  const Outcome small = tool({"create", "a", "--cache", "x=1kb"});
  EXPECT_EQ(small.code, 2);
  EXPECT_NE(small.err.find("cache x: size of 1024 bytes; 2048 to"), std::string::npos) << small.err;
  EXPECT_TRUE(is_refusal(tool({"create", "a/b", "--cache", "x=1mb"}), 2, {"a/b"}));
  EXPECT_TRUE(is_refusal(tool({"create", "a", "--config", directory_ / "none.toml"}), 3, {"none.toml"}));
  EXPECT_TRUE(directory_.files().empty()) << "something was left behind";
  make_segment();
  EXPECT_TRUE(is_refusal(tool({"create", "test", "--cache", "x=1mb"}), 3, {"test"}));
}

TEST_F(Messages, BadConfigurationNamesTheLine) {
  std::ofstream(directory_ / "bad.toml") << "[cache.dnsTxt]\nsze = \"5mb\"\n";
  EXPECT_TRUE(is_refusal(run_larder({"conf", "check", directory_ / "bad.toml"}), 2, {"bad.toml:2", "size"}));
  EXPECT_TRUE(is_refusal(run_larder({"conf", "check", directory_ / "none.toml"}), 3, {"none.toml"}));
}

TEST_F(Messages, BadTraces) {
  EXPECT_TRUE(is_refusal(tool({"replay", directory_ / "none.gz"}), 3, {"none.gz"}));
  std::ofstream(directory_ / "odd.bin") << "seventeen bytes..";
  EXPECT_TRUE(is_refusal(tool({"replay", directory_ / "odd.bin"}), 5, {"middle of a record"}));
  std::ofstream(directory_ / "empty.bin") << "";
  EXPECT_TRUE(is_refusal(tool({"replay", directory_ / "empty.bin"}), 5, {"empty"}));
  EXPECT_EQ(directory_.files().size(), 2u) << "a private segment was left behind";
}

}  // namespace
}  // namespace larder::test
