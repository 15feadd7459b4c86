// json.cc – commas, quotes and escapes of the JSON writer.
#include "common/json.h"

#include <fmt/format.h>

#include <cmath>

namespace larder::tools {

Json& Json::field(std::string_view name, std::string_view value) {
  label(name);
  quote(value);
  return *this;
}

Json& Json::field(std::string_view name, double value) {
  return raw(name, std::isfinite(value) ? fmt::format("{:.6g}", value) : "null");
}

Json& Json::open(std::string_view name, char bracket) {
  label(name);
  text_ += bracket;
  first_ = true;
  return *this;
}

Json& Json::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

Json& Json::raw(std::string_view name, std::string_view value) {
  label(name);
  text_ += value;
  return *this;
}

void Json::label(std::string_view name) {
  if (!first_) text_ += ',';
  first_ = false;
  if (name.empty()) return;
  quote(name);
  text_ += ':';
}

void Json::quote(std::string_view value) {
  text_ += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      text_ += c;
    } else {
      text_ += fmt::format("\\u{:04x}", byte);
    }
  }
  text_ += '"';
}

}  // namespace larder::tools
