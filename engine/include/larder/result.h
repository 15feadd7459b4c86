// result.h – errors as values: what every slow-path call of the library returns.
//
// What it is    Code names the kind of failure, Error carries it with a sentence for a person, Result<T> is
//               either a T or an Error. Hot-path calls (get, put, …) return small enums instead; see cache.h.
// Invariants    I1 an Error never has Code::ok. I2 a Result holds exactly one of the two.
// Concurrency   plain values, no sharing.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace larder {

/// Kinds of failure. The numbers are not part of any file format; tools map them to exit codes.
enum class Code : uint8_t {
  ok,
  invalid_argument,  ///< a name, size, unit, key or option is not acceptable
  not_found,         ///< no such segment, cache, file or key
  exists,            ///< somebody else created it already
  permission,        ///< the operating system refused access, or owner and mode are not what they must be
  no_space,          ///< the file system cannot hold the segment
  foreign,           ///< the file is not a Larder segment
  truncated,         ///< the file is shorter than the segment says
  unfinished,        ///< the segment was never published
  layout,            ///< a segment of another layout version or ABI
  corrupt,           ///< the segment contradicts itself
  retired,           ///< the segment was retired; attach to its successor
  busy,              ///< somebody else holds what must be held alone
  no_slot,           ///< all worker slots or thread lines are taken
  read_only,         ///< a write through a read-only attachment
  system,            ///< any other failure of a system call
};

/// The lower-case word for a code, for messages and JSON.
const char* to_string(Code code);

/// A failure: its kind, one sentence that says what and where, and (may be empty) what to do next.
struct Error {
  Code code = Code::system;
  std::string message;
  std::string hint;
};

/// Either a value or an Error. Check with operator bool before use; value access without a value is undefined.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return *std::get_if<0>(&state_); }
  const T& operator*() const { return *std::get_if<0>(&state_); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value.
struct Done {};
using Status = Result<Done>;

}  // namespace larder
