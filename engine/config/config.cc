// config.cc – reads a configuration file and hands its sections to their readers.
#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>

#include "config/fields.h"
#include "config/problems.h"
#include "config/sections.h"
#include "config/toml_text.h"

namespace larder::config {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

/// The first line of a parser's message, without the name of the function that failed and without a full stop.
std::string plain(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  for (const std::string_view head : {"[error] ", "toml::"}) {
    if (line.starts_with(head)) line.erase(0, head.size());
  }
  const size_t colon = line.find(": ");
  if ((line.starts_with("parse") || line.starts_with("insert")) && colon != std::string::npos) line.erase(0, colon + 2);
  if (line.ends_with('.')) line.pop_back();
  return line;
}

/// What a syntax error asks for.
const char* remedy(const std::string& message) {
  const bool twice = message.find("already exists") != std::string::npos;
  return twice ? "each key and each section may stand once" : "the file is not valid TOML from here on";
}

/// Where a syntax error is. The parser knows the place of a malformed date only within the date itself.
Place place_of_error(const toml::exception& error, const std::string& text) {
  const toml::source_location& location = error.location();
  const std::string& token = location.line_str();
  const size_t found = token.empty() ? std::string::npos : text.find(token);
  const bool whole_line = found == std::string::npos || found == 0 || text[found - 1] == '\n';
  if (whole_line) return {static_cast<uint32_t>(location.line()), static_cast<uint32_t>(location.column())};
  const size_t line_start = text.rfind('\n', found) + 1;
  const auto lines = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(found), '\n');
  return {static_cast<uint32_t>(lines + 1), static_cast<uint32_t>(found - line_start + 1)};
}

/// Reads the sections there are; reports what is no section.
void read_sections(const toml::value& root, Notes notes, Config& config) {
  static constexpr std::array<std::string_view, 7> kSections{"segment", "cache", "sidecar", "expire",
                                                             "storage", "store", "lookup"};
  const auto& entries = root.as_table();
  const auto section = [&](std::string_view name) -> const toml::value* {
    const auto found = entries.find(std::string(name));
    if (found == entries.end()) return nullptr;
    if (found->second.is_table()) return &found->second;
    notes.problems.add(place_of_key(found->second, name),
                       fmt::format("{} is {}, not a section", name, type_of(found->second)),
                       fmt::format("write [{}]", name));
    return nullptr;
  };
  if (const toml::value* table = section("segment")) read_segment(*table, notes, config.segment);
  if (const toml::value* table = section("cache")) read_caches(*table, notes, config);
  read_stores({section("storage"), section("store"), section("lookup")}, notes, config);
  if (const toml::value* table = section("sidecar")) read_sidecar(*table, notes, config.sidecar);
  if (const toml::value* table = section("expire")) read_expire(*table, notes, config);
  for (const auto& [key, value] : entries) {
    if (std::find(kSections.begin(), kSections.end(), key) == kSections.end()) {
      notes.problems.unknown_key(value, "the file", key, kSections);
    }
  }
}

Error cannot_read(const std::string& path, int number) {
  const Code code = number == ENOENT ? Code::not_found : number == EACCES ? Code::permission : Code::system;
  return {code, fmt::format("{}: cannot read the configuration: {}", path, std::strerror(number)),
          "give the path of a TOML file; docs/configuration.md explains its keys"};
}

}  // namespace

std::string Config::origin_of(const std::string& path) const {
  const auto found = origins.find(path);
  return found == origins.end() ? "default" : fmt::format("{}:{}", found->second.file, found->second.line);
}

Result<Config> load(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return cannot_read(path, errno);
  std::string text;
  char buffer[4096];
  for (;;) {
    const size_t count = std::fread(buffer, 1, sizeof buffer, file.get());
    if (count == 0) break;
    text.append(buffer, count);
    if (text.size() > kMaxFileBytes) {
      return Error{Code::invalid_argument,
                   fmt::format("{}: longer than {} bytes, this is not a configuration", path, kMaxFileBytes),
                   "give the path of a TOML file"};
    }
  }
  if (std::ferror(file.get()) != 0) return cannot_read(path, errno);
  return parse(text, path);
}

Result<Config> parse(const std::string& text, const std::string& filename) {
  Config config = defaults();
  Problems problems(filename);
  if (const auto problem = unfit(text)) {
    problems.add(problem->place, problem->what, problem->next);
    return problems.error();
  }
  try {
    std::istringstream stream(text);
    const toml::value root = toml::parse(stream, filename);
    read_sections(root, {problems, config.origins}, config);
  } catch (const toml::exception& error) {
    const std::string message = plain(error.what());
    problems.add(place_of_error(error, text), message, remedy(message));
  } catch (const std::exception& error) {  // the parser's own conversions of numbers and dates
    problems.add({}, plain(error.what()), "a number or date in the file cannot be represented");
  }
  if (!problems.empty()) return problems.error();
  return config;
}

}  // namespace larder::config
