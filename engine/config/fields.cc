// fields.cc – readers of single values, with their messages.
#include "config/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/units.h"

namespace larder::config {
namespace {

Error wrong_type(const toml::value& value, std::string_view wanted) {
  return {Code::invalid_argument, fmt::format("{} is not {}", type_of(value), wanted), ""};
}

template <class T>
Error out_of_range(std::string_view value, Range<T> range, const std::function<std::string(T)>& print) {
  return {Code::invalid_argument, fmt::format("{} is out of range", value),
          fmt::format("allowed are {} to {}", print(range.low), print(range.high))};
}

Result<milliseconds> duration_in(const toml::value& value, Range<milliseconds> range) {
  milliseconds result{0};
  if (value.is_integer()) {
    result = milliseconds(value.as_integer());
  } else if (value.is_string()) {
    const Result<milliseconds> parsed = parse_duration(value.as_string().str);
    if (!parsed) return parsed.error();
    result = *parsed;
  } else {
    return wrong_type(value, "a duration such as \"1h\", or an integer of milliseconds");
  }
  if (result < range.low || result > range.high) {
    const std::string shown = result.count() < 0 ? fmt::format("{}ms", result.count()) : format_duration(result);
    return out_of_range<milliseconds>(shown, range, format_duration);
  }
  return result;
}

}  // namespace

std::string type_of(const toml::value& value) {
  switch (value.type()) {
    case toml::value_t::boolean: return "a boolean";
    case toml::value_t::integer: return "an integer";
    case toml::value_t::floating: return "a fraction";
    case toml::value_t::string: return "a text";
    case toml::value_t::array: return "a list";
    case toml::value_t::table: return "a table";
    case toml::value_t::empty: return "nothing";
    default: return "a date or time";
  }
}

Result<uint64_t> size_value(const toml::value& value, Range<uint64_t> range) {
  uint64_t bytes = 0;
  if (value.is_integer()) {
    if (value.as_integer() < 0) {
      return Error{Code::invalid_argument, fmt::format("{} is below zero", value.as_integer()),
                   fmt::format("the smallest size is {}", format_size(range.low))};
    }
    bytes = static_cast<uint64_t>(value.as_integer());
  } else if (value.is_string()) {
    const Result<uint64_t> parsed = parse_size(value.as_string().str);
    if (!parsed) return parsed.error();
    bytes = *parsed;
  } else {
    return wrong_type(value, "a size such as \"50mb\", or an integer of bytes");
  }
  if (bytes < range.low || bytes > range.high) {
    return out_of_range<uint64_t>(format_size(bytes), range,
                                  [](uint64_t b) { return fmt::format("{} ({} bytes)", format_size(b), b); });
  }
  return bytes;
}

Result<milliseconds> duration_value(const toml::value& value) { return duration_in(value, {milliseconds(1), kMaxTtl}); }

std::optional<Error> name_error(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  // "." and ".." are directories, and a leading dot would hide the file.
  const bool good = !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (good) return std::nullopt;
  return Error{Code::invalid_argument, fmt::format("\"{}\" is not a name", name),
               fmt::format("names are 1 to {} letters, digits, _, - and ., not beginning with a dot", kMaxNameBytes)};
}

Fields::Fields(const toml::value& table, std::string path, Notes notes)
    : table_(table), path_(std::move(path)), notes_(notes) {}

const toml::value* Fields::take(std::string_view key) {
  known_.push_back(key);
  const auto& entries = table_.as_table();
  const auto found = entries.find(std::string(key));
  return found == entries.end() ? nullptr : &found->second;
}

template <class T>
void Fields::settle(std::string_view key, const toml::value& value, const Result<T>& result, T& target) {
  if (!result) return notes_.problems.add(value, path_of(key), result.error());
  target = *result;
  notes_.origin(path_of(key), value);
}

void Fields::size(std::string_view key, uint64_t& target, Range<uint64_t> range) {
  if (const toml::value* value = take(key)) settle(key, *value, size_value(*value, range), target);
}

void Fields::duration(std::string_view key, milliseconds& target, Range<milliseconds> range) {
  if (const toml::value* value = take(key)) settle(key, *value, duration_in(*value, range), target);
}

void Fields::optional_duration(std::string_view key, std::optional<milliseconds>& target) {
  custom(key, [&](const toml::value& value) -> std::optional<Error> {
    const bool off = (value.is_string() && is_off_word(value.as_string().str)) ||
                     (value.is_integer() && value.as_integer() == 0) || (value.is_boolean() && !value.as_boolean());
    if (off) {
      target.reset();
      return std::nullopt;
    }
    const Result<milliseconds> parsed = duration_value(value);
    if (!parsed) return parsed.error();
    target = *parsed;
    return std::nullopt;
  });
}

void Fields::integer(std::string_view key, uint32_t& target, Range<uint32_t> range) {
  custom(key, [&](const toml::value& value) -> std::optional<Error> {
    if (!value.is_integer()) return wrong_type(value, "an integer");
    const int64_t number = value.as_integer();
    if (number < range.low || number > range.high) {
      return out_of_range<uint32_t>(std::to_string(number), range, [](uint32_t n) { return std::to_string(n); });
    }
    target = static_cast<uint32_t>(number);
    return std::nullopt;
  });
}

void Fields::number(std::string_view key, double& target, Range<double> range) {
  custom(key, [&](const toml::value& value) -> std::optional<Error> {
    if (!value.is_integer() && !value.is_floating()) return wrong_type(value, "a number");
    const double number = value.is_integer() ? static_cast<double>(value.as_integer()) : value.as_floating();
    if (!(number >= range.low && number <= range.high)) {
      return out_of_range<double>(fmt::format("{}", number), range, [](double n) { return fmt::format("{}", n); });
    }
    target = number;
    return std::nullopt;
  });
}

void Fields::boolean(std::string_view key, bool& target) {
  custom(key, [&](const toml::value& value) -> std::optional<Error> {
    if (!value.is_boolean()) return wrong_type(value, "true or false");
    target = value.as_boolean();
    return std::nullopt;
  });
}

void Fields::text(std::string_view key, std::string& target) {
  custom(key, [&](const toml::value& value) -> std::optional<Error> {
    if (!value.is_string()) return wrong_type(value, "a text");
    target = value.as_string().str;
    return std::nullopt;
  });
}

void Fields::name(std::string_view key, std::string& target) {
  custom(key, [&](const toml::value& value) -> std::optional<Error> {
    if (!value.is_string()) return wrong_type(value, "a name");
    if (auto error = name_error(value.as_string().str)) return error;
    target = value.as_string().str;
    return std::nullopt;
  });
}

void Fields::custom(std::string_view key, const std::function<std::optional<Error>(const toml::value&)>& read) {
  const toml::value* value = take(key);
  if (value == nullptr) return;
  if (const auto error = read(*value)) {
    notes_.problems.add(*value, path_of(key), *error);
  } else {
    notes_.origin(path_of(key), *value);
  }
}

const toml::value* Fields::table(std::string_view key) {
  const toml::value* value = take(key);
  if (value == nullptr || value->is_table()) return value;
  notes_.problems.add(*value, path_of(key), wrong_type(*value, fmt::format("a table; write [{}]", path_of(key))));
  return nullptr;
}

void Fields::finish() {
  for (const auto& [key, value] : table_.as_table()) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      notes_.problems.unknown_key(value, fmt::format("[{}]", path_), key, known_);
    }
  }
}

}  // namespace larder::config
