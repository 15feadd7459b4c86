// rates_test.cc – rates as people write them.
#include <gtest/gtest.h>

#include <string>

#include "config/units.h"

namespace larder::config {
namespace {

using mail::Rate;

TEST(Rate, CountSlashDuration) {
  const std::pair<const char*, Rate> cases[] = {{"25/1h", {25, milliseconds(3'600'000)}},
                                                {"20 / 5m", {20, milliseconds(300'000)}},
                                                {" 1/1s ", {1, milliseconds(1000)}},
                                                {"100/1d", {100, milliseconds(86'400'000)}},
                                                {"3/ 2 S", {3, milliseconds(2000)}},
                                                {"5/1500", {5, milliseconds(1500)}},
                                                {"18446744073709551615/1s", {~0ull, milliseconds(1000)}}};
  for (const auto& [text, wanted] : cases) {
    const auto rate = parse_rate(text);
    ASSERT_TRUE(rate) << text << ": " << rate.error().message;
    EXPECT_EQ(*rate, wanted) << text;
  }
}

TEST(Rate, PeriodsBelowASecondAreRaised) {
  EXPECT_EQ(*parse_rate("5/1ms"), (Rate{5, milliseconds(1000)}));
  EXPECT_EQ(*parse_rate("5/999"), (Rate{5, milliseconds(1000)}));
}

TEST(Rate, RefusesWhatIsNone) {
  for (const char* text : {"", " ", "25", "/1h", "25/", "0/1h", "-1/1h", "+1/1h", "1.5/1h", "25/1h/1m", "25/0s",
                           "25/1w", "25 per 1h", "a/1h", "2 5/1h", "18446744073709551616/1s", "unlimited", "0x5/1h"}) {
    const auto rate = parse_rate(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_EQ(rate.error().code, Code::invalid_argument);
    EXPECT_NE(rate.error().message.find("\"" + std::string(text) + "\""), std::string::npos) << rate.error().message;
    EXPECT_FALSE(rate.error().hint.empty());
  }
}

TEST(Rate, OptionalOnesCanBeSwitchedOff) {
  for (const char* text :
       {"", "0", "false", "none", "None", "unlimited", " UNLIMITED ", "disable", "disabled", "never"}) {
    const auto rate = parse_optional_rate(text);
    ASSERT_TRUE(rate) << text;
    EXPECT_FALSE(rate->has_value()) << text;
  }
  EXPECT_EQ(**parse_optional_rate("5/1h"), (Rate{5, milliseconds(3'600'000)}));
  EXPECT_FALSE(parse_optional_rate("off"));
  EXPECT_FALSE(parse_optional_rate("0/1h"));
}

TEST(Rate, PrintsAndReadsBack) {
  EXPECT_EQ(format_rate({25, milliseconds(3'600'000)}), "25/1h");
  EXPECT_EQ(format_optional_rate(std::nullopt), "unlimited");
  EXPECT_FALSE(parse_optional_rate(format_optional_rate(std::nullopt))->has_value());
  for (const Rate& rate :
       {Rate{1, milliseconds(1000)}, Rate{~0ull, milliseconds(1001)}, Rate{100, milliseconds(86'400'000)}}) {
    EXPECT_EQ(*parse_rate(format_rate(rate)), rate);
  }
}

}  // namespace
}  // namespace larder::config
