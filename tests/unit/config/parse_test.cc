// parse_test.cc – what a configuration file can say.
#include <gtest/gtest.h>

#include <string>

#include "config/config.h"

namespace larder::config {
namespace {

Config good(const std::string& text) {
  auto config = parse(text, "t.toml");
  if (!config) throw std::runtime_error(config.error().message);
  return *config;
}

const CacheOptions& cache_of(const Config& config, const std::string& name) {
  for (const CacheOptions& cache : config.segment.caches) {
    if (cache.name == name) return cache;
  }
  throw std::runtime_error("no cache " + name);
}

TEST(Parse, AnEmptyFileIsTheDefaults) {
  const Config config = good("");
  EXPECT_EQ(config.segment.name, "larder");
  EXPECT_EQ(config.segment.caches.size(), defaults().segment.caches.size());
  EXPECT_TRUE(config.origins.empty());
}

TEST(Parse, Segment) {
  const Config config = good(
      "[segment]\nname = \"mail\"\ndirectory = \"/run/larder\"\nmode = \"0660\"\ngroup = \"mail\"\nworkers = "
      "10\nthreads = 33\n");
  EXPECT_EQ(config.segment.name, "mail");
  EXPECT_EQ(config.segment.directory, "/run/larder");
  EXPECT_EQ(config.segment.mode, 0660u);
  EXPECT_EQ(config.segment.group, "mail");
  EXPECT_EQ(config.segment.workers, 10u);
  EXPECT_EQ(config.segment.threads, 33u);
}

TEST(Parse, ModeAsOctalNumberOrShortText) {
  EXPECT_EQ(good("[segment]\nmode = 0o640\n").segment.mode, 0640u);
  EXPECT_EQ(good("[segment]\nmode = \"640\"\n").segment.mode, 0640u);
}

TEST(Parse, WorkersAloneBringThreadsWithThem) {
  EXPECT_EQ(good("[segment]\nworkers = 1000\n").segment.threads, 4000u);
  EXPECT_EQ(good("[segment]\nthreads = 2000\n").segment.threads, 2000u);
}

TEST(Parse, ACacheInShortForm) {
  const Config config = good("[cache]\nmessages = \"64mb\"\ndnsTxt = 2048\nbigOne = \"32gb\"\n");
  EXPECT_EQ(cache_of(config, "messages").size, 64u << 20);
  EXPECT_EQ(cache_of(config, "dnsTxt").size, 2048u);
  EXPECT_EQ(cache_of(config, "dnsTxt").group, "dns");
  EXPECT_EQ(cache_of(config, "bigOne").size, uint64_t{32} << 30);
}

TEST(Parse, ACacheInLongForm) {
  const Config config = good(
      "[cache.dnsTxt]\nsize = \"6mb\"\nttl = \"1h\"\nidle = \"30m\"\nexpected = \"300b\"\npage = \"4kb\"\nmode = "
      "\"refuse\"\n"
      "group = \"names\"\n[cache.dnsTxt.policy]\ncold = 0.2\npromote = 2\ncap = 2\nghosts = 1\ndemote = "
      "true\nchallenge = false\n");
  const CacheOptions& cache = cache_of(config, "dnsTxt");
  EXPECT_EQ(cache.size, 6u << 20);
  EXPECT_EQ(cache.ttl, milliseconds(3'600'000));
  EXPECT_EQ(cache.idle, milliseconds(1'800'000));
  EXPECT_EQ(cache.expected_entry, 300u);
  EXPECT_EQ(cache.page_size, 4096u);
  EXPECT_EQ(cache.mode, CacheMode::refuse);
  EXPECT_EQ(cache.group, "names");
  EXPECT_DOUBLE_EQ(cache.policy.cold, 0.2);
  EXPECT_EQ(cache.policy.promote, 2u);
  EXPECT_EQ(cache.policy.cap, 2u);
  EXPECT_DOUBLE_EQ(cache.policy.ghosts, 1.0);
  EXPECT_TRUE(cache.policy.demote);
  EXPECT_FALSE(cache.policy.challenge);
}

TEST(Parse, ABudgetHasBounds) {
  const Config config = good(
      "[cache.dnsTxt]\nsize = \"6mb\"\nmax = \"24mb\"\nmin = \"2mb\"\ncost = 2.5\n[sidecar]\nmove = "
      "true\nmoveInterval = \"2m\"\n");
  const CacheOptions& cache = cache_of(config, "dnsTxt");
  EXPECT_EQ(cache.max_size, 24u << 20);
  EXPECT_EQ(cache.min_size, 2u << 20);
  EXPECT_DOUBLE_EQ(cache.miss_cost, 2.5);
  EXPECT_TRUE(config.sidecar.move);
  EXPECT_EQ(config.sidecar.move_interval, milliseconds(120'000));
  EXPECT_EQ(cache_of(config, "dnsMx").max_size, 0u);
  EXPECT_FALSE(good("").sidecar.move);
  const auto refused = parse("[cache.dnsTxt]\nsize = \"6mb\"\nmax = \"4mb\"\n", "t.toml");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("max of 4194304 bytes"), std::string::npos) << refused.error().message;
}

TEST(Parse, LongAndShortFormsMayStandBesideEachOther) {
  const Config config =
      good("[cache]\nmessages = \"64mb\"\nfiles = { size = \"20mb\", idle = 500 }\n[cache.session]\nidle = \"1h\"\n");
  EXPECT_EQ(cache_of(config, "messages").size, 64u << 20);
  EXPECT_EQ(cache_of(config, "files").idle, milliseconds(500));
  EXPECT_EQ(cache_of(config, "session").idle, milliseconds(3'600'000));
}

TEST(Parse, UsersCachesFollowTheDefaultOnesInTheOrderOfTheFile) {
  const Config config = good("[cache.zeta]\nsize = \"1mb\"\n[cache.alpha]\n[cache.\"my.cache\"]\nsize = 4096\n");
  const auto& caches = config.segment.caches;
  const size_t first = defaults().segment.caches.size();
  ASSERT_EQ(caches.size(), first + 3);
  EXPECT_EQ(caches[first].name, "zeta");
  EXPECT_EQ(caches[first + 1].name, "alpha");
  EXPECT_EQ(caches[first + 1].size, 10u << 20);
  EXPECT_EQ(caches[first + 1].group, "data");
  EXPECT_EQ(caches[first + 2].name, "my.cache");
}

TEST(Parse, NegativeTtlAppliesToBothNegativeCachesUnlessTheyHaveTheirOwn) {
  const Config config = good("[cache]\nnegativeTtl = \"10m\"\n[cache.emailAddressesNegative]\nttl = \"1m\"\n");
  EXPECT_EQ(config.negative_ttl, milliseconds(600'000));
  EXPECT_EQ(cache_of(config, "domainNamesNegative").ttl, milliseconds(600'000));
  EXPECT_EQ(cache_of(config, "emailAddressesNegative").ttl, milliseconds(60'000));
  EXPECT_FALSE(cache_of(config, "domainNames").ttl);
  EXPECT_EQ(good("[cache]\nnegativeTtl = 5000\n").negative_ttl, milliseconds(5000));
}

TEST(Parse, TimesToLiveCanBeSwitchedOff) {
  for (const char* off : {"\"\"", "\"never\"", "\"disabled\"", "\"disable\"", "\"false\"", "\"0\"", "0", "false"}) {
    const Config config = good("[cache.domainNamesNegative]\nttl = " + std::string(off) + "\n");
    EXPECT_FALSE(cache_of(config, "domainNamesNegative").ttl) << off;
  }
}

TEST(Parse, Sidecar) {
  EXPECT_EQ(good("[segment]\nnuma = \"interleave\"\n").segment.numa, "interleave");
  const Config config = good("[sidecar]\ninterval = \"1s\"\nshare = 0.5\nretire = true\n");
  EXPECT_EQ(config.sidecar.interval, milliseconds(1000));
  EXPECT_EQ(config.sidecar.share, 0.5);
  EXPECT_TRUE(config.sidecar.retire);
}

TEST(Parse, SchedulesPerCacheBesideTheDefaultOne) {
  const Config config = good("[expire]\nhttpAuth = \"0 3 *\"\nsession = \"45 5 2\"\n[cache.session]\n");
  ASSERT_EQ(config.schedules.size(), 3u);
  EXPECT_EQ(config.schedules[0].name, "*");
  EXPECT_EQ(config.schedules[1].name, "httpAuth");
  EXPECT_EQ(format_cron(config.schedules[1].cron), "0 3 *");
  EXPECT_EQ(config.schedules[2].name, "session");
}

TEST(Parse, SchedulesCanBeReplacedAndSwitchedOff) {
  EXPECT_EQ(format_cron(good("[expire]\n\"*\" = \"0 4 *\"\n").schedules.at(0).cron), "0 4 *");
  EXPECT_TRUE(good("[expire]\n\"*\" = \"never\"\n").schedules.empty());
  EXPECT_TRUE(good("[expire]\n\"*\" = false\n").schedules.empty());
}

TEST(Parse, KnowsWhereEachValueWasSet) {
  const Config config = good(
      "[cache]\nmessages = \"64mb\"\nnegativeTtl = \"2h\"\n\n[cache.dnsTxt]\nidle = \"1h\"\n[segment]\nname = \"x\"\n");
  EXPECT_EQ(config.origin_of("cache.messages.size"), "t.toml:2");
  EXPECT_EQ(config.origin_of("cache.domainNamesNegative.ttl"), "t.toml:3");
  EXPECT_EQ(config.origin_of("cache.dnsTxt.idle"), "t.toml:6");
  EXPECT_EQ(config.origin_of("cache.dnsTxt.size"), "default");
  EXPECT_EQ(config.origin_of("segment.name"), "t.toml:8");
  EXPECT_EQ(config.origin_of("segment.mode"), "default");
}

TEST(Load, SaysWhyAFileCannotBeRead) {
  const auto absent = load("/nonexistent/larder.toml");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::not_found);
  EXPECT_NE(absent.error().message.find("/nonexistent/larder.toml"), std::string::npos);
  const auto directory = load("/");
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().message.find("directory"), std::string::npos) << directory.error().message;
  const auto endless = load("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace larder::config
