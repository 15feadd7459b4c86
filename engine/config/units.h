// units.h – sizes, durations and rates as people write them, both ways.
//
// What it is    parsers and printers for "50mb", "1h" and "25/1h". A size is digits, at most one space, and b, kb, mb,
//               gb or tb (powers of 1024; none = bytes). A duration is digits, spaces, and ms, s, m, h or d (none =
//               milliseconds). Units may be written in any case. One number and one unit: no 1h30m, no 1.5gb, no sign.
//               A rate is a count above zero, a slash, and a duration, which is raised to at least a second; spaces may
//               stand around the slash.
// Invariants    I1 parse_x(format_x(v)) == v for every v. I2 nothing wraps: what does not fit is an error.
// Concurrency   pure functions.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "larder/mail/rate.h"
#include "larder/options.h"
#include "larder/result.h"

namespace larder::config {

/// Bytes of a size; zero is a size.
Result<uint64_t> parse_size(std::string_view text);
/// The shortest exact spelling: 52428800 is "50mb", 1000 is "1000b".
std::string format_size(uint64_t bytes);

/// A duration of at least one millisecond.
Result<milliseconds> parse_duration(std::string_view text);
/// True for the words that switch an optional setting off: (empty), 0, false, disable, disabled, never.
bool is_off_word(std::string_view text);
/// A duration, or nothing for an off-word.
Result<std::optional<milliseconds>> parse_optional_duration(std::string_view text);
/// The shortest exact spelling: 3600000 ms is "1h", 1500 ms is "1500ms".
std::string format_duration(milliseconds duration);
/// format_duration, or "never".
std::string format_optional_duration(const std::optional<milliseconds>& duration);

/// A rate.
Result<mail::Rate> parse_rate(std::string_view text);
/// A rate, or nothing for an off-word, "none" or "unlimited".
Result<std::optional<mail::Rate>> parse_optional_rate(std::string_view text);
/// "25/1h".
std::string format_rate(const mail::Rate& rate);
/// format_rate, or "unlimited".
std::string format_optional_rate(const std::optional<mail::Rate>& rate);

/// `text` in lower case (ASCII).
std::string lower(std::string_view text);

}  // namespace larder::config
