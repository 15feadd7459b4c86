// places.cc – the table of caches, sizes and times to live.
#include "load/places.h"

#include <algorithm>
#include <cmath>

#include "load/random.h"

namespace larder::tools {

namespace {

constexpr std::array<PlaceInfo, kPlaceCount> kPlaces{{
    {"messages", 16'000, 0.8, TtlRule::cache},
    {"events", 6000, 0.7, TtlRule::cache},
    {"scheduling", 600, 0.5, TtlRule::cache},
    {"contacts", 5000, 0.7, TtlRule::cache},
    {"files", 6000, 0.7, TtlRule::cache},
    {"mailingLists", 1200, 0.7, TtlRule::cache},
    {"dkimSignatures", 900, 0.4, TtlRule::cache},
    {"accounts", 700, 0.6, TtlRule::cache},
    {"domains", 230, 0.2, TtlRule::cache},
    {"domainNames", 4, 0, TtlRule::cache},
    {"domainNamesNegative", 0, 0, TtlRule::cache},
    {"emailAddresses", 8, 0, TtlRule::cache},
    {"emailAddressesNegative", 0, 0, TtlRule::cache},
    {"tenants", 220, 0.3, TtlRule::cache},
    {"accessTokens", 320, 0.4, TtlRule::cache},
    {"httpAuth", 40, 0, TtlRule::hour},
    {"dnsTxt", 180, 0.5, TtlRule::record},
    {"dnsMx", 140, 0.4, TtlRule::record},
    {"dnsPtr", 90, 0.3, TtlRule::record},
    {"dnsIpv4", 64, 0.3, TtlRule::record},
    {"dnsIpv6", 80, 0.3, TtlRule::record},
    {"dnsTlsa", 120, 0.3, TtlRule::record},
    {"dnsMtaSts", 250, 0.3, TtlRule::record},
    {"dnsRbl", 8, 0, TtlRule::day},
}};

}  // namespace

const PlaceInfo& info_of(Place place) { return kPlaces[static_cast<size_t>(place)]; }

uint32_t value_size(Place place, uint64_t seed, uint32_t revision, uint32_t most) {
  const PlaceInfo& info = info_of(place);
  double size = info.median;
  if (info.spread > 0) {
    // The key decides the size; a new revision changes it by a few percent, as one message more or less does.
    size *= std::exp(info.spread * normal_of(mix(seed + 1), mix(seed + 2)));
    size *= 1 + 0.02 * double(mix(seed + revision) % 4);
  }
  return static_cast<uint32_t>(std::clamp(size, 0.0, double(most)));
}

std::optional<milliseconds> value_ttl(Place place, uint64_t seed) {
  constexpr double kShortest = 30'000, kLongest = 86'400'000;
  switch (info_of(place).ttl) {
    case TtlRule::cache: return std::nullopt;
    case TtlRule::hour: return milliseconds(3'600'000);
    case TtlRule::day: return milliseconds(86'400'000);
    case TtlRule::record:
      return milliseconds(int64_t(kShortest * std::pow(kLongest / kShortest, unit_of(mix(seed + 3)))));
  }
  return std::nullopt;
}

}  // namespace larder::tools
