// terminal.cc – single-key mode, sizes and signals of the terminal.
#include "common/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "common/interrupt.h"

namespace larder::tools {

namespace {

volatile sig_atomic_t resized = 0;

void note_resize(int) { resized = 1; }

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(STDOUT_FILENO, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // the terminal is gone; the next wait() ends on its hang-up
    text.remove_prefix(static_cast<size_t>(wrote));
  }
}

/// The signals that wake wait(); they are blocked elsewhere so that none is missed between two waits.
sigset_t waking_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, signal);
  return set;
}

}  // namespace

bool output_is_terminal() {
  if (!isatty(STDOUT_FILENO)) return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::strcmp(term, "dumb") != 0;
}

bool colours_wanted() { return output_is_terminal() && !is_set("NO_COLOR"); }

bool utf8_wanted() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (!is_set(name)) continue;
    const std::string_view value = std::getenv(name);
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos || value.find("UTF8") != value.npos;
  }
  return false;
}

Extent terminal_extent() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::string Paint::wrap(std::string_view code, std::string_view text, std::string_view monochrome) const {
  const std::string_view used = colours_ ? code : monochrome;
  if (used.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted.append(used).append("m").append(text).append("\x1b[0m");
  return painted;
}

struct Screen::Saved {
  termios mode{};
  sigset_t mask{};
  bool changed = false;  ///< single-key mode was set and must be taken back
};

Screen::Screen() : saved_(std::make_unique<Saved>()) {
  interrupt::install();
  struct sigaction action {};
  action.sa_handler = note_resize;
  sigemptyset(&action.sa_mask);
  sigaction(SIGWINCH, &action, nullptr);
  const sigset_t waking = waking_signals();
  sigprocmask(SIG_BLOCK, &waking, &saved_->mask);
  keys_ = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &saved_->mode) == 0;
  saved_->changed = keys_;
  if (keys_) {
    termios mode = saved_->mode;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
  }
  write_all("\x1b[?25l\x1b[?7l\x1b[2J");
}

Screen::~Screen() {
  write_all("\x1b[?7h\x1b[?25h\r\n");
  if (saved_->changed) tcsetattr(STDIN_FILENO, TCSANOW, &saved_->mode);
  sigprocmask(SIG_SETMASK, &saved_->mask, nullptr);
}

void Screen::draw(const std::vector<std::string>& lines) {
  std::string picture = "\x1b[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) picture += "\r\n";
    picture += "\x1b[2K" + lines[i];  // erased first: after a full line the cursor still stands on its last character
  }
  picture += "\x1b[J";
  write_all(picture);
}

int Screen::wait(int timeout_ms) {
  sigset_t open;
  sigprocmask(SIG_SETMASK, nullptr, &open);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigdelset(&open, signal);
  pollfd input{keys_ ? STDIN_FILENO : -1, POLLIN, 0};
  const timespec timeout{timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  const int ready = ppoll(&input, 1, &timeout, &open);
  if (interrupt::requested()) return kInterrupt;
  if (resized) {
    resized = 0;
    return kResize;
  }
  if (ready <= 0) return kTime;
  char key = 0;
  if (::read(STDIN_FILENO, &key, 1) == 1) return static_cast<unsigned char>(key);
  keys_ = false;
  return kTime;
}

}  // namespace larder::tools
