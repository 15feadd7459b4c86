// run_tool.h – runs the built program `larder` and keeps what it printed.
#pragma once

#include <string>
#include <vector>

#include "support/segments.h"

namespace larder::test {

struct Outcome {
  int code = -1;  ///< exit code; 128 + signal if one ended it
  std::string out, err;
};

/// Runs `larder` with these arguments, in an environment without LARDER_*, with `input` as standard input.
Outcome run_larder(const std::vector<std::string>& arguments, const std::string& input = {});

/// Whether python3 reads the text as JSON, one document a line; true with a note if there is no python3.
::testing::AssertionResult is_json(const std::string& text);

/// A directory with one segment "test" of two caches, "small" and "dnsTxt".
class ToolTest : public ::testing::Test {
 protected:
  void make_segment();
  /// run_larder with --directory of this test.
  Outcome tool(std::vector<std::string> arguments, const std::string& input = {}) const;
  /// The same, with --segment test.
  Outcome on_test(std::vector<std::string> arguments, const std::string& input = {}) const;

  TempDirectory directory_;
};

}  // namespace larder::test
