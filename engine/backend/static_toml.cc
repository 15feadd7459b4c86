// static_toml.cc – the tables of static lists; see static_toml.h.
#include "backend/static_toml.h"

#include <fmt/format.h>

#include <exception>
#include <sstream>
#include <toml.hpp>

#include "backend/static_file.h"
#include "base/error.h"
#include "config/problems.h"
#include "config/sections.h"
#include "config/toml_text.h"

namespace larder::backend {
namespace {

const toml::value* find_table(const toml::value& root, const std::string& name) {
  const auto& entries = root.as_table();
  const auto found = entries.find(name);
  return found == entries.end() || !found->second.is_table() ? nullptr : &found->second;
}

}  // namespace

Result<std::vector<StaticItem>> parse_toml_items(const std::string& text, const std::string& id,
                                                 const std::string& filename) {
  std::vector<config::ListEntry> entries;
  config::Problems problems(filename);
  if (const auto problem = config::unfit(text)) {
    problems.add(problem->place, problem->what, problem->next);
    return problems.error();
  }
  try {
    std::istringstream stream(text);
    const toml::value root = toml::parse(stream, filename);
    const toml::value* lookups = find_table(root, "lookup");
    const toml::value* table = lookups == nullptr ? nullptr : find_table(*lookups, id);
    if (table == nullptr) {
      return base::with_hint(base::fail(Code::not_found, "{}: there is no list [lookup.{}]", filename, id),
                             "write the table, or correct the name of the list");
    }
    entries = config::read_entries(*table, problems);
  } catch (const std::exception& error) {
    const std::string_view message = error.what();
    return base::with_hint(
        base::fail(Code::invalid_argument, "{}: {}", filename, message.substr(0, message.find('\n'))),
        "the file is not valid TOML");
  }
  if (!problems.empty()) return problems.error();
  std::vector<StaticItem> items;
  items.reserve(entries.size());
  for (config::ListEntry& entry : entries) items.push_back({std::move(entry.key), std::move(entry.value), entry.line});
  return items;
}

Result<StaticList> load_toml_list(const std::string& path, const std::string& id, const StaticLimits& limits,
                                  bool patterns) {
  const auto text = read_file(path, limits.bytes);
  if (!text) return text.error();
  const auto items = parse_toml_items(*text, id, path);
  if (!items) return items.error();
  return StaticList::build(*items, limits, path, patterns);
}

}  // namespace larder::backend
