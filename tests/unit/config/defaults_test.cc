// defaults_test.cc – the documented caches with their documented sizes, and nothing else.
#include "config/defaults.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "config/config.h"

namespace larder::config {
namespace {

constexpr uint64_t kMb = 1'048'576;

const std::map<std::string, std::pair<std::string, uint64_t>> kDocumented{
    {"messages", {"data", 50 * kMb}},
    {"events", {"data", 10 * kMb}},
    {"scheduling", {"data", 1 * kMb}},
    {"contacts", {"data", 10 * kMb}},
    {"files", {"data", 10 * kMb}},
    {"mailingLists", {"data", 2 * kMb}},
    {"dkimSignatures", {"data", 10 * kMb}},
    {"accounts", {"directory", 20 * kMb}},
    {"domains", {"directory", 5 * kMb}},
    {"domainNames", {"directory", 10 * kMb}},
    {"domainNamesNegative", {"directory", 1 * kMb}},
    {"emailAddresses", {"directory", 10 * kMb}},
    {"emailAddressesNegative", {"directory", 2 * kMb}},
    {"tenants", {"directory", 5 * kMb}},
    {"roles", {"directory", 5 * kMb}},
    {"accessTokens", {"security", 10 * kMb}},
    {"httpAuth", {"security", 1 * kMb}},
    {"dnsTxt", {"dns", 5 * kMb}},
    {"dnsMx", {"dns", 5 * kMb}},
    {"dnsPtr", {"dns", 1 * kMb}},
    {"dnsIpv4", {"dns", 5 * kMb}},
    {"dnsIpv6", {"dns", 5 * kMb}},
    {"dnsTlsa", {"dns", 1 * kMb}},
    {"dnsMtaSts", {"dns", 1 * kMb}},
    {"dnsRbl", {"dns", 5 * kMb}},
};

TEST(Defaults, HaveEveryDocumentedCacheWithGroupAndSize) {
  const Config config = defaults();
  EXPECT_EQ(config.segment.caches.size(), kDocumented.size());
  for (const CacheOptions& cache : config.segment.caches) {
    const auto documented = kDocumented.find(cache.name);
    ASSERT_NE(documented, kDocumented.end()) << cache.name;
    EXPECT_EQ(cache.group, documented->second.first) << cache.name;
    EXPECT_EQ(cache.size, documented->second.second) << cache.name;
    EXPECT_EQ(cache.mode, CacheMode::evict) << cache.name;
    EXPECT_FALSE(cache.idle) << cache.name;
    EXPECT_GE(cache.expected_entry, 16u) << cache.name;
  }
}

TEST(Defaults, OnlyNegativeCachesHaveATimeToLive) {
  for (const CacheOptions& cache : defaults().segment.caches) {
    const bool negative = cache.name == "domainNamesNegative" || cache.name == "emailAddressesNegative";
    EXPECT_EQ(cache.ttl.has_value(), negative) << cache.name;
    if (negative) {
      EXPECT_EQ(*cache.ttl, milliseconds(3'600'000));
    }
  }
  EXPECT_EQ(defaults().negative_ttl, milliseconds(3'600'000));
}

TEST(Defaults, SweepEveryCacheAtAQuarterPast) {
  const Config config = defaults();
  ASSERT_EQ(config.schedules.size(), 1u);
  EXPECT_EQ(config.schedules[0].name, "*");
  EXPECT_EQ(format_cron(config.schedules[0].cron), "15 * *");
}

TEST(Defaults, TheShippedFileSaysExactlyTheDefaults) {
  const auto shipped = load(LARDER_CONF);
  ASSERT_TRUE(shipped) << shipped.error().message;
  const Config config = defaults();
  EXPECT_EQ(shipped->segment.name, config.segment.name);
  EXPECT_EQ(shipped->segment.mode, config.segment.mode);
  EXPECT_EQ(shipped->segment.workers, config.segment.workers);
  EXPECT_EQ(shipped->segment.threads, config.segment.threads);
  EXPECT_EQ(shipped->negative_ttl, config.negative_ttl);
  EXPECT_EQ(shipped->sidecar.interval, config.sidecar.interval);
  EXPECT_EQ(shipped->sidecar.share, config.sidecar.share);
  EXPECT_EQ(shipped->sidecar.retire, config.sidecar.retire);
  EXPECT_EQ(shipped->segment.default_store, config.segment.default_store);
  ASSERT_EQ(shipped->segment.stores.size(), 1u);
  EXPECT_EQ(shipped->segment.stores[0].name, config.segment.stores[0].name);
  EXPECT_EQ(shipped->segment.stores[0].size, config.segment.stores[0].size);
  EXPECT_NE(shipped->origin_of("store.memory.size"), "default") << "missing from the file";
  EXPECT_EQ(shipped->purges.at(0).cron, config.purges.at(0).cron);
  EXPECT_EQ(shipped->persistence.at("memory").directory, "");
  EXPECT_EQ(shipped->persistence.at("memory").first_bytes, config.persistence.at("memory").first_bytes);
  ASSERT_EQ(shipped->segment.caches.size(), config.segment.caches.size());
  for (size_t i = 0; i < config.segment.caches.size(); ++i) {
    EXPECT_EQ(shipped->segment.caches[i].name, config.segment.caches[i].name);
    EXPECT_EQ(shipped->segment.caches[i].size, config.segment.caches[i].size);
    EXPECT_NE(shipped->origin_of("cache." + config.segment.caches[i].name + ".size"), "default")
        << "missing from the file";
  }
}

}  // namespace
}  // namespace larder::config
