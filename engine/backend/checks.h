// checks.h – what every backend asks of keys and times to live before it looks anything up.
//
// Concurrency   pure functions.
// Crash         nothing here lives in the segment.
#pragma once

#include <string_view>

#include "larder/store.h"

namespace larder::backend {

inline bool is_key(std::string_view key) { return !key.empty() && key.size() <= kMaxKeyBytes; }

inline bool is_ttl(Store::Ttl ttl) { return !ttl || (*ttl >= milliseconds(1) && *ttl <= kMaxTtl); }

/// ok, invalid_key or invalid_ttl.
inline StoreStatus check_key_and_ttl(std::string_view key, Store::Ttl ttl) {
  if (!is_key(key)) return StoreStatus::invalid_key;
  return is_ttl(ttl) ? StoreStatus::ok : StoreStatus::invalid_ttl;
}

}  // namespace larder::backend
