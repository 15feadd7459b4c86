// units.cc – parse and print sizes, durations and rates; the grammar is in units.h.
#include "config/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace larder::config {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 5> kSizeUnits{
    {{"tb", 1ull << 40}, {"gb", 1ull << 30}, {"mb", 1ull << 20}, {"kb", 1ull << 10}, {"b", 1}}};
constexpr std::array<Unit, 5> kDurationUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What one grammar calls its parts, for messages.
struct Grammar {
  std::string_view what;
  std::string_view example;
  std::string_view units;
  std::span<const Unit> table;
  uint64_t limit;
};

Error bad(const Grammar& grammar, std::string_view text, std::string_view why) {
  return {Code::invalid_argument, fmt::format("\"{}\" is not a {}: {}", text, grammar.what, why),
          fmt::format("write a whole number and one of {}, for example {}", grammar.units, grammar.example)};
}

/// `digits` then `unit` (may be empty = factor 1), with every failure named.
Result<uint64_t> scale(const Grammar& grammar, std::string_view text, std::string_view digits, std::string_view unit) {
  uint64_t number = 0;
  for (const char c : digits) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (number > (std::numeric_limits<uint64_t>::max() - digit) / 10)
      return bad(grammar, text, "the number is too large");
    number = number * 10 + digit;
  }
  uint64_t factor = 1;
  if (!unit.empty()) {
    const std::string wanted = lower(unit);
    const auto found =
        std::find_if(grammar.table.begin(), grammar.table.end(), [&](const Unit& u) { return u.name == wanted; });
    if (found == grammar.table.end()) {
      const bool more = std::any_of(unit.begin(), unit.end(), is_digit) || unit.front() == '.' || unit.front() == ',';
      return bad(grammar, text, more ? "only one whole number is allowed" : fmt::format("unknown unit \"{}\"", unit));
    }
    factor = found->factor;
  }
  if (number > grammar.limit / factor) return bad(grammar, text, "the number is too large");
  return number * factor;
}

constexpr Grammar kSize{"size", "\"50mb\"", "b, kb, mb, gb, tb", kSizeUnits, std::numeric_limits<uint64_t>::max()};
constexpr Grammar kDuration{"duration", "\"1h\"", "ms, s, m, h, d", kDurationUnits,
                            static_cast<uint64_t>(std::numeric_limits<int64_t>::max())};

/// Length of the digits `text` begins with.
size_t digits_of(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

std::string format(uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::format("0{}", units.back().name);
}

constexpr milliseconds kShortestPeriod{1000};

Error bad_rate(std::string_view text, std::string_view why) {
  return {Code::invalid_argument, fmt::format("\"{}\" is not a rate: {}", text, why),
          "write a count, a slash and a duration, for example \"25/1h\"; \"unlimited\" for none"};
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

Result<uint64_t> parse_size(std::string_view text) {
  const size_t digits = digits_of(text);
  if (digits == 0) return bad(kSize, text, text.empty() ? "it is empty" : "it does not begin with a digit");
  std::string_view unit = text.substr(digits);
  if (unit.size() > 1 && unit.front() == ' ') unit.remove_prefix(1);
  return scale(kSize, text, text.substr(0, digits), unit);
}

std::string format_size(uint64_t bytes) { return format(bytes, kSizeUnits); }

Result<milliseconds> parse_duration(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const size_t digits = digits_of(trimmed);
  if (digits == 0) return bad(kDuration, text, trimmed.empty() ? "it is empty" : "it does not begin with a digit");
  const Result<uint64_t> value = scale(kDuration, text, trimmed.substr(0, digits), trim(trimmed.substr(digits)));
  if (!value) return value.error();
  if (*value == 0) return bad(kDuration, text, "it must be longer than zero");
  return milliseconds(static_cast<int64_t>(*value));
}

bool is_off_word(std::string_view text) {
  const std::string word = lower(trim(text));
  return word.empty() || word == "0" || word == "false" || word == "disable" || word == "disabled" || word == "never";
}

Result<std::optional<milliseconds>> parse_optional_duration(std::string_view text) {
  if (is_off_word(text)) return std::optional<milliseconds>();
  const Result<milliseconds> value = parse_duration(text);
  if (!value) return value.error();
  return std::optional<milliseconds>(*value);
}

std::string format_duration(milliseconds duration) {
  return format(static_cast<uint64_t>(duration.count()), kDurationUnits);
}

std::string format_optional_duration(const std::optional<milliseconds>& duration) {
  return duration ? format_duration(*duration) : "never";
}

Result<mail::Rate> parse_rate(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return bad_rate(text, trim(text).empty() ? "it is empty" : "there is no slash");
  const std::string_view digits = trim(text.substr(0, slash));
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error == std::errc::result_out_of_range) return bad_rate(text, "the count is too large");
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return bad_rate(text, "the count is not a whole number");
  }
  if (count == 0) return bad_rate(text, "the count must be above zero");
  const Result<milliseconds> period = parse_duration(text.substr(slash + 1));
  if (!period) return bad_rate(text, period.error().message);
  return mail::Rate{count, std::max(*period, kShortestPeriod)};
}

Result<std::optional<mail::Rate>> parse_optional_rate(std::string_view text) {
  const std::string word = lower(trim(text));
  if (is_off_word(text) || word == "none" || word == "unlimited") return std::optional<mail::Rate>();
  const Result<mail::Rate> rate = parse_rate(text);
  if (!rate) return rate.error();
  return std::optional<mail::Rate>(*rate);
}

std::string format_rate(const mail::Rate& rate) {
  return fmt::format("{}/{}", rate.count, format_duration(rate.period));
}

std::string format_optional_rate(const std::optional<mail::Rate>& rate) {
  return rate ? format_rate(*rate) : "unlimited";
}

}  // namespace larder::config
