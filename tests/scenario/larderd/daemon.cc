// daemon.cc – starts larderd in a child with its log in a file and its ready message in a pipe.
#include "daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/segments.h"

namespace larder::test {
namespace {

constexpr const char* kSegment = "test";

/// A new log file for each daemon of the process.
std::string next_log(const Home& home) {
  static std::atomic<int> number{0};
  return home.files / ("log" + std::to_string(++number));
}

Process start(const Home& home, const std::string& config, const std::vector<std::string>& more,
              const std::string& log_path, int& ready_fd) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<std::string> words{LARDERD, "--segment", kSegment, "--directory", home.segments.path()};
  if (!config.empty()) words.insert(words.end(), {"--config", config});
  words.insert(words.end(), {"--ready-fd", std::to_string(ends[1])});
  words.insert(words.end(), more.begin(), more.end());
  Process process([&]() -> int {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log < 0 || dup2(log, STDERR_FILENO) < 0 || fcntl(ends[1], F_SETFD, 0) < 0) return 97;
    for (const auto& [name, value] : home.environment) setenv(name.c_str(), value.c_str(), 1);
    execv(arguments[0], arguments.data());
    return 96;
  });
  close(ends[1]);
  ready_fd = ends[0];
  return process;
}

}  // namespace

std::string Home::config(const std::string& more) const {
  const std::string path = files / "larder.toml";
  write(path, "[segment]\nworkers = 8\n[cache.session]\nsize = \"256kb\"\n" + more);
  return path;
}

void Home::write(const std::string& path, const std::string& text) const {
  std::ofstream(path, std::ios::trunc) << text;
}

Segment Home::attach(const std::string& kind) const { return attach_segment(segments.path(), kind, kSegment); }

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Daemon::Daemon(const Home& home, const std::string& config, std::vector<std::string> more)
    : log_path_(next_log(home)), process_(start(home, config, more, log_path_, ready_fd_)) {}

Daemon::~Daemon() {
  if (ready_fd_ >= 0) close(ready_fd_);
}

bool Daemon::ready() const {
  pollfd waiting{ready_fd_, POLLIN, 0};
  if (poll(&waiting, 1, 30'000) != 1) return false;
  char text[8] = {};
  return read(ready_fd_, text, sizeof text) == 6 && std::string(text) == "ready\n";
}

std::string Daemon::log() const {
  std::ifstream file(log_path_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Daemon::will_say(const std::string& part) const {
  return eventually([&] { return says(part); });
}

}  // namespace larder::test
