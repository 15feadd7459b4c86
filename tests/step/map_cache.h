// map_cache.h – a cache as a map in one process: what the operations of step tests must answer and leave.
//
// What it is    the operations of larder/cache.h over a std::map that never drops anything. A script written for
//               either (`auto& cache`) runs on both; the map says what the segment's cache must say.
// Invariants    time stands still: what lives shorter than a second is expired at once, all else lives on.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "larder/cache.h"

namespace larder::test {

class MapCache {
 public:
  struct Entry {
    std::string value;
    std::optional<uint32_t> tag;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  explicit MapCache(uint64_t budget) : budget_(budget) {}

  Lookup get(std::string_view key, std::string& out) const;
  Lookup get(std::string_view key, std::span<std::byte> out) const;
  size_t get_many(std::span<Fetch> requests) const;
  /// A private copy, as a view is that finds no pin left.
  View view(std::string_view key) const;
  bool contains(std::string_view key) const { return entries_.count(key) > 0; }

  PutResult put(std::string_view key, std::string_view value, const PutOptions& options = {});
  PutResult add(std::string_view key, std::string_view value, const PutOptions& options = {});
  PutResult replace(std::string_view key, std::string_view value, const PutOptions& options = {});
  bool remove(std::string_view key);
  bool touch(std::string_view key, milliseconds ttl);
  bool remove_tag(uint32_t tag);
  uint64_t clear();

  Budget budget() const { return {.bytes = budget_, .wanted = budget_}; }
  Result<Budget> resize(uint64_t bytes, milliseconds patience = milliseconds(0));
  uint32_t max_value(size_t) const { return static_cast<uint32_t>(budget_ / 4 * 3); }

  const Entries& entries() const { return entries_; }

 private:
  Entries entries_;
  uint64_t budget_;
};

}  // namespace larder::test
