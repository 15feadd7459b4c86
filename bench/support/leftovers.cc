// leftovers.cc – see leftovers.h.
#include "support/leftovers.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "support/shm_block.h"

namespace larder::bench {
namespace {

std::string new_directory() {
  std::string path = (std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/larder-bench-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) fail("cannot make a directory", path.c_str());
  return path;
}

}  // namespace

Leftover::Leftover(const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("cannot make a pipe", "leftovers");
  std::fflush(nullptr);
  guard_ = fork();
  if (guard_ < 0) fail("cannot fork", "leftovers");
  if (guard_ == 0) {
    setsid();  // what ends the bench by its terminal must not end its guard
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(signal, SIG_IGN);
    close(ends[1]);
    char nothing = 0;
    while (read(ends[0], &nothing, 1) > 0) {
    }
    std::error_code ignored;  // it may be gone already, and nobody is left to be told
    std::filesystem::remove_all(path, ignored);
    _exit(0);
  }
  close(ends[0]);
  end_ = ends[1];
}

Leftover::~Leftover() {
  close(end_);
  waitpid(guard_, nullptr, 0);
}

ScratchDirectory::ScratchDirectory() : path_(new_directory()), leftover_(path_) {}

}  // namespace larder::bench
