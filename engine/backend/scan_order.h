// scan_order.h – the order in which in-process backends deliver records to a scan.
//
// What it is    records are sorted by (order_of(key), key); a cursor is the order at which a scan goes on. The order
//               is a pure function of the key, so a record that stays keeps its place whatever comes and goes around
//               it.
// Invariants    order_of is never 0, the cursor of a complete scan. Keys of one order are delivered in one page.
// Concurrency   pure functions.
// Crash         nothing here lives in the segment.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace larder::backend {

inline uint64_t order_of(std::string_view key) {
  const uint64_t hash = base::checksum(key.data(), key.size());
  return hash == 0 ? 1 : hash;
}

/// Where a key stands, without owning it.
struct PlaceView {
  uint64_t order = 0;
  std::string_view key;
  auto operator<=>(const PlaceView&) const = default;
};

inline PlaceView place_of(std::string_view key) { return {order_of(key), key}; }

/// Where a key stands; sorts, and is found, like its view.
struct Place {
  uint64_t order = 0;
  std::string key;
  operator PlaceView() const { return {order, key}; }
};

struct PlaceLess {
  using is_transparent = void;
  bool operator()(const PlaceView& a, const PlaceView& b) const { return a < b; }
};

}  // namespace larder::backend
