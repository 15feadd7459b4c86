// parts_test.cc – the parts of the tool that need no segment: text, JSON, tables, histogram, popularity, values.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "common/histogram.h"
#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "load/people.h"
#include "load/places.h"
#include "load/values.h"
#include "load/zipf.h"

namespace larder::tools {
namespace {

TEST(Text, NumbersAreShortAndGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(7.25), "7.2");
  EXPECT_EQ(short_number(999), "999");
  EXPECT_EQ(short_number(12345), "12.3k");
  EXPECT_EQ(short_number(123456), "123k");
  EXPECT_EQ(short_number(999999), "1.0M");
  EXPECT_EQ(short_bytes(5242880), "5.0M");
  EXPECT_EQ(long_bytes(2048), "2.0 KiB");
  EXPECT_EQ(long_bytes(17), "17 bytes");
  for (double number = 0; number < 1e14; number = number * 1.37 + 0.31)
    EXPECT_LE(short_number(number).size(), 5u) << number;
}

TEST(Text, DurationsAndTimes) {
  EXPECT_EQ(short_duration(250), "250ms");
  EXPECT_EQ(short_duration(59'999), "59s");
  EXPECT_EQ(short_duration(3'723'000), "1h 2m");
  EXPECT_EQ(short_duration(90'000'000), "1d 1h");
  EXPECT_EQ(short_nanoseconds(83), "83 ns");
  EXPECT_EQ(short_nanoseconds(1240), "1.24 us");
  EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00Z");
}

TEST(Text, EscapesAreReversible) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  const std::string escaped = escape(every);
  for (const char c : escaped) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
  const auto back = unescape(escaped);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, every);
  EXPECT_EQ(escape("a\nb\\"), "a\\x0ab\\\\");
}

TEST(Text, BadEscapesAreRefusedWithTheirPlace) {
  for (const char* bad : {"\\", "a\\x1", "\\xg0", "\\n"}) {
    const auto result = unescape(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, Code::invalid_argument);
    EXPECT_NE(result.error().message.find("at byte"), std::string::npos);
  }
}

TEST(Json, CommasQuotesAndNesting) {
  Json json;
  json.begin_object().field("a", 1).field("b", "x\"\\\n\xff").begin_array("c").begin_object().end_object();
  json.begin_object().field("d", true).end_object().end_array().field("e", 0.5).field("f", std::nan("")).end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":"x\"\\\u000a\u00ff","c":[{},{"d":true}],"e":0.5,"f":null})");
}

TEST(Table, AlignsAndCutsByCharactersNotBytes) {
  Table table({{"NAME", Table::Side::left}, {"N"}});
  table.add({"täst", "5"});
  table.add({"x", "123"});
  EXPECT_EQ(table.text(), "NAME    N\ntäst    5\nx     123\n");
  EXPECT_EQ(fit_left("emailAddressesNegative", 8, "…"), "emailAd…");
  EXPECT_EQ(fit_left("äöü", 5), "äöü  ");
  EXPECT_EQ(fit_right("äöü", 5), "  äöü");
}

TEST(Histogram, QuantilesAreWithinTwoPercent) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 1'000'000; ++value) histogram.add(value);
  EXPECT_EQ(histogram.count(), 1'000'000u);
  for (const double share : {0.01, 0.5, 0.99, 0.999}) {
    EXPECT_NEAR(double(histogram.quantile(share)), share * 1e6, share * 1e6 * 0.02) << share;
  }
  Histogram other;
  other.add(uint64_t{1} << 60);
  other.add(3);
  EXPECT_EQ(other.quantile(0.5), 3u);
  other.merge(histogram);
  EXPECT_EQ(other.count(), 1'000'002u);
  EXPECT_EQ(Histogram{}.quantile(0.5), 0u);
}

TEST(Zipf, FrequenciesFollowTheLaw) {
  constexpr uint32_t kRanks = 1000;
  constexpr int kDraws = 2'000'000;
  for (const double exponent : {0.6, 0.99, 1.0, 1.4}) {
    const Zipf zipf(kRanks, exponent);
    Random random(7);
    std::vector<int> seen(kRanks);
    for (int i = 0; i < kDraws; ++i) {
      const uint32_t rank = zipf.sample(random);
      ASSERT_LT(rank, kRanks);
      ++seen[rank];
    }
    double sum = 0;
    for (uint32_t rank = 1; rank <= kRanks; ++rank) sum += std::pow(rank, -exponent);
    for (const uint32_t rank : {1u, 2u, 3u, 10u, 100u, 1000u}) {
      const double expected = kDraws * std::pow(rank, -exponent) / sum;
      EXPECT_NEAR(seen[rank - 1], expected, 5 * std::sqrt(expected) + 1) << "exponent " << exponent << " rank " << rank;
    }
  }
}

TEST(Zipf, OneRankAndManyRanks) {
  Random random(1);
  EXPECT_EQ(Zipf(1, 0.99).sample(random), 0u);
  const Zipf many(4'000'000'000u, 0.99);
  uint64_t largest = 0;
  for (int i = 0; i < 100'000; ++i) largest = std::max<uint64_t>(largest, many.sample(random));
  EXPECT_GT(largest, 100'000'000u);
}

TEST(Values, EveryChangedByteIsFound) {
  for (const uint32_t size : {1u, 7u, 15u, 16u, 17u, 100u}) {
    std::string value;
    fill_value(value, 42, 3, size);
    ASSERT_EQ(value.size(), size);
    EXPECT_TRUE(check_value(value, 42).intact);
    EXPECT_EQ(check_value(value, 42).revision, size >= 16 ? 3u : 0u);
    EXPECT_FALSE(check_value(value, 43).intact) << "another key, size " << size;
    for (uint32_t at = 0; at < size; ++at) {
      std::string torn = value;
      torn[at] = static_cast<char>(torn[at] ^ 1);
      EXPECT_FALSE(check_value(torn, 42).intact) << "byte " << at << " of " << size;
    }
    EXPECT_FALSE(check_value(value + "x", 42).intact);
  }
  EXPECT_TRUE(check_value("", 42).intact);
}

TEST(Values, MixtureOfTwoRevisionsIsFound) {
  std::string old_value, new_value;
  fill_value(old_value, 9, 1, 4096);
  fill_value(new_value, 9, 2, 4096);
  for (size_t cut = 8; cut < 4096; cut += 8) {
    EXPECT_FALSE(check_value(new_value.substr(0, cut) + old_value.substr(cut), 9).intact) << cut;
  }
}

TEST(Places, SizesAndTimesAreFixedForAKeyAndInRange) {
  for (size_t i = 0; i < kPlaceCount; ++i) {
    const auto place = static_cast<Place>(i);
    for (uint64_t seed = 1; seed < 500; ++seed) {
      EXPECT_EQ(value_size(place, seed, 1, 4000), value_size(place, seed, 1, 4000));
      EXPECT_LE(value_size(place, seed, 1, 4000), 4000u);
      const auto ttl = value_ttl(place, seed);
      if (info_of(place).ttl == TtlRule::record) {
        ASSERT_TRUE(ttl);
        EXPECT_GE(ttl->count(), 30'000);
        EXPECT_LE(ttl->count(), 86'400'000);
      }
    }
  }
}

TEST(People, KeysHaveTheServersShape) {
  const People people(1000, 100);
  EXPECT_EQ(People::id_key(0x01020304), std::string("\x01\x02\x03\x04"));
  EXPECT_EQ(people.local_name(7), "mail2.example");
  EXPECT_EQ(people.address_key(7), std::string("user7") + People::id_key(2));
  EXPECT_EQ(People::remote_name(3), "d3.example.org.");
  EXPECT_NE(people.credentials(1), people.credentials(2));
  EXPECT_EQ(People::block_list_name(258, 1), "2.1.0.10.zone1.example.net.");
}

}  // namespace
}  // namespace larder::tools
