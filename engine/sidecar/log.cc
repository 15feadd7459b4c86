// log.cc – failures in the log of larderd.
#include "sidecar/log.h"

#include <algorithm>
#include <string_view>

namespace larder::sidecar {

void log_error(const Error& error) {
  for (std::string_view rest = error.message; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    log_line("{}", line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  if (!error.hint.empty()) log_line("hint: {}", error.hint);
}

}  // namespace larder::sidecar
