// terminal.h – a terminal to draw on in place: size, keys, colours, clean restore.
//
// What it is    Screen puts the terminal into single-key mode and hides the cursor for its life; draw() replaces the
//               whole picture without flicker; wait() sleeps until a key, a new size, an interrupt or the time.
// Invariants    the terminal is as it was when the Screen is destroyed, also after Ctrl-C or SIGTERM; the last
//               picture stays. Control sequences are used only on a terminal, colours only without NO_COLOR.
// Concurrency   one Screen a process, main thread.
// Crash         after SIGKILL the terminal may need `reset`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace larder::tools {

struct Extent {
  size_t columns = 80;
  size_t rows = 24;
};

/// True if standard output is a terminal that understands control sequences.
bool output_is_terminal();
/// True if colours are welcome: a terminal and no NO_COLOR.
bool colours_wanted();
/// True if the locale says that the terminal shows UTF-8.
bool utf8_wanted();
/// Size of the terminal of standard output; 80x24 if it does not say.
Extent terminal_extent();

/// Text with a rendition around it, or plain if colours are off.
class Paint {
 public:
  explicit Paint(bool colours) : colours_(colours) {}
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string title(std::string_view text) const { return wrap("1;38;5;231;48;5;24", text, "7"); }
  std::string heading(std::string_view text) const { return wrap("1;38;5;110", text, "1"); }
  std::string good(std::string_view text) const { return wrap("32", text); }
  std::string fair(std::string_view text) const { return wrap("33", text); }
  std::string bad(std::string_view text) const { return wrap("31", text); }
  std::string accent(std::string_view text) const { return wrap("36", text); }

 private:
  /// `monochrome` is used when colours are off but the rendition carries meaning (empty = plain text then).
  std::string wrap(std::string_view code, std::string_view text, std::string_view monochrome = {}) const;
  bool colours_;
};

class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  enum Event : int { kTime = 0, kInterrupt = -1, kResize = -2 };
  void draw(const std::vector<std::string>& lines);
  /// A key as its character, or one of Event.
  int wait(int timeout_ms);

 private:
  struct Saved;
  std::unique_ptr<Saved> saved_;
  bool keys_ = false;  ///< standard input is a terminal and has not ended
};

}  // namespace larder::tools
