// returning.h – what a put learns from the ghosts of its key.
//
// What it is    looks a key up among the ghosts, forgets it there, and moves the balance of the rings (balance.h).
// Concurrency   any thread; hints only.
// Crash         nothing to repair.
#pragma once

#include "policy/plane.h"

namespace larder::policy {

/// True if the key is a ghost that may enter the hot ring (rule 3). `bytes` is what its entry takes now.
bool recall(const Plane& plane, uint64_t hash, uint64_t bytes);

}  // namespace larder::policy
