// text.h – numbers, bytes and times as people read them, and bytes that may be anything as printable text.
//
// What it is    formatting only; parsing sizes and durations is the configuration room's (config/units.h).
// Invariants    unescape(escape(x)) == x for every string of bytes.
// Concurrency   pure functions.
// Crash         nothing is shared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "larder/result.h"

namespace larder::tools {

/// 12345678 -> "12,345,678".
std::string grouped(uint64_t number);
/// 12345678 -> "12.3M"; at most five characters up to 999T. Below a thousand one decimal if it is not whole.
std::string short_number(double number);
/// 5242880 -> "5.0M" (powers of 1024); at most six characters.
std::string short_bytes(uint64_t bytes);
/// 5242880 -> "5.0 MiB".
std::string long_bytes(uint64_t bytes);
/// 3723000 -> "1h 2m", 250 -> "250ms".
std::string short_duration(int64_t ms);
/// 1790000000000 -> "2026-09-21T13:33:20Z".
std::string utc_time(int64_t unix_ms);
/// Nanoseconds -> "83 ns", "1.24 us", "3.1 ms".
std::string short_nanoseconds(double ns);

/// Printable ASCII stays, a backslash is doubled, every other byte becomes \xNN.
std::string escape(std::string_view bytes);
/// Text for a terminal: control characters become \xNN, everything else (UTF-8 too) stays.
std::string printable(std::string_view text);
/// The reverse of escape; Code::invalid_argument names the place of a bad escape.
Result<std::string> unescape(std::string_view text);

}  // namespace larder::tools
