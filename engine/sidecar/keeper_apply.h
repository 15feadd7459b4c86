// keeper_apply.h – bringing a live segment closer to a changed configuration, and naming what must wait.
//
// Concurrency   called by the keeper's thread; workers see each word change at once.
// Crash         each word is old or new; applying again finishes.
#pragma once

#include <vector>

#include "larder/segment.h"
#include "sidecar/keeper.h"

namespace larder::sidecar {

std::vector<Change> apply_options(const Segment& segment, const std::vector<Cache>& caches,
                                  const SegmentOptions& wanted);

}  // namespace larder::sidecar
