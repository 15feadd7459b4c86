// leftovers.cc – see leftovers.h.
#include "support/leftovers.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "support/shm_block.h"

namespace larder::bench {

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
    unlink(path.c_str());
    _exit(0);
  }
  close(ends[0]);
  end_ = ends[1];
}

Leftover::~Leftover() {
  close(end_);
  waitpid(guard_, nullptr, 0);
}

}  // namespace larder::bench
