// static_store.h – a store that only its administrator writes: lists of domains, traps, tables of a configuration.
//
// What it is    the reading half of larder/store.h over a StaticList. Every write answers not_supported. An integer
//               can be read as a counter (counter_get) and as a value (key_get gives its decimal form); anything else
//               is a value only, to which counter_get answers wrong_type. fetch and scan give a value's text, and an
//               integer's number as well.
// Patterns      a key that only a pattern matches is there for every reading operation, but a scan delivers exact
//               entries only.
// Invariants    a reader sees one whole list: reload() swaps it in one step, or keeps the old one if the new one is
//               bad. Versions are the number of the list, 1 for the first.
// Concurrency   every function from any thread; a mutex is held to copy a pointer. Reloads take turns.
// Crash         nothing here is shared between processes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/static_list.h"
#include "larder/store.h"

namespace larder::backend {

class StaticStore final : public Store {
 public:
  /// Where the list comes from; called by open() and by every reload().
  using Source = std::function<Result<StaticList>()>;

  /// The error of the source if it has no good list.
  static Result<std::unique_ptr<StaticStore>> open(std::string name, Source source);
  StaticStore(std::string name, Source source, StaticList list);

  /// Reads the source anew. On an error the old list stays.
  Status reload();
  /// How many lists there were, the present one included.
  uint64_t generation() const { return current()->generation; }
  /// The value with its type; none = absent.
  std::optional<StaticValue> typed_get(std::string_view key) const;

  StoreStatus key_get(std::string_view key, std::string& out) override;
  StoreStatus fetch(std::string_view key, Record& out) override;
  StoreStatus key_exists(std::string_view key) override;
  CounterAnswer counter_get(std::string_view key) override;
  TtlAnswer ttl(std::string_view key) override;
  ScanPage scan(std::string_view prefix, uint64_t cursor, size_t limit) override;
  /// Nothing expires: ok, none removed.
  StoreStatus purge(uint64_t& removed) override;
  std::string_view name() const override { return name_; }
  /// 0: no value can be written.
  size_t max_value(size_t) const override { return 0; }

  VersionAnswer key_set(std::string_view key, std::string_view value, Ttl ttl) override;
  StoreStatus key_delete(std::string_view key) override;
  StoreStatus key_delete_prefix(std::string_view prefix, uint64_t& removed) override;
  StoreStatus clear(uint64_t& removed) override;
  VersionAnswer add(std::string_view key, std::string_view value, Ttl ttl) override;
  StoreStatus take(std::string_view key, std::string& out) override;
  VersionAnswer swap(std::string_view key, uint64_t version, std::string_view value, Ttl ttl) override;
  StoreStatus remove_version(std::string_view key, uint64_t version) override;
  StoreStatus touch_version(std::string_view key, uint64_t version, Ttl ttl) override;
  CounterAnswer counter_incr(std::string_view key, int64_t delta, Ttl ttl, CounterTtl when) override;
  StoreStatus counter_delete(std::string_view key) override;
  StoreStatus persist(std::string_view key) override;
  StoreStatus touch(std::string_view key, milliseconds ttl) override;

 private:
  static constexpr size_t kVisits = 4096;  ///< most entries that one call of scan looks at
  struct Numbered {
    StaticList list;
    uint64_t generation;
  };
  using Current = std::shared_ptr<const Numbered>;
  static Record record_of(const StaticValue& value, uint64_t generation);
  Current current() const;

  std::string name_;
  Source source_;
  std::mutex reloading_;
  mutable std::mutex mutex_;  ///< guards current_
  Current current_;
};

}  // namespace larder::backend
