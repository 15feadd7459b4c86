// defaults.h – the caches and the store every mail server gets, and the names that go with them.
//
// What it is    the 25 caches of a mail server's documentation with their names, groups and default sizes, plus the
//               entry size each is expected to hold, which sizes its index.
// Invariants    sizes and names are the documented ones, to the byte; a test lists them.
// Concurrency   constants.
// Crash         nothing here lives in the segment.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "larder/options.h"

namespace larder::config {

/// The caches that negativeTtl applies to.
constexpr std::array<std::string_view, 2> kNegativeCaches{"domainNamesNegative", "emailAddressesNegative"};

struct DefaultCache {
  std::string_view name;
  std::string_view group;
  uint64_t size;
  uint32_t expected_entry;
};

std::span<const DefaultCache> default_caches();
/// The same as options, with negative caches living for `negative_ttl`.
std::vector<CacheOptions> default_cache_options(milliseconds negative_ttl);

/// The store of a file that names none.
StoreOptions default_store();
/// The Bayes models, once there is a directory: training is too dear to lose with a reboot.
PersistSettings default_persistence();
Schedule default_purge(const std::string& store);

}  // namespace larder::config
