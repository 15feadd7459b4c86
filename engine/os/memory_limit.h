// memory_limit.h – how much memory the control groups of this process leave it.
//
// What it is    a container's limit is a control group's (cgroup v1 or v2). Who reserves more than it leaves gets no
// error
//               from the kernel, but is killed; so whoever reserves asks first.
// Invariants    M1 what is told is an estimate: the file cache counts as free, since the kernel takes it back first,
// and
//               others of the group may take memory at the same time.
// Concurrency   any thread; reads files of /proc and /sys.
// Crash         reads only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace larder::os {

struct MemoryLimit {
  std::string group;   ///< the folder of the group
  uint64_t limit = 0;  ///< bytes its processes may use together
  uint64_t left = 0;   ///< of that, bytes that can still be taken
};

/// Of the groups that this process is in, and of those around them, the one that leaves least. Nothing if none limits
/// it, or if that cannot be found out.
std::optional<MemoryLimit> memory_limit();

}  // namespace larder::os
