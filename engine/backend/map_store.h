// map_store.h – a store in the memory of one process: the reference of the store's contract.
//
// What it is    every operation of larder/store.h over a std::map and one mutex, exact to the millisecond of its
//               clock. Tests run against it with a clock of their own; programs of one process may use it as it is.
// Invariants    M1 used_ is the sum of the costs of all records, expired ones not yet reclaimed included; with a
//               budget it never exceeds the budget. M2 expiries_ names exactly the records that have an expiry. M3
//               versions come from one counter of the store, so they grow for every key, also across removal.
// Full          with a budget, a write that does not fit reclaims everything expired first, then answers full.
// Concurrency   every function from any thread; each holds the mutex for one lookup, scan for at most kVisits records,
//               prefix deletion and clear for all of them. update() runs its function without the mutex.
// Crash         the store ends with its process.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "backend/scan_order.h"
#include "larder/store.h"

namespace larder::backend {

struct MapStoreOptions {
  std::string name = "map";
  std::optional<uint64_t> bytes{};   ///< budget of keys, values and kRecordBytes a record; none = no limit
  size_t max_value = 16 << 20;       ///< longest value, in bytes
  std::function<int64_t()> clock{};  ///< milliseconds, never backwards; empty = the monotonic clock
};

class MapStore : public Store {
 public:
  static constexpr uint64_t kRecordBytes = 64;  ///< what a record costs beside its key and value
  static constexpr size_t kVisits = 4096;       ///< most records that one call of scan looks at

  explicit MapStore(MapStoreOptions options = {});

  VersionAnswer key_set(std::string_view key, std::string_view value, Ttl ttl = {}) override;
  StoreStatus key_get(std::string_view key, std::string& out) override;
  StoreStatus fetch(std::string_view key, Record& out) override;
  StoreStatus key_exists(std::string_view key) override;
  StoreStatus key_delete(std::string_view key) override;
  StoreStatus key_delete_prefix(std::string_view prefix, uint64_t& removed) override;
  StoreStatus clear(uint64_t& removed) override;
  VersionAnswer add(std::string_view key, std::string_view value, Ttl ttl = {}) override;
  StoreStatus take(std::string_view key, std::string& out) override;
  VersionAnswer swap(std::string_view key, uint64_t version, std::string_view value, Ttl ttl = {}) override;
  StoreStatus remove_version(std::string_view key, uint64_t version) override;
  StoreStatus touch_version(std::string_view key, uint64_t version, Ttl ttl) override;

  CounterAnswer counter_incr(std::string_view key, int64_t delta, Ttl ttl = {},
                             CounterTtl when = CounterTtl::always) override;
  CounterAnswer counter_get(std::string_view key) override;
  StoreStatus counter_delete(std::string_view key) override;

  TtlAnswer ttl(std::string_view key) override;
  StoreStatus persist(std::string_view key) override;
  StoreStatus touch(std::string_view key, milliseconds ttl) override;
  ScanPage scan(std::string_view prefix, uint64_t cursor, size_t limit) override;
  StoreStatus purge(uint64_t& removed) override;

  std::string_view name() const override { return options_.name; }
  size_t max_value(size_t) const override { return options_.max_value; }
  std::string full_text() override;

  /// Bytes charged against the budget now.
  uint64_t used();

 private:
  static constexpr int64_t kNever = INT64_MAX;
  static constexpr size_t kReclaimedByAWrite = 2;  ///< keeps expired records from piling up where nobody calls purge
  struct Entry {
    RecordKind kind = RecordKind::value;
    std::string value;
    int64_t number = 0;
    uint64_t version = 0;
    int64_t expiry = kNever;  ///< dead from this moment of the clock
  };
  using Records = std::map<Place, Entry, PlaceLess>;
  using Node = Records::iterator;

  /// One operation: the mutex, and the moment it happens at.
  struct Turn {
    explicit Turn(MapStore& store) : lock(store.mutex_), now(store.options_.clock()) {}
    std::lock_guard<std::mutex> lock;
    int64_t now;
  };

  static Record record_of(const Entry& entry, int64_t now);
  /// The live record of the key, or end(); reclaims it if it is expired.
  Node live(std::string_view key, int64_t now);
  /// The live value of the key with that version, or end() and why not.
  std::pair<Node, StoreStatus> live_version(std::string_view key, uint64_t version, int64_t now);
  void set_expiry(Node node, int64_t expiry);
  void erase(Node node);
  /// Removes the live records that begin with the prefix, and what is expired among them.
  uint64_t erase_prefix(std::string_view prefix, int64_t now);
  /// Reclaims expired records, the longest expired first, at most `limit`.
  uint64_t reclaim(int64_t now, size_t limit);
  /// False if `more` bytes do not fit even after reclaiming.
  bool make_room(uint64_t more, int64_t now);
  /// Stores a value in place of `node`, or anew if that is end().
  VersionAnswer put(Node node, std::string_view key, std::string_view value, Ttl ttl, int64_t now);
  StoreStatus check(std::string_view key, std::string_view value, Ttl ttl) const;

  MapStoreOptions options_;
  std::mutex mutex_;
  Records records_;
  std::set<std::pair<int64_t, const Place*>> expiries_;
  uint64_t used_ = 0;
  uint64_t last_version_ = 0;
};

}  // namespace larder::backend
