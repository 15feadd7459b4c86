// fields.h – one TOML table of known keys, read value by value.
//
// What it is    Fields walks a table: each reader takes one key, checks type, unit and range, stores the value and
//               notes its origin; finish() reports every key nobody asked for. A key that is absent changes nothing.
// Invariants    a value that is wrong is reported and leaves the target as it was.
// Concurrency   one parse, one thread.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <toml.hpp>
#include <vector>

#include "config/config.h"
#include "config/problems.h"

namespace larder::config {

/// What one parse collects beside the values.
struct Notes {
  Problems& problems;
  std::map<std::string, Origin>& origins;
  void origin(const std::string& path, const toml::value& value) const {
    origins[path] = {problems.filename(), place_of(value).line};
  }
};

/// An inclusive range of a number, size or duration.
template <class T>
struct Range {
  T low;
  T high;
};

/// "a text", "an integer", … for messages.
std::string type_of(const toml::value& value);

/// A size: text of units.h, or an integer of bytes.
Result<uint64_t> size_value(const toml::value& value, Range<uint64_t> range);
/// A duration: text of units.h, or an integer of milliseconds, up to kMaxTtl.
Result<milliseconds> duration_value(const toml::value& value);
/// The error for a name of a segment, cache or group that is not [A-Za-z0-9_.-], 1..kMaxNameBytes bytes.
std::optional<Error> name_error(std::string_view name);

class Fields {
 public:
  /// `path` names the table in messages and origins, e.g. "cache.dnsTxt".
  Fields(const toml::value& table, std::string path, Notes notes);

  void size(std::string_view key, uint64_t& target, Range<uint64_t> range);
  void duration(std::string_view key, milliseconds& target, Range<milliseconds> range);
  void optional_duration(std::string_view key, std::optional<milliseconds>& target);
  void integer(std::string_view key, uint32_t& target, Range<uint32_t> range);
  void number(std::string_view key, double& target, Range<double> range);
  void boolean(std::string_view key, bool& target);
  void text(std::string_view key, std::string& target);
  void name(std::string_view key, std::string& target);
  /// Any other rule: returns the error, if any, and sets its own target.
  void custom(std::string_view key, const std::function<std::optional<Error>(const toml::value&)>& read);
  /// A key whose value is a table; nothing if absent or of another type.
  const toml::value* table(std::string_view key);
  void finish();

 private:
  /// The value of a key, noted as known; nothing if absent.
  const toml::value* take(std::string_view key);
  std::string path_of(std::string_view key) const { return path_ + "." + std::string(key); }
  /// Stores a result or reports its error.
  template <class T>
  void settle(std::string_view key, const toml::value& value, const Result<T>& result, T& target);

  const toml::value& table_;
  std::string path_;
  Notes notes_;
  std::vector<std::string_view> known_;
};

}  // namespace larder::config
