// move_test.cc – the sidecar moves memory from a cache that has too much to one that has a little too little.
#include "sidecar/keeper.h"
#include "unit/api/api_test.h"

namespace larder::test {
namespace {

class Moving : public ::testing::Test {
 protected:
  static constexpr uint64_t kTight = 256 << 10, kWide = 1 << 20;

  Moving() {
    CacheOptions tight = cache_options("tight", kTight, 1024, 100), wide = cache_options("wide", kWide, 1024, 100);
    tight.max_size = 1 << 20;
    tight.policy.tune = wide.policy.tune = false;
    wide.min_size = 256 << 10;
    segment_ = create_segment(segment_options(directory_, {tight, wide}));
    tight_ = open_cache(segment_, "tight");
    wide_ = open_cache(segment_, "wide");
  }
  /// Asks both caches for keys: the tight one for a few more than it holds, the wide one for few.
  void ask(sidecar::Keeper& keeper, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      ask(tight_, random_.below(2800));
      if (i % 2 == 0) ask(wide_, random_.below(1500));
      if (i % 32 == 0) keeper.tune();
    }
  }
  void ask(const Cache& cache, uint64_t number) {
    const std::string key = key_name("key", number);
    if (value_in(cache, key)) return;
    ASSERT_EQ(cache.put(key, value_of(key, 1, 90)), PutResult::stored);
  }
  uint64_t sum() const { return tight_.budget().bytes + wide_.budget().bytes; }

  TempDirectory directory_;
  Segment segment_{nullptr};
  Cache tight_{nullptr}, wide_{nullptr};
  Random random_{5};
};

TEST_F(Moving, TakesFromTheWideAndGivesToTheTight) {
  auto keeper = sidecar::Keeper::take(segment_);
  ASSERT_TRUE(keeper) << keeper.error().message;
  std::vector<std::string> said;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (tight_.budget().bytes <= kTight + (16 << 10) && std::chrono::steady_clock::now() < end) {
    ask(*keeper, 10'000);
    for (std::string& decision : keeper->move_memory()) said.push_back(std::move(decision));
    for (const std::string& wrong : keeper->run_cycle().budgets) ADD_FAILURE() << wrong;
    EXPECT_LE(sum(), kTight + kWide);
  }
  EXPECT_GT(tight_.budget().bytes, kTight + (16 << 10)) << said.size() << " decisions";
  EXPECT_LT(wide_.budget().bytes, kWide);
  EXPECT_GE(wide_.budget().bytes, uint64_t{256} << 10);
  ASSERT_FALSE(said.empty());
  EXPECT_NE(said.front().find("cache wide: 1024 KiB -> "), std::string::npos) << said.front();
  EXPECT_NE(said.front().find("for tight"), std::string::npos) << said.front();
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(Moving, RestsWhereNothingIsToBeGained) {
  auto keeper = sidecar::Keeper::take(segment_);
  ASSERT_TRUE(keeper) << keeper.error().message;
  for (int interval = 0; interval < 8; ++interval) {
    for (int i = 0; i < 10'000; ++i) {
      ask(tight_, random_.below(1000));
      ask(wide_, random_.below(1000));
      if (i % 32 == 0) keeper->tune();
    }
    for (const std::string& decision : keeper->move_memory()) ADD_FAILURE() << decision;
  }
  EXPECT_EQ(tight_.budget().bytes, kTight);
  EXPECT_EQ(wide_.budget().bytes, kWide);
}

}  // namespace
}  // namespace larder::test
