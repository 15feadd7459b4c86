// program.h – another program that the bench runs, and that ends with it.
//
// It runs in a process group of its own, which is ended with all its members; the kernel ends the program itself if the
// bench dies. What it prints goes to a file.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace larder::bench {

class Program {
 public:
  /// The first word is looked up in PATH. A program that is not there is one that has ended.
  Program(std::vector<std::string> command, const std::string& log);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// A program that listens on a Unix socket of this path; null if it ends or does not listen within 5 seconds.
  static std::unique_ptr<Program> on_socket(std::vector<std::string> command, const std::string& socket,
                                            const std::string& log);

  bool running() const;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace larder::bench
