// build.h – a new segment: every byte in place before it has a name.
//
// What it is    plans the regions, reserves an unnamed file, fills it, and links it to its name.
// Invariants    a segment that can be found is complete (promise P13).
// Concurrency   creators race in the kernel; one wins, the others get Code::exists.
// Crash         before the link nothing remains; after it the segment is whole.
#pragma once

#include <string>

#include "larder/options.h"
#include "larder/result.h"

namespace larder::cache {

/// Checks the options, builds and publishes. Returns the path.
Result<std::string> build_segment(const SegmentOptions& options);

/// <directory>/<name>.larder; an empty directory is the default one.
std::string segment_path(std::string_view name, std::string_view directory);

}  // namespace larder::cache
