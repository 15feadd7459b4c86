#include "fuzz/targets.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace larder::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"segment", "the file of a segment, attached to and used", read_segment},
    Target{"configuration", "larder.toml", read_configuration},
    Target{"words", "sizes, durations, rates, schedules, addresses, networks, patterns", read_words},
    Target{"lists", "static lists: keys, CSV, TOML", read_lists},
    Target{"dump", "dumps, and each of their parts by itself", read_dump},
    Target{"mail", "values of what mail servers keep in a store", read_mail},
    Target{"database", "a damaged SQLite file and its log", read_database},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  for (const Target& target : kTargets)
    if (target.name == name) return &target;
  return nullptr;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "contradiction: %s\n", what);
  std::abort();
}

}  // namespace larder::fuzz
