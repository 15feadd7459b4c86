// cache.h – one cache of an attached segment, as a worker sees it.
//
// What it is    a handle to a named cache that all attached processes share. An entry is a key (1..kMaxKeyBytes
//               bytes), a value (0 bytes up to max_value()), and optionally a time to live, an idle time
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

#include "larder/builder.h"
#include "larder/options.h"
#include "larder/result.h"
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

/// One request of get_many: key and buffer in, answer out.
struct Fetch {
  std::string_view key;
  std::span<std::byte> into;
  Lookup answer{};
};

/// The page memory of a cache: what it may use, and where a change of that is going.
struct Budget {
  uint64_t bytes = 0;     ///< it may use now
  uint64_t wanted = 0;    ///< it is to use; differs from `bytes` while it shrinks
  uint64_t least = 0;     ///< the smallest budget it can be given
  uint64_t most = 0;      ///< the largest
  uint64_t reserved = 0;  ///< memory that is taken for its pages
  bool settled = true;    ///< no change is under way
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
  /// Reads in place, whatever the size. The view stays valid, unchanged, until it is destroyed; it pins the page or the
  /// pages of its value. A thread that
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

  /// Room for a value of exactly so many bytes, to be filled in place; Builder::commit stores it. Until then nobody
  /// sees it, and whatever the key has stays. A builder without room says why (Builder::refusal).
  Builder reserve(std::string_view key, uint64_t bytes, const PutOptions& options = {}) const;

  /// Removes the entry. True if a live one was there.
  bool remove(std::string_view key) const;
  /// Gives the entry a new time to live from now. False if no live entry is there, ttl is not in 1 ms..kMaxTtl, or the
  /// entry must be stored anew for it and there is no room (mode refuse, or a cache of so few pages that whatever makes
  /// room moves the entry itself; design/pages.md, Times).
  bool touch(std::string_view key, milliseconds ttl) const;
  /// Makes every entry put with this tag before the call invisible, in constant time. Tags share a table of epochs:
  /// now and then entries of another tag go too.
  bool remove_tag(uint32_t tag) const;
  /// Removes every entry that was there when the call began. Returns how many it removed.
  uint64_t clear() const;

  std::string_view name() const;
  /// What the cache may use, of how much, at this moment.
  Budget budget() const;
  /// Gives the cache another budget while everybody goes on using it; `bytes` is rounded down to whole pages. A larger
  /// one takes memory first: Code::no_space says that there is not so much, and nothing changed. A smaller one evicts
  /// as far as is needed and gives the memory back, about a second after the last page was emptied. What cannot be done
  /// at once (pages that somebody holds, that second) is tried again for `patience`; larderd does what is then left,
  /// and what a caller that dies leaves. Other errors: invalid_argument (beyond Budget::least..most), busy (somebody
  /// else resizes the cache), no_space (mode refuse: what is live does not fit), read_only, no_slot.
  Result<Budget> resize(uint64_t bytes, milliseconds patience = milliseconds(0)) const;
  /// Longest value that fits with a key of this length and no ttl, idle or tag, in bytes: three quarters of the budget,
  /// at most kMaxValueBytes. A page holds less, if the key leaves no room for a reference to more or the cache has
  /// only a few pages.
  uint32_t max_value(size_t key_bytes) const;

  /// Engine-internal: handles are made by Segment::cache.
  explicit Cache(std::shared_ptr<const cache::Region> region) : region_(std::move(region)) {}
  const cache::Region& region() const { return *region_; }

 private:
  std::shared_ptr<const cache::Region> region_;
};

}  // namespace larder
