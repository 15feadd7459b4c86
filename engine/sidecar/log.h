// log.h – what larderd says, one line at a time on standard error.
//
// What it is    log_line("adopted {}", name) prints "larderd: adopted mail". A journal adds the time.
// Invariants    one call, one write, one line.
// Concurrency   any thread.
// Crash         nothing here lives in the segment.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "larder/result.h"

namespace larder::sidecar {

template <class... Args>
void log_line(fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = "larderd: " + fmt::format(format, std::forward<Args>(args)...) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

/// A failure, line by line, and its hint.
void log_error(const Error& error);

}  // namespace larder::sidecar
