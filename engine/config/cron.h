// cron.h – schedules in three fields: minute, hour, weekday.
//
// What it is    the simplified cron syntax of mail server configurations: "15 * *" hourly at :15, "0 3 *" daily at
//               03:00, "45 5 2" Tuesdays at 05:45 (1 = Monday … 7 = Sunday). One space between fields; a field that
//               begins with "*" means every; after an hour of "*" nothing more is read; a fourth field is ignored.
// Invariants    I1 next_run() is strictly after `now`. I2 parse_cron(format_cron(c)) == c.
// Concurrency   next_run reads the process's time zone; the rest are pure functions.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "larder/result.h"

namespace larder::config {

struct Cron {
  enum class Kind : uint8_t { hourly, daily, weekly };
  Kind kind = Kind::hourly;
  int minute = 0;
  int hour = 0;     ///< daily and weekly
  int weekday = 1;  ///< weekly; 1 = Monday … 7 = Sunday
  bool operator==(const Cron&) const = default;
};

Result<Cron> parse_cron(std::string_view text);
std::string format_cron(const Cron& cron);

/// The first moment after `now` at which the schedule is due in local time. A local time that is skipped when clocks go
/// forward is treated as passed; one that occurs twice counts once, the first time. Hourly schedules go by the clock's
/// minute alone, so they run in both of the repeated hours.
time_t next_run(const Cron& cron, time_t now);

}  // namespace larder::config
