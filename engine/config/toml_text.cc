// toml_text.cc – see toml_text.h.
#include "config/toml_text.h"

#include <fmt/format.h>
#include <utf8.h>

#include <algorithm>

namespace larder::config {
namespace {

Place place_at(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  const size_t line = before.rfind('\n');
  return {static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n')),
          static_cast<uint32_t>(at - (line == std::string_view::npos ? 0 : line + 1) + 1)};
}

/// Goes over a text as TOML's lexer does, as far as needed to know what is a bracket and what is in a string.
class Levels {
 public:
  explicit Levels(std::string_view text) : text_(text) {}

  /// Where there are too many levels; npos if nowhere.
  size_t too_many() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_string(c);
        continue;
      }
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      count(c);
      if (brackets_ > kMostLevels || parts_ > kMostLevels) return at_;
      ++at_;
    }
    return std::string_view::npos;
  }

 private:
  void count(char c) {
    if (c == '[' || c == '{') ++brackets_;
    if ((c == ']' || c == '}') && brackets_ > 0) --brackets_;
    if (c == '.' && in_key_) ++parts_;
    if (c == '=') in_key_ = false;
    if (c == '\n' || c == ',' || c == '{') {
      in_key_ = true;
      parts_ = 0;
    }
  }
  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool lines = text_.substr(at_, 3) == three;
    at_ += lines ? 3 : 1;
    while (at_ < text_.size()) {
      if (quote == '"' && text_[at_] == '\\') {
        at_ += 2;
        continue;
      }
      if (!lines && text_[at_] == '\n') return;  // not closed: the parser says so
      if (lines ? text_.substr(at_, 3) == three : text_[at_] == quote) break;
      ++at_;
    }
    at_ = std::min(at_ + (lines ? 3 : 1), text_.size());
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t brackets_ = 0, parts_ = 0;
  bool in_key_ = true;
};

}  // namespace

std::optional<TextProblem> unfit(std::string_view text) {
  const auto bad = utf8::find_invalid(text.begin(), text.end());
  if (bad != text.end()) {
    return TextProblem{place_at(text, static_cast<size_t>(bad - text.begin())),
                       fmt::format("the byte 0x{:02x} is no UTF-8", static_cast<unsigned char>(*bad)),
                       "save the file as UTF-8"};
  }
  const size_t deep = Levels(text).too_many();
  if (deep == std::string_view::npos) return std::nullopt;
  return TextProblem{place_at(text, deep),
                     fmt::format("more than {} levels of brackets or parts of a key", kMostLevels),
                     "is a bracket or a quote not closed?"};
}

}  // namespace larder::config
