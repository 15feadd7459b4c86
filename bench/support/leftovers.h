// leftovers.h – files and directories that are gone when the bench is, however the bench ends.
//
// A child of the bench waits for the end of a pipe whose other end only the bench and its workers hold, and removes the
// file or directory then. So not even a kill leaves memory behind in /dev/shm.
#pragma once

#include <sys/types.h>

#include <string>

namespace larder::bench {

class Leftover {
 public:
  /// Of a directory, all that is in it goes too.
  explicit Leftover(const std::string& path);
  /// The file is removed, if it is still there, before this returns.
  ~Leftover();
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;

 private:
  pid_t guard_ = -1;
  int end_ = -1;
};

/// A new directory in /dev/shm, or where that is missing in /tmp, for all that a bench needs files for.
class ScratchDirectory {
 public:
  ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Leftover leftover_;
};

}  // namespace larder::bench
