// text.cc – formatting of numbers, sizes, times and raw bytes.
#include "common/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

namespace larder::tools {

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

namespace {

/// The number divided down to below `base`, with one decimal below ten or where `decimals` asks for it.
std::string scaled(double number, double base, const char* const* units, size_t count, std::string_view gap) {
  size_t unit = 0;
  while (unit + 1 < count && number >= base * 0.99995) {
    number /= base;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f}{}{}", number, gap, units[0]);
  return fmt::format("{:.{}f}{}{}", number, number < 99.95 ? 1 : 0, gap, units[unit]);
}

}  // namespace

std::string short_number(double number) {
  static constexpr std::array<const char*, 5> kUnits{"", "k", "M", "G", "T"};
  if (number < 10 && number != std::floor(number)) return fmt::format("{:.1f}", number);
  return scaled(number, 1000, kUnits.data(), kUnits.size(), "");
}

std::string short_bytes(uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"", "K", "M", "G", "T"};
  return scaled(double(bytes), 1024, kUnits.data(), kUnits.size(), "");
}

std::string long_bytes(uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"bytes", "KiB", "MiB", "GiB", "TiB"};
  return scaled(double(bytes), 1024, kUnits.data(), kUnits.size(), " ");
}

std::string short_duration(int64_t ms) {
  if (ms < 0) return "-" + short_duration(-ms);
  if (ms < 1000) return fmt::format("{}ms", ms);
  const int64_t seconds = ms / 1000;
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{}d {}h", seconds / 86'400, seconds % 86'400 / 3600);
}

std::string utc_time(int64_t unix_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time_t(unix_ms / 1000)));
}

std::string short_nanoseconds(double ns) {
  if (ns < 999.5) return fmt::format("{:.0f} ns", ns);
  if (ns < 999'500) return fmt::format("{:.2f} us", ns / 1e3);
  return fmt::format("{:.2f} ms", ns / 1e6);
}

std::string escape(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      text += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", byte);
    }
  }
  return shown;
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error bad_escape(std::string_view text, size_t at) {
  return Error{Code::invalid_argument, fmt::format("bad escape at byte {} of \"{}\"", at + 1, escape(text)),
               "write \\xNN with two hexadecimal digits, or \\\\ for a backslash"};
}

}  // namespace

Result<std::string> unescape(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes += '\\';
      i += 1;
    } else if (i + 3 < text.size() && text[i + 1] == 'x' && hex_digit(text[i + 2]) >= 0 &&
               hex_digit(text[i + 3]) >= 0) {
      bytes += static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
      i += 3;
    } else {
      return bad_escape(text, i);
    }
  }
  return bytes;
}

}  // namespace larder::tools
