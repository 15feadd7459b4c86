// servers.cc – starts redis-server and memcached on sockets of their own, and makes the segment; removes all of it.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "larder/segment.h"
#include "store/rival.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

constexpr uint64_t kStoreBytes = uint64_t{512} << 20;

/// Starts a program with its output discarded. 0 if it does not appear on its socket.
int start(std::vector<std::string> command, const std::string& socket) {
  const pid_t pid = fork();
  if (pid < 0) fail("cannot fork", "servers");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  for (int i = 0; i < 200; ++i) {
    struct stat facts {};
    if (stat(socket.c_str(), &facts) == 0) return pid;
    if (waitpid(pid, nullptr, WNOHANG) == pid) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return 0;
}

}  // namespace

Servers::Servers(Programs programs) {
  std::string path = (std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/larder-bench-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) fail("cannot make a directory", "servers");
  directory_ = path;
  SegmentOptions options;
  options.name = "bench";
  options.directory = directory_;
  options.stores.emplace_back();
  options.stores.back().size = kStoreBytes;
  options.stores.back().expected_entry = 96;
  const Result<Segment> segment = Segment::create(options, "bench");
  if (!segment) fail(segment.error().message.c_str(), "larder");
  if (programs == Programs::none) return;
  redis_ = start({"redis-server", "--port", "0", "--unixsocket", redis_socket(), "--save", "", "--appendonly", "no",
                  "--dir", directory_},
                 redis_socket());
  memcached_ =
      start({"memcached", "-u", "root", "-s", memcached_socket(), "-m", "1024", "-t", "1"}, memcached_socket());
}

Servers::~Servers() {
  for (const int pid : {redis_, memcached_}) {
    if (pid <= 0) continue;
    kill(pid, SIGTERM);
    waitpid(pid, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace larder::bench
