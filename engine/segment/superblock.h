// superblock.h – deciding whether a file is a segment this build can work with, and opening its tables.
//
// What it is    the refusals of attach: each way a file can be wrong has its own code and sentence (promise P15).
// Invariants    nothing of the file is used before the check that covers it.
// Concurrency   reads only.
// Crash         reads only.
#pragma once

#include <string>

#include "os/mapping.h"
#include "os/shm_file.h"
#include "segment/roster.h"

namespace larder::segment {

/// Of everything between `checksum` and `state`.
uint64_t superblock_checksum(const Superblock& super);

/// True if the segment was made before the machine was started, in a directory that outlives it: its times mean nothing
/// any more. Nobody holds a lock in it; and the clock of expiry is behind its creation, or runs in another boot, of
/// which the wall clock agrees that it began at another time. No sign alone tells: some containers are shown a boot or
/// a clock of their own, wall clocks jump, and machines are suspended.
bool from_another_boot(const os::ShmFile& file, const Superblock& super);

enum class Retired : uint8_t { refuse, accept };

/// Opens, checks and maps a segment file.
struct OpenedFile {
  os::ShmFile file;
  os::Mapping mapping;
  Tables tables;
};
Result<OpenedFile> open_segment(const std::string& path, bool writable, Retired retired);
/// The same of a file that is open; `path` is for messages.
Result<OpenedFile> open_segment(os::ShmFile file, const std::string& path, bool writable, Retired retired);

}  // namespace larder::segment
