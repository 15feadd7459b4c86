// temp_directory.h – a directory of its own on /dev/shm (or below LARDER_TEST_DIR) for one test, gone with it.
//
// Invariants    removed with all its content by the process that made it, not by children it forked.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace larder::test {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  /// Path of a file of that name in the directory.
  std::string operator/(const std::string& file) const { return path_ + "/" + file; }
  /// Names of everything in it, sorted.
  std::vector<std::string> files() const;

 private:
  std::string path_;
  pid_t owner_;
};

}  // namespace larder::test
