// text.h – letters of addresses and names: lower case in ASCII, other bytes as they are.
//
// Concurrency   pure functions.
// Crash         nothing here lives in the segment.
#pragma once

#include <string>
#include <string_view>

namespace larder::mail {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

}  // namespace larder::mail
