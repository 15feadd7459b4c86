// shared_store.h – the store in a segment: the Store interface over Operation.
//
// What it is    one attached store region. Made by Segment::store; keeps the attachment alive.
// Invariants    record.h, room.h. Nothing but `full` refuses a well-formed write for want of room.
// Concurrency   every function from any thread of any attached process; none takes a lock or waits for anybody.
// Crash         the operation in flight happened or did not.
#pragma once

#include <memory>

#include "cache/region.h"
#include "larder/store.h"

namespace larder::store {

class SharedStore final : public Store {
 public:
  explicit SharedStore(std::shared_ptr<const cache::Region> region) : region_(std::move(region)) {}

  VersionAnswer key_set(std::string_view key, std::string_view value, Ttl ttl) override;
  StoreStatus key_get(std::string_view key, std::string& out) override;
  StoreStatus fetch(std::string_view key, Record& out) override;
  StoreStatus key_exists(std::string_view key) override;
  StoreStatus key_delete(std::string_view key) override;
  StoreStatus key_delete_prefix(std::string_view prefix, uint64_t& removed) override;
  StoreStatus clear(uint64_t& removed) override;
  VersionAnswer add(std::string_view key, std::string_view value, Ttl ttl) override;
  StoreStatus take(std::string_view key, std::string& out) override;
  VersionAnswer swap(std::string_view key, uint64_t version, std::string_view value, Ttl ttl) override;
  StoreStatus remove_version(std::string_view key, uint64_t version) override;
  StoreStatus touch_version(std::string_view key, uint64_t version, Ttl ttl) override;

  CounterAnswer counter_incr(std::string_view key, int64_t delta, Ttl ttl, CounterTtl when) override;
  CounterAnswer counter_get(std::string_view key) override;
  StoreStatus counter_delete(std::string_view key) override;

  TtlAnswer ttl(std::string_view key) override;
  StoreStatus persist(std::string_view key) override;
  StoreStatus touch(std::string_view key, milliseconds ttl) override;
  ScanPage scan(std::string_view prefix, uint64_t cursor, size_t limit) override;
  StoreStatus purge(uint64_t& removed) override;

  std::string_view name() const override;
  size_t max_value(size_t key_bytes) const override;
  std::string full_text() override;
  bool knows_workers() const override { return true; }
  uint64_t worker_identity() override;
  bool worker_alive(uint64_t identity) override;

  /// Engine-internal.
  const cache::Region& region() const { return *region_; }

 private:
  StoreStatus remove_all(std::string_view prefix, uint64_t& removed);

  std::shared_ptr<const cache::Region> region_;
};

}  // namespace larder::store
