// bytes.h – big-endian integers in values, written and read.
//
// What it is    append() and Reader: the only code that knows how values of engine/mail are laid out in bytes. A
//               Reader that runs out of bytes, or has some left at finished(), says so instead of guessing.
// Concurrency   plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace larder::mail {

inline void append(std::string& out, uint64_t value, size_t bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
}

/// A text of at most 65535 bytes, with its length before it.
inline void append_text(std::string& out, std::string_view text) {
  append(out, text.size(), 2);
  out += text;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint64_t integer(size_t bytes) {
    uint64_t value = 0;
    for (const char c : raw(bytes)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  std::string_view raw(size_t bytes) {
    if (bytes > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view part = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return part;
  }
  std::string_view text() { return raw(integer(2)); }
  std::string_view rest() { return raw(rest_.size()); }

  /// False once something was missing.
  bool good() const { return good_; }
  /// True if everything was there and nothing is left.
  bool finished() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace larder::mail
