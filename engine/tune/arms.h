// arms.h – the settings that are compared with a cache's configured one.
//
// What it is    a handful that complement each other: found on public traces, each of use on several kinds.
// Concurrency   constants.
// Crash         nothing to repair.
#pragma once

#include <vector>

#include "larder/options.h"

namespace larder::tune {

/// The configured setting first; without those that equal it.
std::vector<PolicySetting> arms_for(const PolicySetting& configured);

}  // namespace larder::tune
