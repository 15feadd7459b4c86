// load.h – puts what a dump holds back into caches and stores.
//
// What it is    the way from a survey to an attached segment. Caches are loaded so that they are as good as they were:
//               what was hot comes last and with the references it had, so that the hands meet it last and keep it.
// Invariants    D3 what has expired since the dump is not loaded, and nothing that is loaded lives longer than it would
//               have. D4 records go in by the operations of caches and stores: whoever watches these (tombstones,
//               dirty marks, versions) sees them as any other write.
// Concurrency   beside workers. Each record is loaded at one moment; without `overwrite` never over one that is there.
// Crash         a loader that dies leaves what it had loaded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dump/reader.h"
#include "larder/segment.h"

namespace larder::dump {

/// What to do with keys that are there.
enum class Present : uint8_t {
  refuse,  ///< load only into caches and stores that hold nothing
  keep,    ///< leave them as they are
  overwrite,
};

struct LoadOptions {
  std::vector<std::string> only{};  ///< of the dump's regions; empty = all
  std::string as{};                 ///< load the one region that is chosen under this name; empty = its own
  Present present = Present::refuse;
  bool dry_run = false;                 ///< count only; the segment may be attached read-only
  std::function<bool()> interrupted{};  ///< asked now and then; true ends the loading with Code::busy
};

struct Loaded {
  Region from;
  std::string to;
  uint64_t records = 0;  ///< of the region in good blocks
  uint64_t loaded = 0;   ///< dry run: would be
  uint64_t expired = 0;
  uint64_t kept = 0;  ///< a live record of that key was there
  uint64_t too_large = 0;
  uint64_t no_room = 0;   ///< store full, or a cache that keeps nothing
  uint64_t invalid = 0;   ///< times beyond what caches and stores take
  std::string full_text;  ///< after no_room in a store
  uint64_t refused() const { return too_large + no_room + invalid; }
};

/// Code::not_found if a region is not in the dump or the segment, exists if it holds something and that was not to be
/// touched. On other failures some records may be loaded.
Result<std::vector<Loaded>> load(const Segment& segment, const Source& source, const Survey& survey,
                                 const LoadOptions& options);

/// How records get into a region; one for each kind (load_cache.cc, load_store.cc).
class Loader {
 public:
  virtual ~Loader() = default;
  /// True if a live record is there.
  virtual bool holds_anything() const = 0;
  /// Loads one that has not expired and counts what became of it. Fails only if nothing more can be loaded.
  virtual Status put(const Record& record, int64_t now_unix_ms, const LoadOptions& options, Loaded& counts) = 0;
  /// What holds the room of a store that is full.
  virtual std::string full_text() { return {}; }
};
Result<std::unique_ptr<Loader>> cache_loader(const Segment& segment, const std::string& name);
Result<std::unique_ptr<Loader>> store_loader(const Segment& segment, const std::string& name);

}  // namespace larder::dump
