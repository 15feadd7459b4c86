// window.h – windows of time, aligned to the epoch.
//
// What it is    a period of whole seconds (at least one), its number since the epoch, and how much of it has passed.
// Concurrency   plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <algorithm>
#include <cstdint>

#include "larder/options.h"

namespace larder::mail {

struct Window {
  static constexpr uint64_t kSecond = 1000;

  uint64_t number;
  uint64_t elapsed;  ///< milliseconds
  uint64_t period;   ///< milliseconds, whole seconds

  /// The window of that length which holds `now`, milliseconds since the epoch.
  Window(milliseconds length, int64_t now) {
    const auto time = static_cast<uint64_t>(std::max<int64_t>(now, 0));
    const auto seconds = static_cast<uint64_t>(std::max<int64_t>(length.count(), kSecond)) / kSecond;
    period = seconds * kSecond;
    number = time / period;
    elapsed = time % period;
  }

  /// Whole seconds until it ends, counted from the begun second: 1..period.
  uint64_t reset() const { return (period - elapsed / kSecond * kSecond) / kSecond; }
  /// Long enough for a record of this window.
  milliseconds ttl() const { return milliseconds(static_cast<int64_t>(reset() * kSecond)); }
};

}  // namespace larder::mail
