// row.h – one durable record as it goes to disk.
//
// What it is    what a record of the store is without its place in memory: key, kind, number or value, and the moment
//               of its expiry on the wall clock, which goes on across restarts.
// Invariants    W0 a row is delivered only if it is sound and its checksum matches: what was altered on disk is lost,
//               never delivered as something else.
// Concurrency   plain values.
// Crash         see disk.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larder/store.h"

namespace larder::persist {

struct Row {
  std::string key;
  RecordKind kind = RecordKind::value;
  int64_t number = 0;   ///< of counters
  uint64_t expiry = 0;  ///< unix ms; 0 = none
  std::string value;    ///< of values

  bool operator==(const Row&) const = default;
};

/// Of everything in the row.
uint64_t checksum_of(const Row& row);
/// True if the row can be a record: lengths, and nothing that its kind does not have.
bool is_sound(const Row& row);

/// What a batch does with one key.
struct RowChange {
  Row row;             ///< of a removal, only the key counts
  bool erase = false;  ///< false: the row takes the place of whatever is there
};

}  // namespace larder::persist
