// problems.cc – places, suggestions and the text of configuration errors.
#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "config/units.h"

namespace larder::config {
namespace {

/// Least number of insertions, deletions and replacements that turn a into b.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string list(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
  return text;
}

}  // namespace

Place place_of(const toml::value& value) {
  const toml::source_location location = value.location();
  return {static_cast<uint32_t>(location.line()), static_cast<uint32_t>(location.column())};
}

Place place_of_key(const toml::value& value, std::string_view key) {
  const toml::source_location location = value.location();
  Place place{static_cast<uint32_t>(location.line()), static_cast<uint32_t>(location.column())};
  const size_t end =
      std::min<size_t>(location.line_str().size(), place.column + (value.is_table() ? location.region() : 0));
  const size_t found = location.line_str().substr(0, end).rfind(key);
  if (found != std::string::npos) place.column = static_cast<uint32_t>(found + 1);
  return place;
}

std::string closest(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string small = lower(word);
  size_t best = std::max<size_t>(1, word.size() / 2) + 1;
  std::string result;
  for (const std::string_view candidate : candidates) {
    const size_t steps = distance(small, lower(candidate));
    if (steps < best) {
      best = steps;
      result = candidate;
    }
  }
  return result;
}

void Problems::add(Place place, const std::string& what, const std::string& meant) {
  std::string text;
  for (const char c : meant.empty() ? what : fmt::format("{}; {}", what, meant)) {
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;  // one line, whatever a quoted value holds
  }
  problems_.push_back({place, std::move(text)});
}

void Problems::add(const toml::value& value, std::string_view path, const Error& error) {
  add(place_of(value), fmt::format("{}: {}", path, error.message), error.hint);
}

void Problems::unknown_key(const toml::value& value, std::string_view path, std::string_view key,
                           std::span<const std::string_view> known) {
  const std::string meant = closest(key, known);
  add(place_of_key(value, key), fmt::format("unknown key \"{}\" in {}", key, path),
      meant.empty() ? fmt::format("known keys: {}", list(known)) : fmt::format("did you mean \"{}\"?", meant));
}

Error Problems::error() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return a.place.line != b.place.line ? a.place.line < b.place.line : a.place.column < b.place.column;
  });
  std::string text;
  for (const Problem& problem : sorted) {
    text += fmt::format("{}{}:{}:{}: {}", text.empty() ? "" : "\n", filename_, problem.place.line, problem.place.column,
                        problem.text);
  }
  return {Code::invalid_argument, text, "docs/configuration.md explains every key"};
}

}  // namespace larder::config
