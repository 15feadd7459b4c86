// show_test.cc – the shown configuration reads back as the same one.
#include "config/show.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::config {
namespace {

void expect_same(const CacheOptions& a, const CacheOptions& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.group, b.group) << a.name;
  EXPECT_EQ(a.size, b.size) << a.name;
  EXPECT_EQ(a.max_size, b.max_size) << a.name;
  EXPECT_EQ(a.min_size, b.min_size) << a.name;
  EXPECT_EQ(a.miss_cost, b.miss_cost) << a.name;
  EXPECT_EQ(a.ttl, b.ttl) << a.name;
  EXPECT_EQ(a.idle, b.idle) << a.name;
  EXPECT_EQ(a.expected_entry, b.expected_entry) << a.name;
  EXPECT_EQ(a.page_size, b.page_size) << a.name;
  EXPECT_EQ(a.mode, b.mode) << a.name;
  EXPECT_EQ(a.policy.cold, b.policy.cold) << a.name;
  EXPECT_EQ(a.policy.promote, b.policy.promote) << a.name;
  EXPECT_EQ(a.policy.cap, b.policy.cap) << a.name;
  EXPECT_EQ(a.policy.ghosts, b.policy.ghosts) << a.name;
  EXPECT_EQ(a.policy.demote, b.policy.demote) << a.name;
  EXPECT_EQ(a.policy.challenge, b.policy.challenge) << a.name;
}

void expect_round_trip(const Config& a) {
  const std::string text = show(a);
  const auto read = parse(text, "shown");
  ASSERT_TRUE(read) << read.error().message << "\n" << text;
  const Config& b = *read;
  EXPECT_EQ(a.segment.name, b.segment.name);
  EXPECT_EQ(a.segment.directory, b.segment.directory);
  EXPECT_EQ(a.segment.mode, b.segment.mode);
  EXPECT_EQ(a.segment.group, b.segment.group);
  EXPECT_EQ(a.segment.numa, b.segment.numa);
  EXPECT_EQ(a.segment.workers, b.segment.workers);
  EXPECT_EQ(a.segment.threads, b.segment.threads);
  EXPECT_EQ(a.negative_ttl, b.negative_ttl);
  EXPECT_EQ(a.sidecar.interval, b.sidecar.interval);
  EXPECT_EQ(a.sidecar.share, b.sidecar.share);
  EXPECT_EQ(a.sidecar.retire, b.sidecar.retire);
  EXPECT_EQ(a.sidecar.move, b.sidecar.move);
  EXPECT_EQ(a.sidecar.move_interval, b.sidecar.move_interval);
  ASSERT_EQ(a.schedules.size(), b.schedules.size()) << text;
  for (size_t i = 0; i < a.schedules.size(); ++i) {
    EXPECT_EQ(a.schedules[i].name, b.schedules[i].name);
    EXPECT_EQ(a.schedules[i].cron, b.schedules[i].cron);
  }
  ASSERT_EQ(a.segment.caches.size(), b.segment.caches.size());
  for (size_t i = 0; i < a.segment.caches.size(); ++i) expect_same(a.segment.caches[i], b.segment.caches[i]);
}

TEST(Show, TheDefaultsReadBack) { expect_round_trip(defaults()); }

TEST(Show, EverythingChangedReadsBack) {
  const auto config = parse(
      "[segment]\nname = \"m.a-i_l\"\nnuma = \"interleave\"\ndirectory = \"/run/a \\\"b\\\\c\\u0001\"\nmode = "
      "\"0640\"\ngroup = "
      "\"mail\"\nworkers = 7\nthreads = 70\n"
      "[cache]\nmessages = 123457\nnegativeTtl = 1234\n"
      "[cache.domainNamesNegative]\nttl = \"never\"\n"
      "[cache.\"my.cache\"]\nsize = \"3mb\"\nmax = \"9mb\"\nmin = \"1mb\"\ncost = 0.25\nttl = 1001\nidle = "
      "\"3h\"\nexpected = 77\npage = 512\nmode = "
      "\"off\"\ngroup = \"own\"\n"
      "[cache.\"my.cache\".policy]\ncold = 0.123456789\npromote = 0\ncap = 1\nghosts = 0\ndemote = true\nchallenge = "
      "false\n"
      "[sidecar]\ninterval = 7\nshare = 0.125\nretire = true\nmove = true\nmoveInterval = 1234\n"
      "[expire]\n\"*\" = \"never\"\n\"my.cache\" = \"1 2 3\"\ndnsMx = \"5 * *\"\n",
      "t.toml");
  ASSERT_TRUE(config) << config.error().message;
  expect_round_trip(*config);
}

TEST(Show, EveryLineSaysWhereItsValueCameFrom) {
  const auto config = parse("[cache]\nmessages = \"64mb\"\n", "/etc/larder.toml");
  ASSERT_TRUE(config);
  const std::string text = show(*config);
  size_t lines = 0;
  size_t from_file = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    if (line.empty() || line.front() == '[') continue;
    ++lines;
    const bool in_file = line.ends_with("# /etc/larder.toml:2");
    EXPECT_TRUE(in_file || line.ends_with("# default")) << line;
    if (in_file) {
      ++from_file;
      EXPECT_TRUE(line.starts_with("size = \"64mb\"")) << line;
    }
  }
  EXPECT_GT(lines, 300u);
  EXPECT_EQ(from_file, 1u);
}

}  // namespace
}  // namespace larder::config
