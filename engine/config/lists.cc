// lists.cc – stores of type "static": where their list is, how it is written, and lists in the configuration itself.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "config/sections.h"

namespace larder::config {
namespace {

constexpr uint32_t kMaxColumn = 1000;
constexpr uint32_t kMaxEntries = 100'000'000;

struct Placed {
  Place place;
  ListEntry entry;
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

void collect(const toml::value& table, const std::string& prefix, std::vector<Placed>& entries, Problems& problems) {
  for (const auto& [key, value] : table.as_table()) {
    if (value.is_table()) {
      collect(value, prefix + key + ".", entries, problems);
      continue;
    }
    const Place place = place_of_key(value, key);
    if (auto text = text_of(value)) {
      entries.push_back({place, {prefix + key, std::move(*text), place.line}});
    } else {
      problems.add(place, fmt::format("\"{}{}\" has no value of a list", prefix, key),
                   "write a text, a number, true or false");
    }
  }
}

std::optional<Error> read_format(const toml::value& value, ListSettings::Format& format) {
  const std::string word = value.is_string() ? value.as_string().str : "";
  if (word == "toml") {
    format = ListSettings::Format::toml;
  } else if (word == "list") {
    format = ListSettings::Format::list;
  } else if (word == "csv") {
    format = ListSettings::Format::csv;
  } else {
    const std::string shown = value.is_string() ? fmt::format("\"{}\"", word) : type_of(value);
    return Error{Code::invalid_argument, fmt::format("{} is not a format of a list", shown),
                 "write \"list\", \"csv\" or \"toml\""};
  }
  return std::nullopt;
}

std::optional<Error> read_separator(const toml::value& value, char& separator) {
  const bool good = value.is_string() && value.as_string().str.size() == 1 && value.as_string().str != "\"";
  if (!good) {
    return Error{Code::invalid_argument, "not a separator",
                 "write one character other than the quote, such as \",\", \";\" or \"\\t\""};
  }
  separator = value.as_string().str.front();
  return std::nullopt;
}

std::optional<Error> read_file(const toml::value& value, std::string& file) {
  const bool good = value.is_string() && value.as_string().str.starts_with('/');
  if (!good) return Error{Code::invalid_argument, "not the path of a list", "write an absolute path"};
  file = value.as_string().str;
  return std::nullopt;
}

/// Keys that mean nothing for the format are slips.
void refuse_idle_keys(const toml::value& table, const std::string& path, const ListSettings& list, Notes notes) {
  const auto refuse = [&](const char* key, const char* formats) {
    const auto found = table.as_table().find(key);
    if (found == table.as_table().end()) return;
    notes.problems.add(place_of_key(found->second, key), fmt::format("{}.{} says nothing here", path, key),
                       fmt::format("it is for a file of format = {}", formats));
  };
  const bool file = !list.file.empty() || table.as_table().count("file") != 0;
  if (!file) refuse("format", "\"list\", \"csv\" or \"toml\"");
  const bool csv = file && list.format == ListSettings::Format::csv;
  for (const char* key : {"separator", "key", "value"}) {
    if (!csv) refuse(key, "\"csv\"");
  }
  if (!file || list.format == ListSettings::Format::toml) refuse("skip-first", "\"list\" or \"csv\"");
}

}  // namespace

std::vector<ListEntry> read_entries(const toml::value& table, Problems& problems) {
  std::vector<Placed> placed;
  collect(table, "", placed, problems);
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.place.line, a.place.column, a.entry.key) < std::tie(b.place.line, b.place.column, b.entry.key);
  });
  std::vector<ListEntry> entries;
  entries.reserve(placed.size());
  for (Placed& one : placed) entries.push_back(std::move(one.entry));
  return entries;
}

void read_list(const toml::value& table, const std::string& path, Notes notes, ListSettings& list) {
  Fields fields(table, path, notes);
  std::string type;
  fields.text("type", type);
  fields.custom("file", [&](const toml::value& value) { return read_file(value, list.file); });
  fields.custom("format", [&](const toml::value& value) { return read_format(value, list.format); });
  fields.custom("separator", [&](const toml::value& value) { return read_separator(value, list.separator); });
  fields.integer("key", list.key_column, {0, kMaxColumn});
  uint32_t value_column = 0;
  fields.integer("value", value_column, {0, kMaxColumn});
  if (notes.origins.count(path + ".value") != 0) list.value_column = value_column;
  fields.boolean("skip-first", list.skip_first);
  fields.boolean("patterns", list.patterns);
  if (const toml::value* limits = fields.table("limits")) {
    Fields limit(*limits, path + ".limits", notes);
    limit.size("size", list.max_bytes, {1, kMaxCacheBytes});
    limit.integer("entries", list.max_entries, {1, kMaxEntries});
    limit.size("entry", list.max_entry_bytes, {1, kMaxCacheBytes});
    limit.finish();
  }
  const toml::value* values = fields.table("values");
  if (values != nullptr) list.entries = read_entries(*values, notes.problems);
  fields.finish();
  refuse_idle_keys(table, path, list, notes);
  if (values != nullptr && !list.file.empty()) {
    notes.problems.add(
        *values, path,
        {Code::invalid_argument, "a list comes from a file or has values here, not both", "leave file or values out"});
  }
  const auto& entries = table.as_table();
  if (values == nullptr && entries.count("file") == 0 && entries.count("values") == 0) {
    notes.problems.add(table, path,
                       {Code::invalid_argument, "a static store needs a list",
                        fmt::format("write file = \"/path\", or its entries in [{}.values]", path)});
  }
}

}  // namespace larder::config
