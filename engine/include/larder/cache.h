// cache.h – one cache of an attached segment, as a worker sees it.
//
// What it is    a handle to a named cache that all attached processes share. An entry is a key (1..kMaxKeyBytes
//               bytes), a value (0 bytes up to what a page holds), and optionally a time to live, an idle time
//               to live and a tag. A cache may drop any entry at any time; it never returns a wrong or torn one.
// Invariants    every operation is linearizable per key across all processes. A value is never returned after
//               its expiry (plus one tick of the coarse clock, at most 10 ms).
// Concurrency   every member function may be called from any thread of any attached process at any time; none
//               takes a lock, none waits for another thread or process. A hit makes no system call and stores
//               nothing to shared memory once the entry's reference count is saturated, but for the worker's
//               own counters, once in thousands of operations.
// Crash         a process may be killed or stopped inside any of these calls; the operation in flight happened or
//               did not, everything else is untouched (docs/design/recovery.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "larder/options.h"
#include "larder/view.h"

namespace larder {

namespace cache {
struct Region;
}

/// Answer of a reading operation. Converts to true only for a hit.
struct [[nodiscard]] Lookup {
  enum Kind : uint8_t {
    hit,          ///< found; the value was delivered
    miss,         ///< not there (or expired, removed, damaged)
    too_small,    ///< found, but longer than the caller's buffer: nothing was copied, `size` says the length
    invalid_key,  ///< empty or longer than kMaxKeyBytes
    detached,     ///< this process could not keep or get a place in the segment (see Segment::last_error)
  };
  Kind kind = miss;
  uint32_t size = 0;  ///< bytes of the value, for hit and too_small
  explicit operator bool() const { return kind == hit; }
};

/// Answer of a writing operation.
enum class [[nodiscard]] PutResult : uint8_t{
    stored,       ///< the entry is visible to everybody
    exists,       ///< add: a live entry is there; nothing changed
    absent,       ///< replace: no live entry is there; nothing changed
    too_large,    ///< the value does not fit a page of this cache; an older value of the key was removed (counted)
    no_room,      ///< no page could be freed: mode refuse or off, or everything is pinned by frozen workers
    invalid_key,  ///< empty or longer than kMaxKeyBytes
    invalid_ttl,  ///< a ttl or idle of zero, below zero, or above kMaxTtl
    read_only,    ///< attached read-only
    retired,      ///< the segment was retired: attach to its successor
    detached,     ///< this process could not keep or get a place in the segment (see Segment::last_error)
};
const char* to_string(PutResult result);

/// Options of one put. What is not given comes from the cache's configuration.
struct PutOptions {
  std::optional<milliseconds> ttl{};   ///< absolute: dead this long after the put
  std::optional<milliseconds> idle{};  ///< sliding: dead this long after the last get, view or touch
  std::optional<uint32_t> tag{};       ///< group for remove_tag
};

/// One request of get_many: key and buffer in, answer out.
struct Fetch {
  std::string_view key;
  std::span<std::byte> into;
  Lookup answer{};
};

class Cache {
 public:
  /// Copies the value into `out` (resized to fit). On anything but a hit `out` is unchanged.
  Lookup get(std::string_view key, std::string& out) const;
  /// Copies the value into the buffer; a longer value is answered too_small.
  Lookup get(std::string_view key, std::span<std::byte> out) const;
  /// Answers many keys at once, overlapping their cache misses. Each answer is linearizable by itself, the batch
  /// is not a snapshot. Returns the number of hits.
  size_t get_many(std::span<Fetch> requests) const;
  /// Reads in place. The view stays valid, unchanged, until it is destroyed; it pins at most one page. A thread that
  /// already pins View::kMaxPins pages gets a private copy instead. Empty view = not found.
  View view(std::string_view key) const;
  /// True if a get would hit. Does not count as a reference or in the hit ratio.
  bool contains(std::string_view key) const;

  /// Stores the entry, replacing an older one.
  PutResult put(std::string_view key, std::string_view value, const PutOptions& options = {}) const;
  /// Stores the entry only if no live one is there (set-if-absent).
  PutResult add(std::string_view key, std::string_view value, const PutOptions& options = {}) const;
  /// Stores the entry only if a live one is there.
  PutResult replace(std::string_view key, std::string_view value, const PutOptions& options = {}) const;

  /// Removes the entry. True if a live one was there.
  bool remove(std::string_view key) const;
  /// Gives the entry a new time to live from now. False if no live entry is there, ttl is not in 1 ms..kMaxTtl, or the
  /// entry must be stored anew for it and there is no room (mode refuse; design/pages.md, Times).
  bool touch(std::string_view key, milliseconds ttl) const;
  /// Makes every entry put with this tag before the call invisible, in constant time. Tags share a table of epochs:
  /// now and then entries of another tag go too.
  bool remove_tag(uint32_t tag) const;
  /// Removes every entry that was there when the call began. Returns how many it removed.
  uint64_t clear() const;

  std::string_view name() const;
  /// Longest value that fits with a key of this length and no ttl, idle or tag, in bytes.
  uint32_t max_value(size_t key_bytes) const;

  /// Engine-internal: handles are made by Segment::cache.
  explicit Cache(std::shared_ptr<const cache::Region> region) : region_(std::move(region)) {}
  const cache::Region& region() const { return *region_; }

 private:
  std::shared_ptr<const cache::Region> region_;
};

}  // namespace larder
