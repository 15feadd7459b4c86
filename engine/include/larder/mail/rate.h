// rate.h – so many in so much time.
//
// Concurrency   a plain value.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>

#include "larder/options.h"

namespace larder::mail {

struct Rate {
  uint64_t count = 0;         ///< how many are allowed in a period; 0: none
  milliseconds period{1000};  ///< at least one second; limiters count in whole seconds
  bool operator==(const Rate&) const = default;
};

}  // namespace larder::mail
