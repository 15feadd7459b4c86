// toml_text.h – whether a text can be given to the TOML parser at all.
//
// What it is    a look at the bytes, before toml11 sees them: are they UTF-8, and is nothing nested so deeply that a
//               recursive parser runs out of stack, or a key so long that it takes minutes?
// Invariants    a text that is valid TOML and nests at most kMostLevels deep is never refused.
// Concurrency   pure.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/problems.h"

namespace larder::config {

/// Brackets within brackets, and parts of a dotted key. Nothing that Larder reads has more than four.
constexpr uint32_t kMostLevels = 100;

struct TextProblem {
  Place place;
  std::string what;
  std::string next;  ///< what to do
};

/// What makes the text unfit for the parser; nothing if it is fit (it may still be no TOML).
std::optional<TextProblem> unfit(std::string_view text);

}  // namespace larder::config
