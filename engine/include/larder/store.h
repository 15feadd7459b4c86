// store.h – a key-value store that never drops what it acknowledged: the interface of all backends.
//
// What it is    the operations that mail servers run Redis for, as one abstract class. SharedStore (shared_store.h)
//               implements them in the segment; the static list, the in-process map and remote servers implement the
//               same. What is built on them (rate limits, leases, codes, models) lives in larder/mail.
// Names         a key is 1..kMaxKeyBytes bytes. Values and counters share one namespace: an operation for the other
//               kind answers wrong_type and changes nothing; set, add and remove take either.
// Time          times to live are milliseconds, 1 ms..kMaxTtl; none = for ever. A record is there iff its expiry lies
//               ahead; an expired one is absent to every operation, and creating it anew creates it afresh. Once
//               anybody was told that it is absent, nothing that was on its way before brings it back (an attachment
//               that is read-only judges by the clock alone, and may be told so a moment before such a change lands).
// Invariants    every operation is linearizable per key. A record stays until it is removed, replaced or expired: a
//               store that is full answers `full`, whose text is in full_text(). A failed operation changed nothing.
// Versions      each change of a value by set, add, swap or update gives it a new version, greater than any version
//               that its key had before, also across removal. Touch and persist keep the version.
// Concurrency   every function from any thread. Those of SharedStore wait for nobody.
// Crash         a caller may die inside any call: the operation happened or did not (backends that talk to a server
//               promise that as far as the server does).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "larder/options.h"
#include "larder/result.h"

namespace larder {

/// Answer of a store operation.
enum class [[nodiscard]] StoreStatus : uint8_t{
    ok,             ///< done
    absent,         ///< no live record of that key
    exists,         ///< add: a live record is there
    changed,        ///< swap and its kind: the version is another one by now
    wrong_type,     ///< the record is a counter where a value is needed, or the other way round
    overflow,       ///< the counter would leave the range of 64 signed bits
    full,           ///< no room, and nothing expired to make some: see Store::full_text
    too_large,      ///< the value is longer than Store::max_value
    invalid_key,    ///< empty or longer than kMaxKeyBytes
    invalid_ttl,    ///< not in 1 ms..kMaxTtl
    not_supported,  ///< this backend has no such operation (a static list cannot be written)
    read_only,      ///< attached read-only
    retired,        ///< the segment was retired: attach to its successor
    detached,       ///< this process has no place in the segment (Segment::last_error says why)
    unavailable,    ///< the backend did not answer; whether the operation happened is unknown
};
const char* to_string(StoreStatus status);

enum class RecordKind : uint8_t { value, counter };
const char* to_string(RecordKind kind);

/// One live record as it was at one moment.
struct Record {
  RecordKind kind = RecordKind::value;
  std::string value;                ///< of values
  int64_t number = 0;               ///< of counters
  uint64_t version = 0;             ///< of values; never 0
  std::optional<milliseconds> ttl;  ///< time left; none = for ever
};

/// A status, and a counter's value after (incr) or at (get) the operation if it is ok.
struct CounterAnswer {
  StoreStatus status = StoreStatus::absent;
  int64_t value = 0;
  explicit operator bool() const { return status == StoreStatus::ok; }
};

/// A status, and the version the value has now if it is ok (of the one in the way if it is `exists` or `changed`; 0 if
/// that is a counter, and after an update that left nothing).
struct VersionAnswer {
  StoreStatus status = StoreStatus::absent;
  uint64_t version = 0;
  explicit operator bool() const { return status == StoreStatus::ok; }
};

/// A status, and the time to live left if it is ok; none = for ever.
struct TtlAnswer {
  StoreStatus status = StoreStatus::absent;
  std::optional<milliseconds> ttl;
  explicit operator bool() const { return status == StoreStatus::ok; }
};

/// When counter_incr applies its time to live.
enum class CounterTtl : uint8_t {
  on_create,  ///< only if this call creates the counter
  always,     ///< with every call; none makes it permanent only on creation
};

/// One step of a scan.
struct ScanItem {
  std::string key;
  Record record;
};
struct ScanPage {
  StoreStatus status = StoreStatus::ok;
  std::vector<ScanItem> items;
  uint64_t cursor = 0;  ///< what to go on with; 0 = the scan is complete
};

/// What an update function makes of the present record.
struct Change {
  enum What : uint8_t { keep, store, remove } what = keep;
  std::string value;                ///< for store
  std::optional<milliseconds> ttl;  ///< for store; none = for ever
};

class Store {
 public:
  using Ttl = std::optional<milliseconds>;
  /// Gets the present value, null if there is none. May be called several times for one update; must not use the store.
  using Updater = std::function<Change(const Record* present)>;

  virtual ~Store() = default;

  // Values.
  /// Stores value and expiry, whatever was there.
  virtual VersionAnswer key_set(std::string_view key, std::string_view value, Ttl ttl = {}) = 0;
  /// Copies the value; `out` is unchanged unless ok. A counter is wrong_type.
  virtual StoreStatus key_get(std::string_view key, std::string& out) = 0;
  /// The whole record, of either kind.
  virtual StoreStatus fetch(std::string_view key, Record& out) = 0;
  /// ok or absent, for either kind.
  virtual StoreStatus key_exists(std::string_view key) = 0;
  /// ok if a live record of either kind was there, else absent.
  virtual StoreStatus key_delete(std::string_view key) = 0;
  /// Removes every record that begins with the prefix and was there when the call began; one that is created during the
  /// call may stay or go. `removed` counts live ones. An empty prefix is invalid_key: use clear().
  virtual StoreStatus key_delete_prefix(std::string_view prefix, uint64_t& removed) = 0;
  /// Removes everything that was there when the call began; counts as key_delete_prefix.
  virtual StoreStatus clear(uint64_t& removed) = 0;
  /// Set-if-absent. Never touches a record that is there.
  virtual VersionAnswer add(std::string_view key, std::string_view value, Ttl ttl = {}) = 0;
  /// Get-and-delete: of any number of callers exactly one gets the value. A counter is wrong_type.
  virtual StoreStatus take(std::string_view key, std::string& out) = 0;
  /// Stores if the value's version is `version` (0: if no live record is there). Else `absent` if nothing is there,
  /// `changed` if another version is. A counter is wrong_type, in this and the next two.
  virtual VersionAnswer swap(std::string_view key, uint64_t version, std::string_view value, Ttl ttl = {}) = 0;
  /// Removes if the value's version is `version`; else absent or changed.
  virtual StoreStatus remove_version(std::string_view key, uint64_t version) = 0;
  /// Gives a new time to live (none = for ever) if the value's version is `version`.
  virtual StoreStatus touch_version(std::string_view key, uint64_t version, Ttl ttl) = 0;

  // Counters.
  /// Adds `delta` at once; creates at 0. `ttl` none: the expiry stays as it is, none for a new counter.
  virtual CounterAnswer counter_incr(std::string_view key, int64_t delta, Ttl ttl = {},
                                     CounterTtl when = CounterTtl::always) = 0;
  /// The value; absent with value 0 if there is none or it expired. A value is wrong_type.
  virtual CounterAnswer counter_get(std::string_view key) = 0;
  /// ok if a live counter was there; a value is wrong_type.
  virtual StoreStatus counter_delete(std::string_view key) = 0;

  // Both kinds.
  virtual TtlAnswer ttl(std::string_view key) = 0;
  /// Makes the record permanent.
  virtual StoreStatus persist(std::string_view key) = 0;
  virtual StoreStatus touch(std::string_view key, milliseconds ttl) = 0;
  /// Records whose key begins with `prefix` (empty: all), from `cursor` (0: from the beginning). A record that is there
  /// during the whole scan is delivered; one removed and created anew meanwhile may be delivered twice. Delivers about
  /// `limit` records a call, possibly none before the end; a prefix longer than any key finds none.
  virtual ScanPage scan(std::string_view prefix, uint64_t cursor, size_t limit) = 0;
  /// Reclaims what is expired. `removed` counts.
  virtual StoreStatus purge(uint64_t& removed) = 0;

  // About the store.
  virtual std::string_view name() const = 0;
  /// Longest value with a key of that length, in bytes.
  virtual size_t max_value(size_t key_bytes) const = 0;
  /// After `full`: which store, how full, what holds the bytes. One sentence.
  virtual std::string full_text() { return {}; }
  /// True if leases may end with the process that holds them (worker_identity, worker_alive).
  virtual bool knows_workers() const { return false; }
  /// A number for the calling process that no other process ever has; 0 if the backend knows no workers.
  virtual uint64_t worker_identity() { return 0; }
  /// False only if the process of that identity is certainly gone.
  virtual bool worker_alive(uint64_t) { return true; }

  /// Read, compute, store, until nobody interfered. ok also if the function kept what was there. A counter is
  /// wrong_type.
  VersionAnswer update(std::string_view key, const Updater& updater);
};

}  // namespace larder
