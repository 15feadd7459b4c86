// show.h – a configuration as text, every value with its origin.
//
// What it is    the output of `larder conf show`: a complete TOML file in which each line ends in a comment that says
//               where the value came from.
// Invariants    parse(show(c)) has the same values as c.
// Concurrency   pure function.
// Crash         nothing here lives in the segment.
#pragma once

#include <string>

#include "config/config.h"

namespace larder::config {

std::string show(const Config& config);

}  // namespace larder::config
