// keep.h – one store kept on disk: its database opened, restored from, written to, and opened anew when it fails.
//
// What it is    what the sidecar drives, store by store. open() before the segment is there, prepare() on a new segment
//               that nobody sees yet, start() on the one that is kept, then round() again and again and flush() at the
//               end.
// Failures      of the disk are said once, with what to do, and once when they are over; meanwhile everything stays
//               dirty and is tried again with growing pauses. A database that turns out damaged is closed and opened
//               anew, which salvages it; then everything is written again from memory.
// Concurrency   one thread at a time.
// Crash         see writer.h, disk.h.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "larder/segment.h"
#include "persist/disk.h"
#include "persist/writer.h"

namespace larder::persist {

using Clock = std::chrono::steady_clock;

struct KeepOptions {
  std::string store;             ///< its name in the segment
  std::vector<uint8_t> durable;  ///< first bytes of the keys that are kept
  DiskOptions disk;
};

class Keep {
 public:
  static Result<Keep> open(KeepOptions options, Say say);

  /// Restores into a new segment.
  Status prepare(const Segment& unnamed);
  /// Begins to keep the store of this segment. Code::not_found if it has none of that name.
  Status start(const Segment& segment);
  /// Writes what is dirty, then does other work until `until`, if writing is not paused after a failure.
  void round(Clock::time_point until);
  /// Writes what is dirty, whatever pause there is. Its failure is said and returned.
  Status flush();
  /// Changes which keys are durable.
  void set_durable(const std::vector<uint8_t>& durable);
  const KeepOptions& options() const { return options_; }

 private:
  Keep(KeepOptions options, Say say) : options_(std::move(options)), say_(std::move(say)) {}

  Status step(Clock::time_point until);
  Status reopen();
  void failed(const Error& error);
  void succeeded();

  KeepOptions options_;
  Say say_;
  std::optional<Disk> disk_;  ///< until a writer has it
  std::shared_ptr<const store::Region> region_;
  std::optional<Writer> writer_;
  std::optional<Identity> restored_;  ///< the segment that prepare() filled
  std::string failure_;               ///< that was said last; empty: it works
  Clock::time_point failing_since_{};
  Clock::time_point not_before_{};
  std::chrono::milliseconds pause_{0};
};

}  // namespace larder::persist
