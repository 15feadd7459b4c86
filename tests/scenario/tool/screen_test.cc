// screen_test.cc – the live screen keeps to the terminal's size and says what it leaves out.
#include <gtest/gtest.h>

#include <optional>

#include "common/table.h"
#include "stat/live.h"
#include "support/segments.h"

namespace larder::tools {
namespace {

CacheRow row_named(const std::string& name, uint64_t hits) {
  CacheRow row;
  row.figures.name = name;
  row.figures.group = "dns";
  row.figures.budget = 5 << 20;
  row.figures.used_bytes = 3 << 20;
  row.figures.entries = 123'456;
  row.figures.counters[static_cast<size_t>(Counter::hits)] = hits;
  row.recent = row.figures.counters;
  row.seconds = 1;
  return row;
}

class Screens : public ::testing::Test {
 protected:
  Screens() {
    for (int i = 0; i < 24; ++i)
      rows_.push_back(row_named("emailAddressesNeg" + std::to_string(i), 1000u + unsigned(i)));
    rows_.push_back(CacheRow{});
    rows_.back().figures.name = "idleCache";
  }

  /// compose() over an empty sample; caches come from rows_.
  std::vector<std::string> lines(Extent extent, LiveView view = {}) {
    return compose(sampler_, rows_, view, extent, Paint(false), true);
  }

  void SetUp() override {
    // One sample of a real segment gives the sampler its clock and name.
    SegmentOptions options;
    options.name = "screen-test";
    options.directory = directory_.path();
    options.caches.push_back(test::cache_options("only", 65536));
    segment_.emplace(test::create_segment(options));
    auto inspector = observe::Inspector::open("screen-test", directory_.path());
    ASSERT_TRUE(inspector) << inspector.error().message;
    sampler_.take(*inspector);
  }

  test::TempDirectory directory_;
  std::optional<Segment> segment_;
  Sampler sampler_;
  std::vector<CacheRow> rows_;
};

/// Columns that the terminal shows: without control sequences.
size_t shown_width(const std::string& line) {
  std::string plain;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = line.find('m', i);
      continue;
    }
    plain += line[i];
  }
  return display_width(plain);
}

TEST_F(Screens, FitEveryTerminal) {
  for (size_t columns = 30; columns < 220; columns += 7) {
    for (size_t height = 6; height < 60; height += 5) {
      const auto picture = lines({columns, height});
      EXPECT_LE(picture.size(), height);
      if (columns < 60) continue;  // below that, names are cut to their least and the terminal cuts the rest
      for (const std::string& line : picture)
        EXPECT_LE(shown_width(line), columns) << columns << "x" << height << ": " << line;
    }
  }
}

TEST_F(Screens, EightyColumnsShowAllThatMatters) {
  const auto picture = lines({80, 40});
  std::string text;
  for (const std::string& line : picture) text += line + "\n";
  for (const char* word :
       {"CACHE", "HIT%", "OPS/S", "USED/BUDGET", "ENTRIES", "EVICT/S", "EXPIR/S", "WORKER", "q quit"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(text.find("OVERHEAD"), std::string::npos);
  EXPECT_EQ(text.find("idleCache"), std::string::npos);
  EXPECT_NE(text.find("all 25 caches"), std::string::npos);
}

TEST_F(Screens, WideTerminalsShowOverheadAndIdleOnesWhenAsked) {
  std::string text;
  LiveView view;
  view.all = true;
  for (const std::string& line : lines({160, 60}, view)) text += line + "\n";
  EXPECT_NE(text.find("OVERHEAD"), std::string::npos);
  EXPECT_NE(text.find("idleCache"), std::string::npos);
}

TEST_F(Screens, WhatDoesNotFitIsSaidAndTheBusiestStay) {
  std::string text;
  for (const std::string& line : lines({80, 20})) text += line + "\n";
  EXPECT_NE(text.find("caches do not fit"), std::string::npos);
  EXPECT_NE(text.find("emailAddressesNeg23 "), std::string::npos);
  EXPECT_EQ(text.find("emailAddressesNeg0 "), std::string::npos);
}

}  // namespace
}  // namespace larder::tools
