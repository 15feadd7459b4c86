// build.h – a new segment: every byte in place before it has a name.
//
// What it is    plans the regions, reserves an unnamed file (but for what is beyond the budgets), fills it, and links
//               it to its name.
// Invariants    a segment that can be found is complete (promise P13).
// Concurrency   creators race in the kernel; one wins, the others get Code::exists.
// Crash         before the link nothing remains; after it the segment is whole.
#pragma once

#include <functional>
#include <string>

#include "larder/options.h"
#include "larder/result.h"
#include "larder/segment.h"
#include "os/shm_file.h"

namespace larder::cache {

/// Works on the complete segment's file before it has a name.
using FillUnnamed = std::function<Status(const os::ShmFile& file)>;
/// Checks the options, builds, fills and publishes. Returns the path.
Result<std::string> build_segment(const SegmentOptions& options, const FillUnnamed& fill = {});

/// Puts into a new segment what shall be in it from the beginning.
using Prepare = std::function<Status(const Segment& unnamed)>;
/// Segment::create with a preparation (none if empty), which runs before anybody else can see the segment. It attaches
/// and leaves like a worker of `kind`. Its failure ends the creation and leaves nothing.
Result<Segment> create_segment(const SegmentOptions& options, std::string_view kind, const Prepare& prepare);

/// Bytes of memory that a new segment of these options, which are valid, takes.
uint64_t memory_of(const SegmentOptions& options);

/// <directory>/<name>.larder; an empty directory is the default one.
std::string segment_path(std::string_view name, std::string_view directory);

}  // namespace larder::cache
