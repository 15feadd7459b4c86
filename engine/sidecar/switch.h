// switch.h – one switch of a cache's setting, as logs and tests see it.
//
// Concurrency   plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <string>

#include "larder/options.h"

namespace larder::sidecar {

struct Switch {
  std::string cache;
  PolicySetting from, to;
  double from_misses = 0, to_misses = 0;  ///< of recent lookups, 0..1
};

/// "cold 0.010 promote 1 …", for logs.
std::string policy_text(const PolicySetting& setting);

}  // namespace larder::sidecar
