// problems_test.cc – what a configuration file gets told about its mistakes: place, fault, and what was meant.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "config/config.h"

namespace larder::config {
namespace {

/// The error text of a file that must be refused.
std::string refused(const std::string& text) {
  const auto config = parse(text, "t.toml");
  if (config) return "(accepted)";
  EXPECT_EQ(config.error().code, Code::invalid_argument);
  EXPECT_FALSE(config.error().hint.empty());
  return config.error().message;
}

#define EXPECT_SAYS(text, part)                                             \
  do {                                                                      \
    const std::string message = refused(text);                              \
    EXPECT_NE(message.find(part), std::string::npos) << "got: " << message; \
  } while (false)

TEST(Problems, AnUnknownKeyIsNamedWithTheClosestKnownOne) {
  EXPECT_SAYS("[segment]\n  nam = \"x\"\n", "t.toml:2:3: unknown key \"nam\" in [segment]; did you mean \"name\"?");
  EXPECT_SAYS("[cache.dnsTxt]\nsice = \"1mb\"\n",
              "t.toml:2:1: unknown key \"sice\" in [cache.dnsTxt]; did you mean \"size\"?");
  EXPECT_SAYS("[cache.dnsTxt.policy]\ncolt = 0.1\n", "did you mean \"cold\"?");
  EXPECT_SAYS("[sidecar]\nintervall = \"1s\"\n", "did you mean \"interval\"?");
  EXPECT_SAYS("[segmnt]\nname = \"x\"\n", "t.toml:1:2: unknown key \"segmnt\" in the file; did you mean \"segment\"?");
  EXPECT_SAYS("[sidecar]\nxyzzyplugh = 1\n", "known keys: interval, share, retire");
}

// The fuzzer found it: toml11 reads behind the text when it wants to show where a string is no UTF-8.
TEST(Problems, WhatIsNoUtf8IsRefusedBeforeItIsParsed) {
  EXPECT_SAYS("# fine\na = '''\xff'''\n", "t.toml:2:8: the byte 0xff is no UTF-8");
  EXPECT_SAYS("[segment]\nname = \"\xc3\x28\"\n", "t.toml:2:9: the byte 0xc3 is no UTF-8");
  EXPECT_SAYS("[segment]\nname = \"half\xe2\x82", "t.toml:2:13: the byte 0xe2 is no UTF-8");
}

// 20,000 open brackets took the parser's stack, and the program with it.
TEST(Problems, WhatNestsTooDeeplyIsRefusedBeforeItIsParsed) {
  const auto many = [](const char* text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_SAYS("a = " + many("[", 200'000), "t.toml:1:105: more than 100 levels of brackets");
  EXPECT_SAYS("\na = " + many("{a=", 200'000), "t.toml:2:305: more than 100 levels of brackets");
  EXPECT_SAYS(many("a.", 100'000) + "a = 1", "t.toml:1:202: more than 100 levels of brackets or parts of a key");
  EXPECT_SAYS("[" + many("a.", 100'000) + "a]", "more than 100 levels of brackets or parts of a key");
  EXPECT_SAYS("a = " + many("[", 90) + many("]", 90), "unknown key \"a\"");
}

TEST(Problems, BracketsAndDotsInStringsAndCommentsAreNoLevels) {
  const std::string many(500, '[');
  const auto commented = parse("# " + many + "\n[segment]\nname = \"x\"\n", "t.toml");
  EXPECT_TRUE(commented) << commented.error().message;
  EXPECT_SAYS("a = \"\\\"" + many + "\"\n", "unknown key \"a\"");
  EXPECT_SAYS("a = '" + many + "\\'\n", "unknown key \"a\"");
  EXPECT_SAYS("a = '''\n" + many + "'\n'''\n", "unknown key \"a\"");
  EXPECT_SAYS("a = \"\"\"\n" + many + "\\\"\"\"\n\"\"\"\n", "unknown key \"a\"");
  EXPECT_SAYS("a = \"" + std::string(500, '.') + "\"\n", "unknown key \"a\"");
  std::string numbers = "a = [";
  for (int i = 0; i < 300; ++i) numbers += "1.5, ";
  EXPECT_SAYS(numbers + "]\n", "unknown key \"a\"");
}

TEST(Problems, ACacheThatDiffersOnlyByCaseIsASlip) {
  EXPECT_SAYS("[cache]\ndnstxt = \"1mb\"\n",
              "t.toml:2:1: \"dnstxt\" differs from \"dnsTxt\" only by case; did you mean \"dnsTxt\"?");
  EXPECT_SAYS("[cache]\nnegativettl = \"1h\"\n", "did you mean \"negativeTtl\"?");
  EXPECT_SAYS("[cache.Foo]\n[cache.foo]\n", "\"foo\" differs from \"Foo\" only by case");
}

TEST(Problems, Sizes) {
  EXPECT_SAYS("[cache]\nmessages = \"2047\"\n",
              "t.toml:2:12: cache.messages: 2047b is out of range; allowed are 2kb (2048 bytes) to 32gb");
  EXPECT_SAYS("[cache]\nmessages = 2047\n", "2047b is out of range");
  EXPECT_SAYS("[cache]\nmessages = 0\n", "0b is out of range");
  EXPECT_SAYS("[cache]\nmessages = -1\n", "-1 is below zero");
  EXPECT_SAYS("[cache]\nmessages = \"33gb\"\n", "33gb is out of range");
  EXPECT_SAYS("[cache]\nmessages = \"50mib\"\n",
              "unknown unit \"mib\"; write a whole number and one of b, kb, mb, gb, tb");
  EXPECT_SAYS("[cache]\nmessages = \"-5mb\"\n", "it does not begin with a digit");
  EXPECT_SAYS("[cache]\nmessages = 1.5\n", "a fraction is not a size");
  EXPECT_SAYS("[cache]\nmessages = true\n", "a boolean is not a size");
  EXPECT_SAYS("[cache]\nmessages = [1]\n", "a list is not a size");
  EXPECT_SAYS("[cache.x]\nsize = \"1kb\"\n", "t.toml:2:8: cache.x.size: 1kb is out of range");
  EXPECT_SAYS("[cache.x]\nexpected = 0\n", "cache.x.expected: 0b is out of range");
}

TEST(Problems, Durations) {
  EXPECT_SAYS("[cache]\nnegativeTtl = \"1w\"\n",
              "t.toml:2:15: cache.negativeTtl: \"1w\" is not a duration: unknown unit \"w\"");
  EXPECT_SAYS("[cache]\nnegativeTtl = 0\n", "cache.negativeTtl: 0ms is out of range; allowed are 1ms to 3660d");
  EXPECT_SAYS("[cache]\nnegativeTtl = \"never\"\n", "\"never\" is not a duration");
  EXPECT_SAYS("[cache.x]\nttl = \"3661d\"\n", "cache.x.ttl: 3661d is out of range; allowed are 1ms to 3660d");
  EXPECT_SAYS("[cache.x]\nttl = -1\n", "-1ms is out of range");
  EXPECT_SAYS("[cache.x]\nidle = \"1h30m\"\n", "only one whole number is allowed");
  EXPECT_SAYS("[cache.x]\nidle = true\n", "a boolean is not a duration");
  EXPECT_SAYS("[sidecar]\ninterval = \"2m\"\n", "sidecar.interval: 2m is out of range; allowed are 1ms to 1m");
  EXPECT_SAYS("[segment]\nnuma = \"1-\"\n", "segment.numa: \"1-\" is no placement on NUMA nodes");
  EXPECT_SAYS("[segment]\nnuma = 0\n", "an integer is not a placement on NUMA nodes");
  EXPECT_SAYS("[sidecar]\nshare = 2\n", "sidecar.share: 2 is out of range; allowed are 0 to 1");
  EXPECT_SAYS("[sidecar]\ninterval = \"0\"\n", "it must be longer than zero");
}

TEST(Problems, PagesModesAndPolicy) {
  EXPECT_SAYS("[cache.x]\npage = \"3kb\"\n", "3kb is not a power of two");
  EXPECT_SAYS("[cache.x]\npage = \"128b\"\n", "128b is out of range; allowed are 256b (256 bytes) to 128kb");
  EXPECT_SAYS("[cache.x]\npage = \"256kb\"\n", "256kb is out of range");
  EXPECT_SAYS("[cache.x]\nmode = \"on\"\n", "\"on\" is not a mode of a cache; write \"evict\", \"refuse\" or \"off\"");
  EXPECT_SAYS("[cache.x]\nmode = false\n", "a boolean is not a mode of a cache");
  EXPECT_SAYS("[cache.x.policy]\ncold = 1.5\n", "cache.x.policy.cold: 1.5 is out of range; allowed are 0 to 1");
  EXPECT_SAYS("[cache.x.policy]\ncold = nan\n", "out of range");
  EXPECT_SAYS("[cache.x.policy]\ncap = 4\n", "4 is out of range; allowed are 1 to 3");
  EXPECT_SAYS("[cache.x.policy]\npromote = -1\n", "-1 is out of range");
  EXPECT_SAYS("[cache.x.policy]\npromote = 3\ncap = 2\n", "promote = 3 is above cap = 2");
  EXPECT_SAYS("[cache.x.policy]\nghosts = \"2\"\n", "a text is not a number");
  EXPECT_SAYS("[cache.x.policy]\ndemote = 1\n", "an integer is not true or false");
  EXPECT_SAYS("[cache.x]\npolicy = \"fast\"\n", "a text is not a table; write [cache.x.policy]");
}

TEST(Problems, ValuesThatDoNotGoTogether) {
  EXPECT_SAYS("[cache.x]\nsize = \"8kb\"\npage = \"4kb\"\n", "t.toml:1:8: cache x: 8192 bytes hold only 2 pages");
}

TEST(Problems, NamesAndSegment) {
  EXPECT_SAYS("[segment]\nname = \"a/b\"\n",
              "t.toml:2:8: segment.name: \"a/b\" is not a name; names are 1 to 47 letters");
  EXPECT_SAYS("[segment]\nname = \"\"\n", "\"\" is not a name");
  EXPECT_SAYS("[segment]\nname = \"..\"\n", "\"..\" is not a name");
  EXPECT_SAYS("[segment]\nname = \"" + std::string(48, 'x') + "\"\n", "is not a name");
  EXPECT_SAYS("[segment]\nname = 5\n", "an integer is not a name");
  EXPECT_SAYS("[cache.\"a b\"]\n", "\"a b\" is not a name");
  EXPECT_SAYS("[cache.x]\ngroup = \"a b\"\n", "cache.x.group: \"a b\" is not a name");
  EXPECT_SAYS("[segment]\nmode = \"0644\"\n", "\"0644\" is not a mode of a segment; write \"0600\"");
  EXPECT_SAYS("[segment]\nmode = 600\n", "an integer is not a mode of a segment");
  EXPECT_SAYS("[segment]\ndirectory = \"run\"\n", "write an absolute path");
  EXPECT_SAYS("[segment]\nworkers = 0\n", "0 is out of range; allowed are 1 to 1024");
  EXPECT_SAYS("[segment]\nworkers = 1025\n", "1025 is out of range");
  EXPECT_SAYS("[segment]\nworkers = 10\nthreads = 9\n", "segment.threads: 9 is out of range; allowed are 10 to");
  EXPECT_SAYS("[segment]\nworkers = \"10\"\n", "a text is not an integer");
  EXPECT_SAYS("segment = 5\n", "t.toml:1:1: segment is an integer, not a section; write [segment]");
  EXPECT_SAYS("[[cache]]\n", "cache is a list, not a section");
}

TEST(Problems, TooManyCaches) {
  std::string text = "[cache]\n";
  for (int i = 0; i < 256; ++i) text += "c" + std::to_string(i) + " = \"2kb\"\n";
  EXPECT_SAYS(text, "is one cache too many; a segment holds at most 256");
}

TEST(Problems, Schedules) {
  EXPECT_SAYS("[expire]\n\"*\" = \"0 3\"\n", "expire.*: \"0 3\" is not a schedule: the weekday is missing");
  EXPECT_SAYS("[expire]\n\"*\" = 15\n", "an integer is not a schedule");
  EXPECT_SAYS("[expire]\ndnsTxtt = \"0 3 *\"\n",
              "t.toml:2:1: no cache is named \"dnsTxtt\" in [expire]; did you mean \"dnsTxt\"?");
}

TEST(Problems, DuplicatesAndBrokenToml) {
  EXPECT_SAYS("[cache]\nfiles = \"1mb\"\nfiles = \"2mb\"\n",
              "t.toml:3:9: value (\"files\") already exists; each key and each section may stand once");
  EXPECT_SAYS("[cache]\nfiles = \"1mb\"\n[cache.files]\nsize = \"1mb\"\n", "t.toml:");
  EXPECT_SAYS("[segment]\nname = \"x\n", "t.toml:2:");
  EXPECT_SAYS("[segment\n", "t.toml:1:");
  EXPECT_SAYS("x\n", "t.toml:1:");
  EXPECT_SAYS("[cache]\nfiles = 2026-13-45\n", "t.toml:2:9: invalid date");
  EXPECT_SAYS("[cache]\nfiles = \"\"\"a\nb\"\"\"\n", "\"a b\" is not a size");
  EXPECT_SAYS(std::string("[segment]\nname = \"\0\"\n", 20), "t.toml:2:");
}

TEST(Problems, AllAreReportedInTheOrderOfTheFile) {
  const std::string message = refused(
      "[cache]\nmessages = \"1kb\"\nfiles = \"5xb\"\n[segment]\nname = \"a b\"\nwurkers = 3\n[sidecar]\nretire = "
      "\"yes\"\n");
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 4) << message;
  size_t from = 0;
  for (const char* place : {"t.toml:2:", "t.toml:3:", "t.toml:5:", "t.toml:6:", "t.toml:8:"}) {
    const size_t found = message.find(place, from);
    ASSERT_NE(found, std::string::npos) << place << " in " << message;
    from = found + 1;
  }
}

}  // namespace
}  // namespace larder::config
