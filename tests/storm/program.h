// program.h – a program of ours in a child, its output in a file.
#pragma once

#include <string>
#include <vector>

#include "support/process.h"

namespace larder::test {

/// Runs the program with these arguments; stdout and stderr are appended to the file.
Process start_program(const std::string& program, const std::vector<std::string>& arguments, const std::string& output);

}  // namespace larder::test
