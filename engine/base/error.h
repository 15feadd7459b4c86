// error.h – making Errors: what happened, where, and what to do.
//
// Concurrency   pure functions; `with_errno` reads the calling thread's errno.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "larder/result.h"

namespace larder::base {

template <class... Args>
Error fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...), {}};
}

inline Error with_hint(Error error, std::string hint) {
  error.hint = std::move(hint);
  return error;
}

/// The Code that an errno of a file operation means.
inline Code code_of_errno(int number) {
  switch (number) {
    case ENOENT: return Code::not_found;
    case EEXIST: return Code::exists;
    case EACCES:
    case EPERM:
    case ELOOP: return Code::permission;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EFBIG: return Code::no_space;
    default: return Code::system;
  }
}

/// "<what>: <text of errno>".
inline Error with_errno(const std::string& what, int number = errno) {
  return Error{code_of_errno(number), what + ": " + std::strerror(number), {}};
}

}  // namespace larder::base
