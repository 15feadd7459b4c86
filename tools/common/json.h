// json.h – writes JSON text: objects, arrays, strings, numbers.
//
// What it is    a writer that places commas and escapes strings, so that callers only name fields.
// Invariants    the text is valid JSON (RFC 8259) if begins and ends are paired; bytes that are not printable ASCII
//               are written as \u00NN, one escape a byte (keys are bytes, not text of a known encoding).
// Concurrency   one thread.
// Crash         nothing is shared.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace larder::tools {

class Json {
 public:
  Json& begin_object(std::string_view name = {}) { return open(name, '{'); }
  Json& end_object() { return close('}'); }
  Json& begin_array(std::string_view name = {}) { return open(name, '['); }
  Json& end_array() { return close(']'); }

  Json& field(std::string_view name, std::string_view value);
  Json& field(std::string_view name, const char* value) { return field(name, std::string_view(value)); }
  Json& field(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  Json& field(std::string_view name, double value);
  template <std::integral T>
  Json& field(std::string_view name, T value) {
    return raw(name, std::to_string(value));
  }

  const std::string& text() const { return text_; }

 private:
  Json& open(std::string_view name, char bracket);
  Json& close(char bracket);
  Json& raw(std::string_view name, std::string_view value);
  void label(std::string_view name);
  void quote(std::string_view value);

  std::string text_;
  bool first_ = true;  ///< nothing was written yet inside the innermost bracket
};

}  // namespace larder::tools
