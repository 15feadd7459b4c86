// static_list.cc – typing of values, and the checks of a list; see static_list.h.
#include "backend/static_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "backend/checks.h"
#include "backend/glob.h"
#include "base/error.h"

namespace larder::backend {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int64_t> integer_of(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> fraction_of(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const auto dots = std::count(digits.begin(), digits.end(), '.');
  const auto count = std::count_if(digits.begin(), digits.end(), is_digit);
  if (dots != 1 || count == 0 || static_cast<size_t>(dots + count) != digits.size()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

StaticValue integer_value(int64_t number) { return {StaticValue::Type::integer, std::to_string(number), number, 0}; }

Error refused(std::string_view source, uint32_t line, const std::string& why, std::string hint) {
  const std::string place = line == 0 ? std::string(source) : fmt::format("{}:{}", source, line);
  return base::with_hint(base::fail(Code::invalid_argument, "{}: {}", place, why), std::move(hint));
}

}  // namespace

StaticValue typed(const std::optional<std::string>& text) {
  if (!text || *text == "true") return integer_value(1);
  if (*text == "false") return integer_value(0);
  if (const auto integer = integer_of(*text)) return integer_value(*integer);
  if (const auto fraction = fraction_of(*text)) return {StaticValue::Type::fraction, *text, 0, *fraction};
  return {StaticValue::Type::text, *text, 0, 0};
}

Result<StaticList> StaticList::build(std::span<const StaticItem> items, const StaticLimits& limits,
                                     std::string_view source, bool patterns) {
  StaticList list;
  uint64_t bytes = 0;
  for (const StaticItem& item : items) {
    const uint64_t size = item.key.size() + (item.value ? item.value->size() : 0);
    bytes += size;
    if (!is_key(item.key)) {
      return refused(source, item.line, item.key.empty() ? "a key is empty" : "a key is too long",
                     fmt::format("keys are 1 to {} bytes", kMaxKeyBytes));
    }
    if (size > limits.entry_bytes) {
      return refused(source, item.line,
                     fmt::format("an entry of {} bytes; at most {} are allowed", size, limits.entry_bytes),
                     "raise the limit of the entry size, or shorten the entry");
    }
    if (bytes > limits.bytes) {
      return refused(source, item.line, fmt::format("the list is longer than {} bytes", limits.bytes),
                     "raise the limit of the size, or shorten the list");
    }
    if (static_cast<uint64_t>(&item - items.data()) >= limits.entries) {
      return refused(source, item.line, fmt::format("the list has more than {} entries", limits.entries),
                     "raise the limit of the entries, or shorten the list");
    }
    if (patterns && has_wildcard(item.key)) {
      list.patterns_.push_back({item.key, typed(item.value)});
    } else {
      const std::string key = patterns ? without_escapes(item.key) : item.key;
      list.exact_.insert_or_assign(Place{order_of(key), key}, typed(item.value));
    }
  }
  return list;
}

const StaticValue* StaticList::find(std::string_view key) const {
  if (const auto found = exact_.find(place_of(key)); found != exact_.end()) return &found->second;
  const auto matching = std::find_if(patterns_.begin(), patterns_.end(),
                                     [&](const Pattern& pattern) { return glob_matches(pattern.pattern, key); });
  return matching == patterns_.end() ? nullptr : &matching->value;
}

}  // namespace larder::backend
