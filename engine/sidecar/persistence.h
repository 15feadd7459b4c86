// persistence.h – the thread that keeps the stores of a segment on disk.
//
// What it is    opens the databases, restores from them into a new segment, and then writes what changed, twice an
//               interval: what is answered to a worker waits at most half of it for the pass that takes it, so that it
//               is on disk within the interval as long as a pass takes less than the other half.
// Why a thread  a sync of a busy disk takes seconds, and a failing one longer; meanwhile the dead must be buried.
// Invariants    the databases are opened before the segment is attached or created, and closed after it is left: so
//               whoever keeps a segment has them alone (persist/disk.h, D4).
// Concurrency   open, prepare, start, set_durable and stop from one thread; the work happens in another one, which
//               holds no lock while it works.
// Crash         see persist/writer.h.
#pragma once

#include <memory>
#include <vector>

#include "larder/segment.h"
#include "persist/keep.h"

namespace larder::sidecar {

struct KeptStore {
  persist::KeepOptions keep;
  milliseconds interval{1000};
};

class Persistence {
 public:
  static Result<Persistence> open(std::vector<KeptStore> stores, const persist::Say& say);
  Persistence(Persistence&&) noexcept;
  Persistence& operator=(Persistence&&) noexcept;
  ~Persistence();

  Status prepare(const Segment& unnamed);
  /// Begins to keep the stores of the segment. A store that the segment does not have is said and left alone.
  void start(const Segment& segment);
  /// Takes new intervals and new sets of durable keys of stores that are kept already.
  void apply(const std::vector<KeptStore>& stores);
  /// Writes what is dirty and ends. The last failure, if something could not be written.
  Status stop();

 private:
  struct Impl;
  explicit Persistence(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::sidecar
