// cron.cc – parse schedules and find their next moment in local time; the rules are in cron.h.
#include "config/cron.h"

#include <fmt/format.h>

#include <optional>

namespace larder::config {
namespace {

constexpr const char* kHint =
    "write minute, hour and weekday with one space between: \"15 * *\" hourly, \"0 3 *\" daily, \"45 5 2\" on Tuesdays";

Error bad(std::string_view text, std::string_view why) {
  return {Code::invalid_argument, fmt::format("\"{}\" is not a schedule: {}", text, why), kHint};
}

/// Cuts the first field off `rest`; nothing when no field is left.
std::optional<std::string_view> next_field(std::optional<std::string_view>& rest) {
  if (!rest) return std::nullopt;
  const size_t space = rest->find(' ');
  const std::string_view field = rest->substr(0, space);
  if (space == std::string_view::npos) {
    rest.reset();
  } else {
    rest = rest->substr(space + 1);
  }
  return field;
}

std::optional<int> number(std::string_view field, int low, int high) {
  if (field.empty() || field.size() > 4) return std::nullopt;
  int value = 0;
  for (const char c : field) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (value < low || value > high) return std::nullopt;
  return value;
}

bool every(std::string_view field) { return !field.empty() && field.front() == '*'; }

bool same_minute(time_t moment, const tm& wanted) {
  tm local{};
  localtime_r(&moment, &local);
  return local.tm_year == wanted.tm_year && local.tm_mon == wanted.tm_mon && local.tm_mday == wanted.tm_mday &&
         local.tm_hour == wanted.tm_hour && local.tm_min == wanted.tm_min;
}

/// The first moment with this local date, hour and minute; nothing if clocks jump over it.
std::optional<time_t> resolve(const tm& wanted) {
  std::optional<time_t> first;
  for (const int dst : {-1, 0, 1}) {
    tm attempt = wanted;
    attempt.tm_isdst = dst;
    const time_t moment = mktime(&attempt);
    if (moment != time_t{-1} && same_minute(moment, wanted) && (!first || moment < *first)) first = moment;
  }
  if (!first) return std::nullopt;
  // A zone may repeat an hour, or half of one, without the daylight flag changing.
  for (const time_t shift : {1800, 3600}) {
    if (same_minute(*first - shift, wanted)) return *first - shift;
  }
  return first;
}

time_t next_hourly(int minute, time_t now) {
  tm local{};
  localtime_r(&now, &local);
  time_t moment = now - local.tm_sec + 60;
  for (;;) {
    localtime_r(&moment, &local);
    if (local.tm_min == minute) return moment;
    moment += static_cast<time_t>((minute - local.tm_min + 60) % 60) * 60;
  }
}

}  // namespace

Result<Cron> parse_cron(std::string_view text) {
  std::optional<std::string_view> rest(text);
  const auto minute = next_field(rest);
  const auto hour = next_field(rest);
  const auto weekday = next_field(rest);

  Cron cron;
  const auto minute_value = number(*minute, 0, 59);
  if (!minute_value) {
    return bad(text, minute->empty() ? "it is empty or begins with a space"
                                     : fmt::format("the minute is \"{}\", not 0 to 59", *minute));
  }
  cron.minute = *minute_value;
  if (!hour) return bad(text, "the hour is missing");
  if (every(*hour)) return cron;

  const auto hour_value = number(*hour, 0, 23);
  if (!hour_value) {
    return bad(text, hour->empty() ? "two spaces follow each other"
                                   : fmt::format("the hour is \"{}\", not 0 to 23 or *", *hour));
  }
  cron.hour = *hour_value;
  cron.kind = Cron::Kind::daily;
  if (!weekday) return bad(text, "the weekday is missing");
  if (every(*weekday)) return cron;

  const auto weekday_value = number(*weekday, 1, 7);
  if (!weekday_value) {
    return bad(text, weekday->empty()
                         ? "two spaces follow each other"
                         : fmt::format("the weekday is \"{}\", not 1 (Monday) to 7 (Sunday) or *", *weekday));
  }
  cron.weekday = *weekday_value;
  cron.kind = Cron::Kind::weekly;
  return cron;
}

std::string format_cron(const Cron& cron) {
  switch (cron.kind) {
    case Cron::Kind::hourly: return fmt::format("{} * *", cron.minute);
    case Cron::Kind::daily: return fmt::format("{} {} *", cron.minute, cron.hour);
    case Cron::Kind::weekly: break;
  }
  return fmt::format("{} {} {}", cron.minute, cron.hour, cron.weekday);
}

time_t next_run(const Cron& cron, time_t now) {
  tzset();
  if (cron.kind == Cron::Kind::hourly) return next_hourly(cron.minute, now);
  tm today{};
  localtime_r(&now, &today);
  // Two weeks reach the second coming of a weekday whose first is today's past or falls into a skipped hour; each
  // further round is for a calendar that skips a day altogether.
  for (int day = 0;; ++day) {
    tm wanted{};
    wanted.tm_year = today.tm_year;
    wanted.tm_mon = today.tm_mon;
    wanted.tm_mday = today.tm_mday + day;
    wanted.tm_hour = 12;
    wanted.tm_isdst = -1;
    mktime(&wanted);  // carries the day over into month and year, and finds the weekday
    if (cron.kind == Cron::Kind::weekly && (wanted.tm_wday + 6) % 7 + 1 != cron.weekday) continue;
    wanted.tm_hour = cron.hour;
    wanted.tm_min = cron.minute;
    wanted.tm_sec = 0;
    const auto moment = resolve(wanted);
    if (moment && *moment > now) return *moment;
  }
}

}  // namespace larder::config
