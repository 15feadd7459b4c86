// defaults.cc – the table of default caches, and the configuration of an empty file.
#include "config/defaults.h"

#include <algorithm>

#include "config/config.h"
#include "larder/mail/prefixes.h"

namespace larder::config {
namespace {

constexpr uint64_t kMb = 1 << 20;

// The expected entry is key and value of the typical record: an account's index of messages, a parsed SPF text, a name
// with the id it leads to. Too small a guess costs index memory; too large a one makes the index evict before the
// pages are full, so the account-wide values are set well below their average.
constexpr std::array<DefaultCache, 25> kCaches{{
    {"messages", "data", 50 * kMb, 8192},
    {"events", "data", 10 * kMb, 8192},
    {"scheduling", "data", 1 * kMb, 1024},
    {"contacts", "data", 10 * kMb, 8192},
    {"files", "data", 10 * kMb, 8192},
    {"mailingLists", "data", 2 * kMb, 1024},
    {"dkimSignatures", "data", 10 * kMb, 512},
    {"accounts", "directory", 20 * kMb, 384},
    {"domains", "directory", 5 * kMb, 200},
    {"domainNames", "directory", 10 * kMb, 24},
    {"domainNamesNegative", "directory", 1 * kMb, 20},
    {"emailAddresses", "directory", 10 * kMb, 32},
    {"emailAddressesNegative", "directory", 2 * kMb, 24},
    {"tenants", "directory", 5 * kMb, 256},
    {"roles", "directory", 5 * kMb, 256},
    {"accessTokens", "security", 10 * kMb, 320},
    {"httpAuth", "security", 1 * kMb, 96},
    {"dnsTxt", "dns", 5 * kMb, 200},
    {"dnsMx", "dns", 5 * kMb, 128},
    {"dnsPtr", "dns", 1 * kMb, 96},
    {"dnsIpv4", "dns", 5 * kMb, 80},
    {"dnsIpv6", "dns", 5 * kMb, 80},
    {"dnsTlsa", "dns", 1 * kMb, 128},
    {"dnsMtaSts", "dns", 1 * kMb, 256},
    {"dnsRbl", "dns", 5 * kMb, 64},
}};

}  // namespace

std::span<const DefaultCache> default_caches() { return kCaches; }

std::vector<CacheOptions> default_cache_options(milliseconds negative_ttl) {
  std::vector<CacheOptions> result;
  for (const DefaultCache& cache : kCaches) {
    CacheOptions options;
    options.name = cache.name;
    options.group = cache.group;
    options.size = cache.size;
    options.expected_entry = cache.expected_entry;
    const bool negative =
        std::find(kNegativeCaches.begin(), kNegativeCaches.end(), cache.name) != kNegativeCaches.end();
    if (negative) options.ttl = negative_ttl;
    result.push_back(std::move(options));
  }
  return result;
}

StoreOptions default_store() {
  StoreOptions store;
  store.name = "memory";
  store.size = 16 * kMb;
  return store;
}

PersistSettings default_persistence() {
  PersistSettings persist;
  persist.first_bytes = {static_cast<uint8_t>(mail::Prefix::bayes_global),
                         static_cast<uint8_t>(mail::Prefix::bayes_user)};
  return persist;
}

Schedule default_purge(const std::string& store) {
  return {store, {Cron::Kind::daily, 0, 5, 1}, Schedule::Work::purge_store};
}

Config defaults() {
  Config config;
  const StoreOptions store = default_store();
  config.segment.stores = {store};
  config.segment.default_store = store.name;
  config.persistence.emplace(store.name, default_persistence());
  config.purges = {default_purge(store.name)};
  config.segment.caches = default_cache_options(config.negative_ttl);
  // Sessions are swept at a quarter past every hour, as mail servers document it.
  config.schedules.push_back({"*", {Cron::Kind::hourly, 15, 0, 1}});
  return config;
}

}  // namespace larder::config
