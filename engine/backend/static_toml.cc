// static_toml.cc – the tables of static lists; see static_toml.h.
#include "backend/static_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <toml.hpp>
#include <tuple>

#include "backend/static_file.h"
#include "base/error.h"
#include "config/problems.h"

namespace larder::backend {
namespace {

struct Placed {
  config::Place place;
  StaticItem item;
};

std::optional<std::string> text_of(const toml::value& value) {
  switch (value.type()) {
    case toml::value_t::string: return value.as_string().str;
    case toml::value_t::integer: return std::to_string(value.as_integer());
    case toml::value_t::floating: return fmt::format("{}", value.as_floating());
    case toml::value_t::boolean: return value.as_boolean() ? "true" : "false";
    default: return std::nullopt;
  }
}

void collect(const toml::value& table, const std::string& prefix, std::vector<Placed>& items,
             config::Problems& problems) {
  for (const auto& [key, value] : table.as_table()) {
    if (value.is_table()) {
      collect(value, prefix + key + ".", items, problems);
      continue;
    }
    const config::Place place = config::place_of_key(value, key);
    if (auto text = text_of(value)) {
      items.push_back({place, {prefix + key, std::move(text), place.line}});
    } else {
      problems.add(place, fmt::format("\"{}{}\" has no value of a list", prefix, key),
                   "write a text, a number, true or false");
    }
  }
}

const toml::value* find_table(const toml::value& root, const std::string& name) {
  const auto& entries = root.as_table();
  const auto found = entries.find(name);
  return found == entries.end() || !found->second.is_table() ? nullptr : &found->second;
}

}  // namespace

Result<std::vector<StaticItem>> parse_toml_items(const std::string& text, const std::string& id,
                                                 const std::string& filename) {
  std::vector<Placed> placed;
  config::Problems problems(filename);
  try {
    std::istringstream stream(text);
    const toml::value root = toml::parse(stream, filename);
    const toml::value* lookups = find_table(root, "lookup");
    const toml::value* table = lookups == nullptr ? nullptr : find_table(*lookups, id);
    if (table == nullptr) {
      return base::with_hint(base::fail(Code::not_found, "{}: there is no list [lookup.{}]", filename, id),
                             "write the table, or correct the name of the list");
    }
    collect(*table, "", placed, problems);
  } catch (const std::exception& error) {
    const std::string_view message = error.what();
    return base::with_hint(
        base::fail(Code::invalid_argument, "{}: {}", filename, message.substr(0, message.find('\n'))),
        "the file is not valid TOML");
  }
  if (!problems.empty()) return problems.error();
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.place.line, a.place.column, a.item.key) < std::tie(b.place.line, b.place.column, b.item.key);
  });
  std::vector<StaticItem> items;
  for (Placed& one : placed) items.push_back(std::move(one.item));
  return items;
}

Result<StaticList> load_toml_list(const std::string& path, const std::string& id, const StaticLimits& limits) {
  const auto text = read_file(path, limits.bytes);
  if (!text) return text.error();
  const auto items = parse_toml_items(*text, id, path);
  if (!items) return items.error();
  return StaticList::build(*items, limits, path);
}

}  // namespace larder::backend
