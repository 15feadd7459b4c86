// units_test.cc – sizes and durations: everything the grammar allows, and everything it does not.
#include "config/units.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

namespace larder::config {
namespace {

TEST(Size, UnitsArePowersOf1024InAnyCase) {
  const std::pair<const char*, uint64_t> cases[] = {{"0", 0},
                                                    {"2048", 2048},
                                                    {"17b", 17},
                                                    {"2kb", 2048},
                                                    {"50mb", 52'428'800},
                                                    {"50MB", 52'428'800},
                                                    {"50 Mb", 52'428'800},
                                                    {"3gb", 3ull << 30},
                                                    {"1tb", 1ull << 40},
                                                    {"007", 7},
                                                    {"18446744073709551615", std::numeric_limits<uint64_t>::max()},
                                                    {"16777215tb", 16777215ull << 40}};
  for (const auto& [text, bytes] : cases) {
    const auto result = parse_size(text);
    ASSERT_TRUE(result) << text << ": " << result.error().message;
    EXPECT_EQ(*result, bytes) << text;
  }
}

TEST(Size, RefusesWhatIsNotDigitsAndOneUnit) {
  for (const char* text : {"",
                           " ",
                           "mb",
                           "-1",
                           "+1",
                           "1.5gb",
                           "1,5gb",
                           "5m",
                           "5k",
                           "5mib",
                           "5 mb ",
                           " 5mb",
                           "5  mb",
                           "5 ",
                           "5mb5",
                           "1mb1kb",
                           "0x10",
                           "five",
                           "18446744073709551616",
                           "16777216tb",
                           "99999999999999999999999b",
                           "5\tmb"}) {
    const auto result = parse_size(text);
    ASSERT_FALSE(result) << "\"" << text << "\" was read as " << *result;
    EXPECT_EQ(result.error().code, Code::invalid_argument);
    EXPECT_NE(result.error().message.find("\"" + std::string(text) + "\""), std::string::npos)
        << result.error().message;
    EXPECT_FALSE(result.error().hint.empty());
  }
}

TEST(Size, MessagesSayWhatIsWrong) {
  EXPECT_NE(parse_size("5mib").error().message.find("unknown unit \"mib\""), std::string::npos);
  EXPECT_NE(parse_size("1.5gb").error().message.find("one whole number"), std::string::npos);
  EXPECT_NE(parse_size("16777216tb").error().message.find("too large"), std::string::npos);
  EXPECT_NE(parse_size("").error().message.find("empty"), std::string::npos);
}

TEST(Size, PrintsTheShortestExactSpellingAndReadsItBack) {
  EXPECT_EQ(format_size(0), "0b");
  EXPECT_EQ(format_size(1000), "1000b");
  EXPECT_EQ(format_size(2048), "2kb");
  EXPECT_EQ(format_size(52'428'800), "50mb");
  EXPECT_EQ(format_size(1536ull << 20), "1536mb");
  for (uint64_t value : {0ull, 1ull, 1023ull, 1024ull, 1025ull, 123456789ull, 1ull << 40, 3ull << 41, ~0ull}) {
    EXPECT_EQ(*parse_size(format_size(value)), value);
  }
}

TEST(Duration, UnitsInAnyCaseSpacesIgnoredNoUnitIsMilliseconds) {
  const std::pair<const char*, int64_t> cases[] = {{"1", 1},
                                                   {"250", 250},
                                                   {"250ms", 250},
                                                   {"30s", 30'000},
                                                   {"90m", 5'400'000},
                                                   {"1h", 3'600'000},
                                                   {"1H", 3'600'000},
                                                   {"7d", 604'800'000},
                                                   {"1 h", 3'600'000},
                                                   {" 1  h ", 3'600'000},
                                                   {"9223372036854775807", 9223372036854775807ll}};
  for (const auto& [text, count] : cases) {
    const auto result = parse_duration(text);
    ASSERT_TRUE(result) << text << ": " << result.error().message;
    EXPECT_EQ(result->count(), count) << text;
  }
}

TEST(Duration, RefusesZeroSignsFractionsAndSeveralNumbers) {
  for (const char* text : {"",
                           " ",
                           "h",
                           "0",
                           "0s",
                           "0d",
                           "-1s",
                           "+1s",
                           "1.5h",
                           "1h30m",
                           "1 0s",
                           "1w",
                           "1y",
                           "1sec",
                           "1hs",
                           "9223372036854775808",
                           "106751991168d",
                           "99999999999999999999h",
                           "never",
                           "false"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result) << "\"" << text << "\" was read as " << result->count();
    EXPECT_EQ(result.error().code, Code::invalid_argument);
    EXPECT_FALSE(result.error().hint.empty());
  }
}

TEST(Duration, OptionalOnesCanBeSwitchedOff) {
  for (const char* text : {"", " ", "0", "false", "False", "disable", "disabled", "DISABLED", "never"}) {
    const auto result = parse_optional_duration(text);
    ASSERT_TRUE(result) << text;
    EXPECT_FALSE(result->has_value()) << text;
  }
  EXPECT_EQ(**parse_optional_duration("5m"), milliseconds(300'000));
  for (const char* text : {"off", "no", "none", "0s", "-1", "1h1m"})
    EXPECT_FALSE(parse_optional_duration(text)) << text;
}

TEST(Duration, PrintsTheShortestExactSpellingAndReadsItBack) {
  EXPECT_EQ(format_duration(milliseconds(3'600'000)), "1h");
  EXPECT_EQ(format_duration(milliseconds(5'400'000)), "90m");
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(172'800'000)), "2d");
  EXPECT_EQ(format_optional_duration(std::nullopt), "never");
  for (int64_t count : {1ll, 999ll, 1000ll, 59'999ll, 60'000ll, 86'400'000ll, 86'400'001ll, 9223372036854775807ll}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(count)))->count(), count);
  }
}

}  // namespace
}  // namespace larder::config
