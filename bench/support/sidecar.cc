// sidecar.cc – see sidecar.h.
#include "support/sidecar.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "support/clock.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

std::string larderd_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) fail("cannot read the name of this program", "sidecar");
  return self.parent_path() / "larderd";
}

/// In the child: becomes larderd, which says on `ready` that it keeps the segment. What it logs of a cache that its
/// configuration does not know is not the bench's; what ends it is said by its exit code.
[[noreturn]] void become_larderd(const std::string& program, const std::string& segment, std::optional<uint32_t> cpu,
                                 int ready, int configuration) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(*cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) fail("cannot pin larderd to a CPU", "sidecar");
  }
  const int nowhere = open("/dev/null", O_WRONLY);
  ready = fcntl(ready, F_DUPFD, 10);  // out of the way of the numbers they are to get
  configuration = fcntl(configuration, F_DUPFD, 10);
  if (dup2(ready, 3) < 0 || dup2(configuration, 4) < 0 || nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0) _exit(127);
  execl(program.c_str(), program.c_str(), "--segment", segment.c_str(), "--ready-fd", "3", "--config",
        "/proc/self/fd/4", nullptr);
  _exit(127);
}

}  // namespace

Sidecar::Sidecar(const std::string& segment, std::optional<uint32_t> cpu, const std::string& configuration) {
  const std::string program = larderd_path();
  if (access(program.c_str(), X_OK) != 0) fail("build the target larderd first", program.c_str());
  const int file = memfd_create("larder.toml", MFD_CLOEXEC);
  if (file < 0 || write(file, configuration.data(), configuration.size()) != ssize_t(configuration.size()))
    fail("cannot write a configuration", "sidecar");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("cannot make a pipe", "sidecar");
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ < 0) fail("cannot fork", "sidecar");
  if (pid_ == 0) become_larderd(program, segment, cpu, ends[1], file);
  close(ends[1]);
  close(file);
  char word = 0;
  const bool ready = read(ends[0], &word, 1) == 1;
  close(ends[0]);
  if (ready) return;
  int status = 0;
  waitpid(pid_, &status, 0);
  fmt::print(stderr, "bench: larderd ended with code {} instead of keeping {}; try `{} --segment {}`\n",
             WIFEXITED(status) ? WEXITSTATUS(status) : -1, segment, program, segment);
  std::exit(1);
}

Sidecar::~Sidecar() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

int64_t Sidecar::cpu_ns() const {
  clockid_t clock{};
  if (clock_getcpuclockid(pid_, &clock) != 0) fail("cannot read larderd's CPU clock", "sidecar");
  return read_clock(clock);
}

}  // namespace larder::bench
