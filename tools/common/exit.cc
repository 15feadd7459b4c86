// exit.cc – prints failures in the one form all tools share.
#include "common/exit.h"

#include <fmt/format.h>

#include <cstdio>

namespace larder::tools {

int exit_code(Code code) {
  switch (code) {
    case Code::ok: return kExitOk;
    case Code::invalid_argument: return kExitUsage;
    case Code::not_found:
    case Code::exists:
    case Code::permission:
    case Code::no_space:
    case Code::retired:
    case Code::busy:
    case Code::no_slot:
    case Code::read_only: return kExitNotFound;
    case Code::foreign:
    case Code::layout: return kExitIncompatible;
    case Code::truncated:
    case Code::unfinished:
    case Code::corrupt: return kExitDamaged;
    case Code::system: return kExitInternal;
  }
  return kExitInternal;
}

namespace {

void print(std::string_view what, std::string_view hint) {
  std::fflush(stdout);
  fmt::print(stderr, "larder: {}\n", what);
  if (!hint.empty()) fmt::print(stderr, "hint: {}\n", hint);
}

}  // namespace

int report(const Error& error) {
  print(error.message, error.hint);
  return exit_code(error.code);
}

int report(Exit code, std::string_view what, std::string_view hint) {
  print(what, hint);
  return code;
}

}  // namespace larder::tools
