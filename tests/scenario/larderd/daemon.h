// daemon.h – the program larderd under test: started with a configuration, spoken to by signals, read by its log.
//
// Invariants    segment, configuration and log live in two directories of the test, gone with it; a daemon that goes
//               out of scope is killed.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "larder/segment.h"
#include "support/process.h"
#include "support/temp_directory.h"

namespace larder::test {

/// Where one test's segments, configuration files and logs are.
struct Home {
  TempDirectory segments;  ///< nothing but segments
  TempDirectory files;
  std::vector<std::pair<std::string, std::string>> environment{};  ///< what larderd has beside the test's

  /// Writes a configuration with one small cache and `more` after it; returns its path.
  std::string config(const std::string& more = {}) const;
  void write(const std::string& path, const std::string& text) const;
  Segment attach(const std::string& kind = "test") const;
};

/// True as soon as the condition holds; false if it does not within the limit.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::milliseconds(20'000));

class Daemon {
 public:
  /// Starts larderd on the segment "test" of this home.
  Daemon(const Home& home, const std::string& config, std::vector<std::string> more = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Waits until it says ready; false if it ends or stays silent instead.
  bool ready() const;
  Process& process() { return process_; }
  /// Everything it has written to standard error.
  std::string log() const;
  bool says(const std::string& part) const { return log().find(part) != std::string::npos; }
  /// Waits until the log holds the text.
  bool will_say(const std::string& part) const;

 private:
  std::string log_path_;
  int ready_fd_ = -1;
  Process process_;
};

}  // namespace larder::test
