// timetable_test.cc – schedules fall due once each, whatever the wall clock does.
#include "sidecar/timetable.h"

#include <gtest/gtest.h>

namespace larder::sidecar {
namespace {

config::Schedule hourly(const char* cache, int minute) { return {cache, {config::Cron::Kind::hourly, minute, 0, 1}}; }

/// A moment whose local minute is `minute`, counted from one full hour.
time_t at_minute(int minute) {
  const time_t full_hour = config::next_run({config::Cron::Kind::hourly, 0, 0, 1}, 1'780'000'000);
  return full_hour + minute * 60;
}

TEST(Timetable, ADueScheduleIsHandedOutOnce) {
  Timetable table({hourly("*", 15), hourly("dnsTxt", 30)}, at_minute(10));
  EXPECT_TRUE(table.due(at_minute(14)).empty());
  const auto due = table.due(at_minute(15));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].name, "*");
  EXPECT_TRUE(table.due(at_minute(15)).empty());
  EXPECT_EQ(table.due(at_minute(31)).size(), 1u);
  EXPECT_EQ(table.due(at_minute(75)).size(), 1u);
}

TEST(Timetable, MomentsThatPassedUnseenCountOnce) {
  Timetable table({hourly("*", 15)}, at_minute(10));
  EXPECT_EQ(table.due(at_minute(10 + 600)).size(), 1u);
  EXPECT_TRUE(table.due(at_minute(11 + 600)).empty());
}

TEST(Timetable, AClockThatIsSetBackDoesNotSilenceASchedule) {
  Timetable table({hourly("*", 15)}, at_minute(10 + 6000));
  EXPECT_TRUE(table.due(at_minute(10)).empty());
  EXPECT_EQ(table.due(at_minute(15)).size(), 1u);
}

}  // namespace
}  // namespace larder::sidecar
