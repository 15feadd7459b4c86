// verbs_test.cc – create, put, get, keys, del, audit, retire, remove and the list, one after the other as a person
// would.
#include <algorithm>
#include <fstream>

#include "run_tool.h"

namespace larder::test {
namespace {

using Verbs = ToolTest;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Verbs, WithoutArgumentsListsSegmentsOrSaysHowToMakeOne) {
  Outcome run = tool({});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(has(run.out, "no segment in")) << run.out;
  EXPECT_TRUE(has(run.out, "larder create"));
  make_segment();
  std::ofstream(directory_ / "something-else") << "not a segment";
  run = tool({});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "test")) << run.out;
  EXPECT_FALSE(has(run.out, "something-else"));
  std::ofstream(directory_ / "broken.larder") << "not a segment either";
  run = tool({});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "not listed: ")) << run.out;
  EXPECT_TRUE(has(run.out, "broken.larder")) << run.out;
}

TEST_F(Verbs, TheFirstMinute) {
  EXPECT_EQ(tool({"create", "demo", "--cache", "a=1mb", "--cache", "b=64kb"}).code, 0);
  EXPECT_EQ(tool({"put", "k", "secret", "--cache", "a", "--segment", "demo", "--ttl", "5m", "--tag", "7"}).code, 0);
  const Outcome shown = tool({"get", "k", "--cache", "a", "--segment", "demo"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(has(shown.out, "value bytes 6")) << shown.out;
  EXPECT_TRUE(has(shown.out, "tag         7")) << shown.out;
  EXPECT_TRUE(has(shown.out, "ttl         4m") || has(shown.out, "ttl         5m")) << shown.out;
  EXPECT_EQ(tool({"del", "k", "--cache", "a", "--segment", "demo"}).code, 0);
  EXPECT_EQ(tool({"get", "k", "--cache", "a", "--segment", "demo"}).code, 1);
  EXPECT_EQ(tool({"audit", "demo"}).code, 0);
  EXPECT_EQ(tool({"retire", "demo"}).code, 0);
  EXPECT_TRUE(directory_.files().empty());
}

TEST_F(Verbs, ValuesAreShownOnlyWhenAskedFor) {
  make_segment();
  ASSERT_EQ(on_test({"put", "k", "secret", "--cache", "small"}).code, 0);
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{"get", "k", "--cache", "small"},
                                             {"keys", "--cache", "small", "--long"},
                                             {"stat", "--json"},
                                             {"stat"},
                                             {"audit"},
                                             {"workers"}}) {
    const Outcome run = on_test(verb);
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_FALSE(has(run.out + run.err, "secret")) << verb[0];
  }
  EXPECT_TRUE(has(on_test({"get", "k", "--cache", "small", "--value"}).out, "secret"));
  EXPECT_EQ(on_test({"get", "k", "--cache", "small", "--raw"}).out, "secret");
}

TEST_F(Verbs, BytesOfAnyKindGoInAndComeOut) {
  make_segment();
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  ASSERT_EQ(on_test({"put", "\\x00\\xffkey", "-", "--cache", "small", "--escaped"}, bytes).code, 0);
  EXPECT_EQ(on_test({"get", "\\x00\\xffkey", "--cache", "small", "--escaped", "--raw"}).out, bytes);
  EXPECT_EQ(on_test({"keys", "--cache", "small"}).out, "\\x00\\xffkey\n");
  const Outcome shown = on_test({"get", "\\x00\\xffkey", "--cache", "small", "--escaped", "--value"});
  EXPECT_TRUE(has(shown.out, "\\x00\\x01\\x02")) << shown.out;
  ASSERT_EQ(on_test({"put", "plain", "a\\x0ab", "--cache", "small", "--escaped"}).code, 0);
  EXPECT_EQ(on_test({"get", "plain", "--cache", "small", "--raw"}).out, "a\nb");
}

TEST_F(Verbs, KeysByPrefixAndLimit) {
  make_segment();
  {
    const Cache cache = open_cache(attach_segment(directory_.path()), "small");
    for (int i = 0; i < 150; ++i) ASSERT_EQ(cache.put("a" + std::to_string(i), "v"), PutResult::stored);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(cache.put("b" + std::to_string(i), "v"), PutResult::stored);
  }
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(lines(on_test({"keys", "--cache", "small", "--prefix", "b"}).out), 3);
  const Outcome some = on_test({"keys", "--cache", "small"});
  EXPECT_EQ(lines(some.out), 100);
  EXPECT_TRUE(has(some.err, "--limit")) << some.err;
  EXPECT_EQ(lines(on_test({"keys", "--cache", "small", "--limit", "1000"}).out), 153);
  EXPECT_EQ(lines(on_test({"keys", "--cache", "small", "--prefix", "b", "--long"}).out), 4);
  EXPECT_EQ(on_test({"keys", "--cache", "small", "--prefix", "c"}).out, "");
}

TEST_F(Verbs, AuditTakesANameOrAPathAndSpeaksJson) {
  make_segment();
  const std::string path = directory_ / directory_.files().front();
  for (const std::string& name : {std::string("test"), path}) {
    const Outcome run = tool({"audit", name});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(has(run.out, "0 violations")) << run.out;
  }
  const Outcome json = tool({"audit", path, "--json"});
  EXPECT_TRUE(is_json(json.out));
  EXPECT_TRUE(has(json.out, "\"clean\":true"));
}

TEST_F(Verbs, AuditFindsDamage) {
  make_segment();
  {
    const Cache cache = open_cache(attach_segment(directory_.path()), "small");
    for (int i = 0; i < 500; ++i)
      ASSERT_EQ(cache.put(key_name("k", unsigned(i)), std::string(100, 'v')), PutResult::stored);
  }
  // The tail of the file holds pages; wiping the second half of it takes entries away under live index slots.
  const std::string path = directory_ / directory_.files().front();
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::streamoff>(file.tellg());
  std::string content(static_cast<size_t>(size), '\0');
  file.seekg(0);
  file.read(content.data(), size);
  size_t at = 0, wiped = 0;
  while ((at = content.find(std::string(100, 'v'), at)) != std::string::npos && wiped < 50) {
    const size_t begin = at - 24;
    file.seekp(static_cast<std::streamoff>(begin));
    file.write(std::string(100, '\x81').data(), 100);
    at += 100;
    ++wiped;
  }
  file.close();
  ASSERT_EQ(wiped, 50u);
  const Outcome run = tool({"audit", path});
  EXPECT_EQ(run.code, 1) << run.out << run.err;
  EXPECT_FALSE(has(run.out, ": 0 violations"));
}

TEST_F(Verbs, ConfigurationShowsItselfAndParsesBack) {
  const Outcome shown = run_larder({"conf", "show"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  for (const char* cache : {"messages", "emailAddressesNegative", "accessTokens", "dnsMtaSts"})
    EXPECT_TRUE(has(shown.out, cache));
  std::ofstream(directory_ / "shown.toml") << shown.out;
  const Outcome checked = run_larder({"conf", "check", directory_ / "shown.toml"});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_TRUE(has(checked.out, "fine")) << checked.out;
}

TEST_F(Verbs, RemoveTakesAwayWhatAttachRefuses) {
  make_segment();
  const std::string file = directory_ / directory_.files().front();
  std::ofstream(file, std::ios::trunc) << "broken";
  EXPECT_NE(tool({"retire", "test"}).code, 0);
  EXPECT_EQ(tool({"remove", "test"}).code, 0);
  EXPECT_TRUE(directory_.files().empty());
}

TEST_F(Verbs, HelpIsShortAndHasExamples) {
  for (const char* verb :
       {"stat", "workers", "get", "put", "del", "keys", "audit", "create", "retire", "remove", "load", "replay"}) {
    const Outcome run = run_larder({verb, "--help"});
    EXPECT_EQ(run.code, 0) << verb;
    EXPECT_LE(std::count(run.out.begin(), run.out.end(), '\n'), 25) << run.out;
    EXPECT_TRUE(has(run.out, "Examples:")) << verb;
  }
  const Outcome all = run_larder({"--help"});
  EXPECT_FALSE(has(all.out, "load-worker")) << all.out;
}

}  // namespace
}  // namespace larder::test
