// process.cc – see process.h.
#include "os/process.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace larder::os {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

struct StatLine {
  char state = '?';
  uint64_t start_ticks = 0;
};

/// Fields 3 (state) and 22 (start time) of /proc/<pid>/stat; the name in field 2 may hold spaces and parentheses.
StatLine read_stat(const std::string& pid) {
  StatLine line;
  FILE* file = std::fopen(("/proc/" + pid + "/stat").c_str(), "re");
  if (file == nullptr) return line;
  char text[1024];
  const size_t got = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[got] = 0;
  const char* at = std::strrchr(text, ')');
  if (at == nullptr || at[1] != ' ') return line;
  line.state = at[2];
  at += 2;
  for (int field = 3; field < 22 && at != nullptr; ++field) {
    at = std::strchr(at, ' ');
    if (at != nullptr) ++at;
  }
  if (at != nullptr) line.start_ticks = std::strtoull(at, nullptr, 10);
  return line;
}

uint64_t own_pid_namespace() {
  struct stat st {};
  return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

}  // namespace

ProcessIdentity this_process() { return {getpid(), read_stat("self").start_ticks, own_pid_namespace()}; }

bool is_stopped(const ProcessIdentity& identity) {
  if (identity.pid_namespace != own_pid_namespace()) return false;
  const StatLine line = read_stat(std::to_string(identity.pid));
  return line.start_ticks == identity.start_ticks && (line.state == 'T' || line.state == 't');
}

BootId boot_id() {
  BootId id{};
  char text[40] = {};
  FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re");
  if (file == nullptr) return id;
  const size_t got = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  size_t digits = 0;
  for (const char c : std::string_view(text, got)) {
    const char* digit = c != 0 ? std::strchr(kHexDigits, c) : nullptr;
    if (digit == nullptr || digits == 2 * id.size()) continue;
    uint8_t& byte = id[digits++ / 2];
    byte = static_cast<uint8_t>(byte << 4 | (digit - kHexDigits));
  }
  return id;
}

void random_bytes(void* to, size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got <= 0) continue;
    at += got;
    size -= static_cast<size_t>(got);
  }
}

}  // namespace larder::os
