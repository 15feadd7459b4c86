// cron_test.cc – schedules: the three-field grammar, and the next moment in local time through changes of the clocks.
#include "config/cron.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace larder::config {
namespace {

using Kind = Cron::Kind;

/// Sets the process's time zone for one test.
class Zone {
 public:
  explicit Zone(const char* name) {
    const char* old = std::getenv("TZ");
    if (old != nullptr) old_ = old;
    had_ = old != nullptr;
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    if (had_) {
      setenv("TZ", old_.c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }

 private:
  bool had_ = false;
  std::string old_;
};

/// Rules written out, so that no time zone database is needed.
constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* kLordHowe = "LHST-10:30LHDT-11,M10.1.0,M4.1.0";

time_t utc(int year, int month, int day, int hour, int minute, int second = 0) {
  tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  return timegm(&parts);
}

std::string utc_text(time_t moment) {
  tm parts{};
  gmtime_r(&moment, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

/// The next run as UTC text, for readable failures.
std::string next(const char* cron, time_t now) { return utc_text(next_run(*parse_cron(cron), now)); }

TEST(CronGrammar, KnowsThreeKinds) {
  EXPECT_EQ(*parse_cron("15 * *"), (Cron{Kind::hourly, 15, 0, 1}));
  EXPECT_EQ(*parse_cron("0 3 *"), (Cron{Kind::daily, 0, 3, 1}));
  EXPECT_EQ(*parse_cron("45 5 2"), (Cron{Kind::weekly, 45, 5, 2}));
  EXPECT_EQ(*parse_cron("59 23 7"), (Cron{Kind::weekly, 59, 23, 7}));
}

TEST(CronGrammar, StopsReadingAtAnHourOfStar) {
  for (const char* text : {"15 *", "15 * 3", "15 * 9", "15 * x", "15 ** *", "15 * "}) {
    ASSERT_TRUE(parse_cron(text)) << text;
    EXPECT_EQ(parse_cron(text)->kind, Kind::hourly) << text;
  }
}

TEST(CronGrammar, IgnoresFieldsAfterTheThird) {
  EXPECT_EQ(*parse_cron("0 3 * * *"), (Cron{Kind::daily, 0, 3, 1}));
  EXPECT_EQ(*parse_cron("0 3 1 x"), (Cron{Kind::weekly, 0, 3, 1}));
}

TEST(CronGrammar, ChecksTheWeekdayAndNotTheHourInItsPlace) {
  EXPECT_EQ(*parse_cron("0 9 1"), (Cron{Kind::weekly, 0, 9, 1}));
  EXPECT_FALSE(parse_cron("0 3 9"));
}

TEST(CronGrammar, RefusesEverythingElseAndSaysWhy) {
  for (const char* text :
       {"",        " ",      "* * *",  "*",      "15",    "0 3",       "60 * *",  "-1 * *",   "1.5 * *",
        "x * *",   "0 24 *", "0 x *",  "0 -1 *", "0 3 0", "0 3 8",     "0 3 mon", "0,30 * *", "*/5 * *",
        "0 1-5 *", "0  3 *", "0 3  *", " 0 3 *", "0 3 ",  "00000 3 *", "0\t3 *"}) {
    const auto result = parse_cron(text);
    ASSERT_FALSE(result) << "\"" << text << "\" was read as " << format_cron(*result);
    EXPECT_EQ(result.error().code, Code::invalid_argument);
    EXPECT_NE(result.error().message.find("\"" + std::string(text) + "\""), std::string::npos);
    EXPECT_FALSE(result.error().hint.empty());
  }
  EXPECT_NE(parse_cron("0 3 8").error().message.find("weekday"), std::string::npos);
  EXPECT_NE(parse_cron("0 24 *").error().message.find("hour"), std::string::npos);
  EXPECT_NE(parse_cron("60 3 *").error().message.find("minute"), std::string::npos);
}

TEST(CronGrammar, PrintsWhatItReads) {
  for (const char* text : {"15 * *", "0 3 *", "45 5 2"}) EXPECT_EQ(format_cron(*parse_cron(text)), text);
}

TEST(CronNext, IsStrictlyAfterNow) {
  const Zone zone("UTC0");
  EXPECT_EQ(next("15 * *", utc(2026, 5, 4, 10, 14, 59)), "2026-05-04 10:15:00");
  EXPECT_EQ(next("15 * *", utc(2026, 5, 4, 10, 15)), "2026-05-04 11:15:00");
  EXPECT_EQ(next("15 * *", utc(2026, 5, 4, 10, 15, 1)), "2026-05-04 11:15:00");
  EXPECT_EQ(next("15 * *", utc(2026, 12, 31, 23, 30)), "2027-01-01 00:15:00");
  EXPECT_EQ(next("0 3 *", utc(2026, 5, 4, 2, 59, 59)), "2026-05-04 03:00:00");
  EXPECT_EQ(next("0 3 *", utc(2026, 5, 4, 3, 0)), "2026-05-05 03:00:00");
  EXPECT_EQ(next("0 0 *", utc(2028, 2, 28, 12, 0)), "2028-02-29 00:00:00");
}

TEST(CronNext, WeeklyWaitsForItsDay) {
  const Zone zone("UTC0");
  // 2026-05-04 is a Monday.
  EXPECT_EQ(next("45 5 1", utc(2026, 5, 4, 5, 44)), "2026-05-04 05:45:00");
  EXPECT_EQ(next("45 5 1", utc(2026, 5, 4, 5, 45)), "2026-05-11 05:45:00");
  EXPECT_EQ(next("45 5 2", utc(2026, 5, 4, 1, 0)), "2026-05-05 05:45:00");
  EXPECT_EQ(next("45 5 7", utc(2026, 5, 4, 1, 0)), "2026-05-10 05:45:00");
  EXPECT_EQ(next("45 5 1", utc(2026, 5, 5, 1, 0)), "2026-05-11 05:45:00");
}

TEST(CronNext, UsesLocalTime) {
  const Zone zone(kBerlin);
  EXPECT_EQ(next("0 3 *", utc(2026, 1, 10, 12, 0)), "2026-01-11 02:00:00");
  EXPECT_EQ(next("0 3 *", utc(2026, 7, 10, 12, 0)), "2026-07-11 01:00:00");
  // Sunday 23:30 UTC is already Monday in Berlin.
  EXPECT_EQ(next("0 1 1", utc(2026, 7, 5, 22, 30)), "2026-07-05 23:00:00");
}

TEST(CronNext, ASkippedLocalTimeIsTreatedAsPassed) {
  const Zone zone(kBerlin);  // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC
  EXPECT_EQ(next("30 2 *", utc(2026, 3, 28, 23, 0)), "2026-03-30 00:30:00");
  EXPECT_EQ(next("30 2 7", utc(2026, 3, 28, 23, 0)), "2026-04-05 00:30:00");
  EXPECT_EQ(next("0 3 *", utc(2026, 3, 29, 0, 30)), "2026-03-29 01:00:00");
  EXPECT_EQ(next("15 * *", utc(2026, 3, 29, 0, 20)), "2026-03-29 01:15:00");
}

TEST(CronNext, ARepeatedLocalTimeCountsOnceTheFirstTime) {
  const Zone zone(kBerlin);  // 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC
  EXPECT_EQ(next("30 2 *", utc(2026, 10, 24, 23, 0)), "2026-10-25 00:30:00");
  EXPECT_EQ(next("30 2 *", utc(2026, 10, 25, 0, 30)), "2026-10-26 01:30:00");
  EXPECT_EQ(next("30 2 *", utc(2026, 10, 25, 1, 10)), "2026-10-26 01:30:00");
}

TEST(CronNext, HourlyRunsInBothOfTheRepeatedHours) {
  const Zone zone(kBerlin);
  EXPECT_EQ(next("15 * *", utc(2026, 10, 25, 0, 15)), "2026-10-25 01:15:00");
  EXPECT_EQ(next("15 * *", utc(2026, 10, 25, 1, 15)), "2026-10-25 02:15:00");
}

TEST(CronNext, ClocksThatMoveByHalfAnHour) {
  const Zone zone(
      kLordHowe);  // 2026-10-04: 02:00 becomes 02:30 at 15:30 UTC; 2026-04-05: 02:00 becomes 01:30 at 15:00 UTC
  EXPECT_EQ(next("15 * *", utc(2026, 10, 3, 15, 20)), "2026-10-03 16:15:00");
  EXPECT_EQ(next("45 1 *", utc(2026, 4, 4, 14, 0)), "2026-04-04 14:45:00");
  EXPECT_EQ(next("45 1 *", utc(2026, 4, 4, 14, 45)), "2026-04-05 15:15:00");
}

TEST(CronNext, NeverReturnsThePastAndAlwaysTheWantedMinute) {
  const Zone zone(kBerlin);
  for (const char* text : {"0 * *", "59 * *", "30 2 *", "0 0 *", "30 2 7", "59 23 7"}) {
    const Cron cron = *parse_cron(text);
    for (time_t now = utc(2026, 3, 27, 0, 0, 7); now < utc(2026, 4, 7, 0, 0); now += 1801) {
      const time_t moment = next_run(cron, now);
      ASSERT_GT(moment, now) << text;
      tm local{};
      localtime_r(&moment, &local);
      ASSERT_EQ(local.tm_min, cron.minute) << text << " at " << utc_text(now);
      ASSERT_EQ(local.tm_sec, 0);
      if (cron.kind != Kind::hourly) {
        ASSERT_EQ(local.tm_hour, cron.hour);
      }
      if (cron.kind == Kind::weekly) {
        ASSERT_EQ((local.tm_wday + 6) % 7 + 1, cron.weekday);
      }
    }
  }
}

}  // namespace
}  // namespace larder::config
