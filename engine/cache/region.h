// region.h – one cache of an attached segment, resolved to pointers of this process.
//
// What it is    Region is what a Cache handle holds: the attachment, the region's header and the Plane over its parts.
// Invariants    every offset and size of the shape was checked against the mapping before a pointer was made from it.
// Concurrency   constant; shared by all threads that use the cache.
// Crash         process-private.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cache/region_layout.h"
#include "larder/cache.h"
#include "larder/result.h"
#include "policy/hand.h"
#include "policy/loose.h"
#include "segment/member.h"

namespace larder::cache {

/// Lays a Plane over a region. Code::corrupt if its shape does not fit the segment.
Result<policy::Plane> open_plane(const segment::Tables& tables, std::byte* base, uint32_t number);

inline RegionHeader* region_header(const segment::Tables& tables, std::byte* base, uint32_t number) {
  return reinterpret_cast<RegionHeader*>(base + tables.directory[number].region_at);
}

/// The number by which the thread's worker owns pages.
inline uint32_t owner_of(const segment::ThreadState& thread) {
  return static_cast<uint32_t>(segment::OwnerWord::Slot::get(thread.owner));
}

struct Region {
  std::shared_ptr<segment::Member> member;
  uint32_t number = 0;
  bool writable = false;
  RegionHeader* header = nullptr;
  policy::Plane plane;

  /// Ends one operation of the calling thread: flushes its counts if it is time to.
  void done(segment::ThreadState& thread) const {
    if (thread.tally(number).due()) [[unlikely]]
      member->flush(thread, number);
  }
  policy::Hand hand(segment::ThreadState& thread) const {
    return {plane, *thread.line, thread.tally(number), owner_of(thread)};
  }
  /// Frees the run of an entry that the calling thread unlinked; nothing if it had none.
  void release(segment::ThreadState& thread, const ring::RunRef& run) const {
    if (run.bytes != 0) [[unlikely]]
      policy::release_run(plane, run.head, run.generation, owner_of(thread));
  }
  /// Says that an entry is gone whose slot led to `position`.
  void note_dead(uint32_t position, const ring::EntryAt& entry) const { plane.note_dead(position, entry.shape.total); }
  CacheMode mode() const { return static_cast<CacheMode>(header->mode.load_relaxed()); }
};

/// The region of that name and kind, or Code::not_found with the names there are. The empty name is the default store.
Result<std::shared_ptr<const Region>> open_region(const std::shared_ptr<segment::Member>& member, std::string_view name,
                                                  RegionKind kind);
/// The names of all regions of a kind, in the order of the directory.
std::vector<std::string> names_of(const segment::Member& member, RegionKind kind);

/// A key's place in the index, and the entry that matched last. For changes also the run it refers to: that must be
/// known before the entry is unlinked.
struct Sought {
  std::string_view key;
  uint64_t hash = 0;
  index::Probe probe;
  ring::EntryAt entry;
  ring::RunRef run;  ///< set when by_standing matches

  Sought(const policy::Plane& plane, std::string_view wanted) : Sought(plane, wanted, plane.hash(wanted)) {}
  Sought(const policy::Plane& plane, std::string_view wanted, uint64_t known_hash)
      : key(wanted), hash(known_hash), probe(plane.index.probe(known_hash)) {}

  /// For lookups: the same key, whatever its standing.
  auto by_key(const policy::Plane& plane) {
    return [ this, &plane ](uint32_t position) __attribute__((always_inline)) {
      return plane.reader.parse(position, entry) && entry.has_key(key) ? index::Match::live : index::Match::other;
    };
  }
  /// For changes: tells live entries of the key from dead ones.
  auto by_standing(const policy::Plane& plane) {
    return [this, &plane](uint32_t position) {
      if (!plane.reader.parse(position, entry) || !entry.has_key(key)) return index::Match::other;
      run = plane.reader.run_of(entry);
      return plane.reader.standing(entry) == ring::Standing::live ? index::Match::live : index::Match::dead;
    };
  }
};

inline bool acceptable_key(std::string_view key) { return !key.empty() && key.size() <= kMaxKeyBytes; }
/// True if the slot still holds what was found, reference count aside.
inline bool unchanged(index::Found found) {
  return index::SlotWord::identity(found.slot->load_acquire()) == index::SlotWord::identity(found.word);
}

/// Announces the found entry's page as the thread's work, to change the entry in place. False if the entry moved
/// meanwhile.
bool hold_for_change(const Region& region, segment::ThreadState& thread, index::Found found);
/// Slides an idle entry's expiry to now + its period (touch.cc). False if the entry moved or changed meanwhile: look it
/// up again.
bool slide(const Region& region, segment::ThreadState& thread, const Sought& sought, index::Found found);
/// True for the few keys whose accesses the sidecar wants to see.
inline bool is_sampled(const Region& region, uint64_t hash) {
  return (hash & region.header->sampling.load_relaxed()) == 0;
}
/// Tells the sidecar of one access (sample.cc). `bytes` of key and value, `ttl_seconds` left; 0 = none, not known.
[[gnu::cold, gnu::noinline]] void sample(const Region& region, segment::ThreadState& thread, segment::SampleKind kind,
                                         uint64_t hash, uint64_t bytes, uint64_t ttl_seconds = 0);
/// Counts and unlinks an entry that a reader met dead.
void drop_dead(const Region& region, segment::ThreadState& thread, const Sought& sought, index::Found found);

}  // namespace larder::cache
