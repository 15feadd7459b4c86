// glob.h – patterns of `*` and `?`, as static lists and banned paths use them.
//
// What it is    `*` is any run of bytes, also none; `?` is one character (a UTF-8 sequence counts as one); `\` takes
//               the next byte literally (at the end, itself). Everything else is itself, case included. The whole text
//               must match.
// Concurrency   pure functions; matching takes at most pattern × text steps and no memory.
// Crash         nothing here lives in the segment.
#pragma once

#include <string>
#include <string_view>

namespace larder::backend {

bool glob_matches(std::string_view pattern, std::string_view text);

/// True if the pattern has a `*` or `?` that is not escaped; else it matches exactly without_escapes(pattern).
bool has_wildcard(std::string_view pattern);

std::string without_escapes(std::string_view pattern);

}  // namespace larder::backend
