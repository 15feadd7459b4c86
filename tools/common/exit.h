// exit.h – exit codes of the tools and how a tool says what went wrong.
//
// What it is    one table from the library's error codes to exit codes, and the one form of message:
//               "larder: <what, where>" and, on a second line, "hint: <what to do>", both on standard error.
// Invariants    every error path of a tool ends here; a message never ends with a full stop or shows a bare number.
// Concurrency   main thread only.
// Crash         nothing is shared.
#pragma once

#include <string_view>

#include "larder/result.h"

namespace larder::tools {

enum Exit : int {
  kExitOk = 0,
  kExitNegative = 1,      ///< a clear "no": key not there, audit found violations, wrong values
  kExitUsage = 2,         ///< the command line or a file it names is not acceptable
  kExitNotFound = 3,      ///< no such segment, cache or file, or no permission
  kExitIncompatible = 4,  ///< not a segment, or one of another layout
  kExitDamaged = 5,       ///< truncated, unfinished or contradicting itself
  kExitTimeout = 6,       ///< waited in vain
  kExitInternal = 70,     ///< a system call failed that should not
};

/// The exit code for a failure of the library.
int exit_code(Code code);

/// Prints the message and its hint; returns the exit code to end with.
int report(const Error& error);
int report(Exit code, std::string_view what, std::string_view hint = {});

}  // namespace larder::tools
