// options.h – what a segment and its caches are made of, as plain values.
//
// What it is    the input of Segment::create and the output of the configuration room.
// Invariants    limits are constants here and nowhere else; create() checks all of them and names the offender.
// Concurrency   plain values.
// Crash         nothing here lives in the segment; create() copies it into the segment's own layout.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace larder {

using std::chrono::milliseconds;

constexpr uint64_t kMinCacheBytes = 2048;                ///< smallest budget of a cache
constexpr uint64_t kMaxCacheBytes = uint64_t{32} << 30;  ///< positions are 32 bits of 8-byte units
constexpr uint64_t kMinStoreBytes = 64 << 10;            ///< smallest store
constexpr uint32_t kMinStorePages = 8;                   ///< of a store: some are open, some kept for compaction
constexpr uint32_t kMinPageBytes = 256;                  ///< smallest page
constexpr uint32_t kMaxPageBytes = 128 << 10;            ///< largest page
constexpr uint32_t kMaxValueBytes = 0xffffffff;          ///< longest value of a cache, whatever its budget
constexpr uint32_t kMaxKeyBytes = 1023;                  ///< longest key; the shortest is one byte
constexpr uint32_t kMaxNameBytes = 47;                   ///< longest name of a segment, cache, group or kind
constexpr uint32_t kMaxCaches = 256;                     ///< caches in one segment
constexpr uint32_t kMaxWorkers = 1024;                   ///< worker slots in one segment
constexpr uint32_t kMaxPages = (1 << 24) - 2;            ///< pages of the largest budget of a cache
constexpr double kMinMissCost = 0.001, kMaxMissCost = 1e6;
constexpr milliseconds kMaxTtl{int64_t{10} * 366 * 86'400'000};  ///< ten years; longer is refused, not clamped

/// What a cache does with a put when its memory is full.
enum class CacheMode : uint8_t {
  evict,   ///< drop the least valuable entries (the normal mode)
  refuse,  ///< answer no_room; only expired and removed entries make room
  off,     ///< keep nothing: every get is a miss, every put is answered no_room
};

/// One fixed setting of the two rings (docs/design/policy.md gives each rule).
struct PolicySetting {
  double cold = 0.10;     ///< share of the budget the cold ring may hold, 0..1; with `adapt`, where it begins
  uint32_t promote = 1;   ///< references needed to leave the cold ring upwards, 0..3
  uint32_t cap = 3;       ///< largest reference count, 1..3
  double ghosts = 2.0;    ///< evicted weight remembered, in budgets, 0..4
  bool demote = false;    ///< the hot hand leaves ghosts too
  bool challenge = true;  ///< a ghost hit meets the hot hand's next entry first
  bool adapt = true;      ///< the cold share follows the ghosts that return
  bool by_size = true;    ///< heavy entries need more references to stay, light ones fewer
  bool tune = true;       ///< the sidecar may use another setting while that one misses less
};

/// One cache of a segment.
struct CacheOptions {
  std::string name;                  ///< [A-Za-z0-9_.-], 1..kMaxNameBytes bytes, unique in the segment
  std::string group = "data";        ///< data, directory, security, dns, or any name
  uint64_t size = 10 << 20;          ///< budget in bytes of page memory, kMinCacheBytes..kMaxCacheBytes
  uint64_t max_size = 0;             ///< largest budget it can be given later, size..kMaxCacheBytes; 0 = size
  uint64_t min_size = 0;             ///< smallest that larderd leaves it when it moves memory, up to size; 0 = size
  double miss_cost = 1;              ///< of a miss, beside those of other caches; kMinMissCost..kMaxMissCost
  std::optional<milliseconds> ttl;   ///< default time to live of an entry; none = for ever
  std::optional<milliseconds> idle;  ///< default idle (sliding) time to live; none = off
  uint32_t expected_entry = 256;     ///< expected bytes of key and value; sizes index and ghost table
  uint32_t page_size = 0;            ///< power of two, kMinPageBytes..kMaxPageBytes; 0 = chosen from size
  CacheMode mode = CacheMode::evict;
  PolicySetting policy;
};

/// One store of a segment: what is in it stays until it is removed or expires (shared_store.h).
struct StoreOptions {
  std::string name = "memory";     ///< as of a cache; caches and stores share one namespace
  uint64_t size = 16 << 20;        ///< bytes of page memory, kMinStoreBytes..kMaxCacheBytes
  uint32_t expected_entry = 64;    ///< expected bytes of key and value; sizes the index
  uint32_t page_size = 0;          ///< power of two, kMinPageBytes..kMaxPageBytes; 0 = chosen from size
  std::vector<uint8_t> durable;    ///< first bytes of keys that the sidecar keeps on disk
  std::vector<uint8_t> droppable;  ///< first bytes of keys that may be dropped when the store is full
};

/// A whole segment.
struct SegmentOptions {
  std::string name = "larder";       ///< [A-Za-z0-9_.-], 1..kMaxNameBytes bytes
  std::string directory;             ///< where the file lives; empty = default_directory()
  uint32_t mode = 0600;              ///< permission bits of the file: 0600, 0640 or 0660
  std::optional<std::string> group;  ///< group that owns the file; none = the creator's
  std::string numa;                  ///< nodes whose memory it takes: "interleave", or a list such as "0,2-3";
                                     ///< empty = the kernel's choice, the creator's node
  uint32_t workers = 128;            ///< worker slots, 1..kMaxWorkers
  uint32_t threads = 512;            ///< thread lines over all workers, at least `workers`
  std::vector<CacheOptions> caches;
  std::vector<StoreOptions> stores;
  std::string default_store;  ///< the one that Segment::store("") opens; empty = the first
};

/// $LARDER_DIR if set and not empty, else /dev/shm.
std::string default_directory();

}  // namespace larder
