// prefixes.h – the numbers that keys begin with, what each means, and which keys are free for users.
//
// What it is    the table of prefixes.def as constants, and key builders. A key is the prefix byte, then parts: texts,
//               addresses, big-endian integers, and for windows of time their number as the last eight bytes.
// Invariants    P1 no key of a user begins with a byte below kFirstUserByte (check_user_key). P2 a Key is at most
//               kMaxKeyBytes long, whatever texts it is made of. P3 two keys of one prefix are equal only if their
//               parts are, up to the ambiguities that a layout says it has.
// Concurrency   constants and plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "larder/options.h"
#include "larder/result.h"

namespace larder::mail {

enum class Prefix : uint8_t {
#define LARDER_PREFIX(number, id, ...) id = number,
#include "larder/mail/prefixes.def"
#undef LARDER_PREFIX
};

enum class Life : uint8_t { fixed, window, given, ever };
enum class Persistence : uint8_t { no, disk };
enum class Pressure : uint8_t { keep, drop };
enum class OnError : uint8_t { open, closed, told };

/// One row of the table.
struct PrefixRow {
  Prefix prefix;
  std::string_view name;
  std::string_view key;  ///< after the prefix byte
  std::string_view value;
  Life life;
  milliseconds ttl;  ///< of Life::fixed; the default of Life::given, 0 = none
  Persistence persistence;
  Pressure pressure;
  OnError on_error;
  std::string_view purge_kind;
  constexpr uint8_t number() const { return static_cast<uint8_t>(prefix); }
};

/// All rows by number; 11 has two.
std::span<const PrefixRow> prefix_rows();
/// The first row of that number, or null.
const PrefixRow* find_prefix(uint8_t number);
/// The row of that NAME, or null.
const PrefixRow* find_prefix(std::string_view name);

/// Keys that begin with a smaller byte are reserved: 0 to 27 are in the table, the others kept for what comes.
constexpr uint8_t kFirstUserByte = 32;

/// Ok if expressions and scripts may use the key; else Code::invalid_argument with the reason.
Status check_user_key(std::string_view key);

/// Builds a key part by part.
class Key {
 public:
  /// A longer text is represented by its beginning and a 128-bit hash of all of it, in as many bytes.
  static constexpr size_t kMaxTextBytes = 480;

  explicit Key(Prefix prefix) { u8(static_cast<uint8_t>(prefix)); }

  Key& u8(uint8_t value) { return integer(value, 1); }
  Key& u32(uint32_t value) { return integer(value, 4); }
  Key& u64(uint64_t value) { return integer(value, 8); }
  /// At most two texts a key.
  Key& text(std::string_view value);
  /// As text, in lower case (ASCII).
  Key& lower_text(std::string_view value);

  std::string_view view() const { return {bytes_.data(), size_}; }
  operator std::string_view() const { return view(); }

 private:
  Key& integer(uint64_t value, size_t bytes) {
    while (bytes-- > 0) bytes_[size_++] = static_cast<char>(value >> (8 * bytes));
    return *this;
  }

  std::array<char, kMaxKeyBytes> bytes_;
  size_t size_ = 0;
};

}  // namespace larder::mail
