// static_list.h – the content of a static store: exact entries and patterns with typed values.
//
// What it is    built once from items, then only read. find() looks among the exact entries first, then tries the
//               patterns in the order they were given. An item whose key has no wildcard is an exact entry, escapes
//               removed; given twice, the later one holds.
// Values        a text is typed as it is read: digits with an optional `-` are an integer, digits with one `.` among
//               them a fraction, `true` and `false` the integers 1 and 0, all else text, also digits that 64 bits
//               cannot hold. An item without a value (a member of a list) carries the integer 1.
// Concurrency   immutable after build().
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/scan_order.h"
#include "larder/result.h"

namespace larder::backend {

struct StaticValue {
  enum class Type : uint8_t { text, integer, fraction };
  Type type = Type::text;
  std::string text;     ///< integers in their shortest decimal form, all else as written
  int64_t integer = 0;  ///< of integers
  double fraction = 0;  ///< of fractions
};

/// The value a text stands for; none is the integer 1.
StaticValue typed(const std::optional<std::string>& text);

/// One key and value as a source gives them.
struct StaticItem {
  std::string key;
  std::optional<std::string> value;
  uint32_t line = 0;
};

struct StaticLimits {
  uint64_t bytes = 100 << 20;  ///< of all keys and values, and of a file
  uint64_t entries = 100'000;  ///< items, patterns included
  uint64_t entry_bytes = 512;  ///< key and value of one item
};

class StaticList {
 public:
  using Exact = std::map<Place, StaticValue, PlaceLess>;

  /// Code::invalid_argument, with "source:line:", for an empty or too long key and for every limit that is exceeded.
  /// Without `patterns` every key is an exact entry as it is written.
  static Result<StaticList> build(std::span<const StaticItem> items, const StaticLimits& limits,
                                  std::string_view source, bool patterns = true);

  /// The value of a key, or null.
  const StaticValue* find(std::string_view key) const;
  const Exact& exact() const { return exact_; }
  size_t patterns() const { return patterns_.size(); }

 private:
  struct Pattern {
    std::string pattern;
    StaticValue value;
  };
  Exact exact_;
  std::vector<Pattern> patterns_;
};

}  // namespace larder::backend
