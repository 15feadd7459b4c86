// program.cc – see program.h.
#include "support/program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/shm_block.h"

namespace larder::bench {
namespace {

constexpr std::chrono::milliseconds kPause(25);
constexpr int kPauses = 200;  ///< that a program has to appear, or to end

}  // namespace

Program::Program(std::vector<std::string> command, const std::string& log) : pid_(fork()) {
  if (pid_ < 0) fail("cannot fork", command[0].c_str());
  if (pid_ > 0) {
    setpgid(pid_, pid_);
    return;
  }
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(open("/dev/null", O_RDONLY), 0);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (const int fd : {1, 2}) dup2(output, fd);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

Program::~Program() {
  if (running()) kill(-pid_, SIGTERM);
  for (int i = 0; i < kPauses && running(); ++i) std::this_thread::sleep_for(kPause);
  kill(-pid_, SIGKILL);  // what of the group is still there
  waitpid(pid_, nullptr, 0);
}

bool Program::running() const {
  siginfo_t ended{};  // not reaped: until the end its number must not become another process's
  return waitid(P_PID, id_t(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

std::unique_ptr<Program> Program::on_socket(std::vector<std::string> command, const std::string& socket,
                                            const std::string& log) {
  auto program = std::make_unique<Program>(std::move(command), log);
  for (int i = 0; i < kPauses && program->running(); ++i) {
    struct stat facts {};
    if (stat(socket.c_str(), &facts) == 0) return program;
    std::this_thread::sleep_for(kPause);
  }
  return nullptr;
}

}  // namespace larder::bench
