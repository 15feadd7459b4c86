// ghosts_test.cc – the ghost table remembers what it should, for about as long as it should.
#include "policy/ghosts.h"

#include <gtest/gtest.h>

#include <vector>

#include "policy/setting_word.h"

namespace larder::policy {
namespace {

uint64_t mixed(uint64_t n) {
  n *= 0x9e3779b97f4a7c15u;
  n ^= n >> 32;
  n *= 0xd6e8feb86659fd93u;
  return n ^ n >> 32;
}

TEST(Ghosts, RecallEachKeyOnce) {
  std::vector<GhostLine> lines(64);
  const Ghosts ghosts(lines.data(), 64);
  ghosts.remember(mixed(1), 31);
  EXPECT_FALSE(ghosts.recall(mixed(2), 31));
  EXPECT_TRUE(ghosts.recall(mixed(1), 31));
  EXPECT_FALSE(ghosts.recall(mixed(1), 31));
}

/// How many cells are in use stands in shared memory, where anything may stand.
TEST(Ghosts, StayInTheirLineWhateverTheWaysAre) {
  std::vector<GhostLine> lines(2);
  const Ghosts ghosts(lines.data(), 1);
  for (uint64_t n = 0; n < 500; ++n) ghosts.remember(mixed(n), 0x051f1f);
  for (const uint16_t print : lines[1].prints) EXPECT_EQ(print, 0u);
  EXPECT_EQ(lines[1].cursor, 0u);
  EXPECT_TRUE(ghosts.recall(mixed(499), 0x051f1f));
}

TEST(Ghosts, ForgetTheOldestAndKeepAboutAsManyAsTheWaysSay) {
  for (const uint32_t ways : {8u, 31u}) {
    std::vector<GhostLine> lines(1000);
    const Ghosts ghosts(lines.data(), 1000);
    for (uint64_t n = 0; n < 200'000; ++n) ghosts.remember(mixed(n), ways);
    const uint64_t capacity = 1000 * ways;
    uint64_t young = 0, old = 0;
    for (uint64_t n = 200'000 - capacity / 2; n < 200'000; ++n) young += ghosts.recall(mixed(n), ways) ? 1 : 0;
    for (uint64_t n = 100'000; n < 100'000 + capacity / 2; ++n) old += ghosts.recall(mixed(n), ways) ? 1 : 0;
    EXPECT_GT(young, capacity / 2 * 90 / 100) << ways << " ways";
    EXPECT_LT(old, capacity / 2 * 2 / 100) << ways << " ways";
  }
}

TEST(Ghosts, HaveNoneWithoutWays) {
  std::vector<GhostLine> lines(1);
  const Ghosts ghosts(lines.data(), 1);
  ghosts.remember(mixed(1), 0);
  EXPECT_FALSE(ghosts.recall(mixed(1), 0));
  EXPECT_FALSE(ghosts.recall(mixed(1), 31));
  EXPECT_EQ(ghosts.ways_for(1e9), kGhostsPerLine);
  EXPECT_EQ(ghosts.ways_for(0), 0u);
}

TEST(SettingWord, KeepsEveryField) {
  const PolicySetting s{.cold = 0.25,
                        .promote = 2,
                        .cap = 3,
                        .ghosts = 0.5,
                        .demote = true,
                        .challenge = false,
                        .adapt = false,
                        .by_size = false,
                        .tune = false};
  const PolicySetting back = SettingWord::unpack(SettingWord::pack(s));
  EXPECT_NEAR(back.cold, 0.25, 1e-4);
  EXPECT_EQ(back.promote, 2u);
  EXPECT_EQ(back.cap, 3u);
  EXPECT_NEAR(back.ghosts, 0.5, 1e-3);
  EXPECT_TRUE(back.demote);
  EXPECT_FALSE(back.challenge);
  EXPECT_FALSE(back.adapt);
  EXPECT_FALSE(back.by_size);
  EXPECT_FALSE(back.tune);
}

}  // namespace
}  // namespace larder::policy
