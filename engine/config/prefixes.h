// prefixes.h – lists of prefixes as configurations write them: numbers, names, and names for several.
//
// What it is    a prefix is the first byte of a key. Its names are those of larder/mail/prefixes.def: the kind that
//               administrators purge by ("rate-smtp") or the NAME of the table ("RATE_LIMIT_SMTP"), and those of
//               prefix_groups.def ("rate": 2 to 10). Case, and whether words are joined by - or _, do not matter.
// Invariants    lists are sorted and without doubles. parse_prefixes(format_prefixes(l)) == l.
// Concurrency   pure functions.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <toml.hpp>
#include <vector>

#include "larder/result.h"

namespace larder::config {

/// A list of numbers and names; true is every prefix, false is none.
Result<std::vector<uint8_t>> parse_prefixes(const toml::value& value);
/// The prefixes of one name; nothing for an unknown one.
std::optional<std::vector<uint8_t>> find_prefixes(std::string_view name);
/// The value of a TOML key: true, or a list with names where there are some.
std::string format_prefixes(const std::vector<uint8_t>& list);
/// The error if one of them is of a kind that stays even when the store is full.
std::optional<Error> refuse_droppable(const std::vector<uint8_t>& list);

}  // namespace larder::config
