// segment.h – a named, memory-mapped segment: create, attach, look up its caches, detach, retire.
//
// What it is    Segment is one attachment of this process to a segment file. Creating builds the segment completely
//               in an unnamed file and then links it to its name, so a half-built one is never seen.
// Invariants    attach refuses, with a specific Error, whatever is not a complete segment of this layout.
// Concurrency   every function may be called from any thread. Several attachments in one process are independent.
//               Caches keep the attachment alive. After fork() the child gets a place of its own at its first call.
// Signals       attaching installs a handler for SIGBUS, which is what touching a file that somebody shortened would
//               otherwise end in. The attachment is then lost: its caches miss, everything else is answered retired,
//               last_error() says why, and the process goes on. Other bus errors go to the handler that was there
//               before.
// Crash         a creator that dies leaves nothing. A worker that dies leaves a slot that bury() (larderd, or the next
//               attach) empties; the kernel releases its lock, so its death is certain and its life is never doubted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "larder/cache.h"
#include "larder/options.h"
#include "larder/result.h"
#include "larder/store.h"

namespace larder {

namespace segment {
class Member;
}

/// How to attach.
struct AttachOptions {
  std::string directory;        ///< empty = default_directory()
  std::string kind = "worker";  ///< shown by `larder workers`, e.g. smtp, imap, jmap; 1..15 bytes
  bool read_only = false;       ///< map without write permission: inspection only, takes no worker slot
};

class Segment {
 public:
  /// Builds a segment and publishes it under its name; the caller is attached as its first worker of `kind`.
  static Result<Segment> create(const SegmentOptions& options, std::string_view kind = "creator");
  /// Attaches to an existing segment by name.
  static Result<Segment> attach(std::string_view name, const AttachOptions& options = {});

  /// The cache of that name, or Code::not_found with the names there are.
  Result<Cache> cache(std::string_view name) const;
  std::vector<std::string> cache_names() const;
  /// The store of that name (empty: the default one), or Code::not_found with the names there are. It keeps the
  /// attachment alive.
  Result<std::unique_ptr<Store>> store(std::string_view name) const;
  /// The default one first.
  std::vector<std::string> store_names() const;
  std::string_view name() const;
  std::string path() const;
  uint64_t bytes() const;

  /// True once somebody retired the segment: attach again to reach its successor.
  bool retired() const;
  /// Marks the segment retired and removes its name (only if the name still leads to this very file).
  Status retire() const;
  /// Empties the slots of workers that are certainly dead. Returns how many were buried. Safe at any time, in any
  /// number.
  uint32_t bury_dead() const;
  /// Why an operation of this process was answered `detached`.
  std::string last_error() const;

  /// Engine-internal.
  explicit Segment(std::shared_ptr<segment::Member> member) : member_(std::move(member)) {}
  const std::shared_ptr<segment::Member>& member() const { return member_; }

 private:
  std::shared_ptr<segment::Member> member_;
};

/// Removes the name of a segment without attaching (for a file that attach refuses). Refuses what is not a regular
/// file.
Status remove_segment(std::string_view name, std::string_view directory = {});

}  // namespace larder
