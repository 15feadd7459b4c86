// prefixes_doc.cc – writes docs/prefixes.md from the table of prefixes, or checks that it is current.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "larder/mail/prefixes.h"

namespace {

using namespace larder::mail;

std::string days(larder::milliseconds time) {
  const auto seconds = time.count() / 1000;
  if (seconds % 86'400 == 0) return fmt::format("{} d", seconds / 86'400);
  return seconds % 3600 == 0 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} min", seconds / 60);
}

std::string life_of(const PrefixRow& row) {
  switch (row.life) {
    case Life::fixed: return days(row.ttl);
    case Life::window: return "rest of the window";
    case Life::given: return row.ttl.count() == 0 ? "configured" : fmt::format("given, {}", days(row.ttl));
    case Life::ever: return "none";
  }
  return {};
}

std::string_view error_of(const PrefixRow& row) {
  switch (row.on_error) {
    case OnError::open: return "open";
    case OnError::closed: return "closed";
    case OnError::told: return "told";
  }
  return {};
}

std::string document() {
  std::string text =
      "# Key prefixes\n\n"
      "<!-- Made by prefixes_doc from engine/include/larder/mail/prefixes.def; a test compares them. -->\n\n"
      "The first byte of a key says what the record is. Integers in keys and values are big-endian; a window is the\n"
      "number of periods since the epoch and stands last. Keys of users (expressions, scripts) begin with a byte of\n";
  text += fmt::format("{} or above; smaller ones are refused.\n\n", kFirstUserByte);
  text +=
      "*Life*: time to live of a record; \"given\" by the caller, with the default. *Disk*: survives a restart of the\n"
      "machine by default. *Full*: `drop` may be given up, soonest expiry first, if the configuration says so; `keep`\n"
      "never. *Error*: a store that does not answer counts as the harmless answer (`open`), as the safe refusal\n"
      "(`closed`), or the caller decides (`told`). *Kind*: the name that a purge knows it by; `rate` stands for 2 to\n"
      "10, `auth-tokens` for 0 and 1, `lock-queue` for 21 and 22, `lock-task` for 23 and 24.\n\n"
      "| no. | name | key after the prefix | value | life | disk | full | error | kind |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  for (const PrefixRow& row : prefix_rows()) {
    text += fmt::format("| {} | `{}` | {} | {} | {} | {} | {} | {} | `{}` |\n", row.number(), row.name, row.key,
                        row.value, life_of(row), row.persistence == Persistence::disk ? "yes" : "no",
                        row.pressure == Pressure::drop ? "drop" : "keep", error_of(row), row.purge_kind);
  }
  return text;
}

}  // namespace

int main(int count, char** words) {
  const std::string wanted = document();
  if (count == 1) return std::fputs(wanted.c_str(), stdout) < 0 ? 1 : 0;
  if (count != 3 || std::string(words[1]) != "--check") {
    std::fputs("usage: prefixes_doc [--check FILE]\n", stderr);
    return 2;
  }
  std::ifstream file(words[2]);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  if (found == wanted) return 0;
  std::fprintf(stderr, "%s is not what the table says; run: prefixes_doc > docs/prefixes.md\n", words[2]);
  return 1;
}
