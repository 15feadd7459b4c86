// places.h – the caches the workload uses, with the sizes and times to live of their values.
//
// What it is    one row a cache: the typical size of a value (log-normal around the median, fixed for a key and
//               revision) and the rule for its time to live. The figures are those of the documents that describe
//               the mail server's caches.
// Invariants    the order of Place and of kPlaces is the same.
// Concurrency   constants and pure functions.
// Crash         nothing is shared.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "larder/options.h"

namespace larder::tools {

enum class Place : uint8_t {
  messages,
  events,
  scheduling,
  contacts,
  files,
  mailing_lists,
  dkim_signatures,
  accounts,
  domains,
  domain_names,
  domain_names_negative,
  email_addresses,
  email_addresses_negative,
  tenants,
  access_tokens,
  http_auth,
  dns_txt,
  dns_mx,
  dns_ptr,
  dns_ipv4,
  dns_ipv6,
  dns_tlsa,
  dns_mta_sts,
  dns_rbl,
  kCount
};
constexpr size_t kPlaceCount = static_cast<size_t>(Place::kCount);

enum class TtlRule : uint8_t {
  cache,   ///< whatever the cache's configuration says
  record,  ///< 30 s to 1 day, log-uniform, fixed for a name: as DNS records have
  hour,    ///< an OAuth access token's life
  day,     ///< a block list's "not listed"
};

struct PlaceInfo {
  const char* name;
  double median;  ///< bytes of a value
  double spread;  ///< standard deviation of the logarithm; 0 = always the median
  TtlRule ttl;
};
const PlaceInfo& info_of(Place place);

/// Bytes of the value of a key at a revision, at most `most`.
uint32_t value_size(Place place, uint64_t seed, uint32_t revision, uint32_t most);
/// Time to live of a key's value; none = the cache's own.
std::optional<milliseconds> value_ttl(Place place, uint64_t seed);

}  // namespace larder::tools
