// glob.cc – matching by going back to the last star; see glob.h.
#include "backend/glob.h"

namespace larder::backend {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes of the character that the text has at `at`.
size_t character_at(std::string_view text, size_t at) {
  size_t size = 1;
  const bool leads = (static_cast<unsigned char>(text[at]) & 0xC0) == 0xC0;
  while (leads && at + size < text.size() && continues_character(text[at + size])) ++size;
  return size;
}

/// Tries to match one element of the pattern, which is no star; moves both positions past it.
bool match_one(std::string_view pattern, size_t& p, std::string_view text, size_t& t) {
  if (p >= pattern.size() || t >= text.size()) return false;
  if (pattern[p] == '?') {
    t += character_at(text, t);
    ++p;
    return true;
  }
  const bool escaped = pattern[p] == '\\' && p + 1 < pattern.size();
  if (text[t] != pattern[escaped ? p + 1 : p]) return false;
  p += escaped ? 2 : 1;
  ++t;
  return true;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t after_star = std::string_view::npos, star_ends = 0;
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      star_ends = t;
    } else if (p == pattern.size() && t == text.size()) {
      return true;
    } else if (!match_one(pattern, p, text, t)) {
      if (after_star == std::string_view::npos || star_ends >= text.size()) return false;
      p = after_star;
      t = ++star_ends;
    }
  }
}

bool has_wildcard(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?') {
      return true;
    }
  }
  return false;
}

std::string without_escapes(std::string_view pattern) {
  std::string text;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text += pattern[i];
  }
  return text;
}

}  // namespace larder::backend
