// samples_test.cc – the stream of samples keeps its order, loses only what finds it full, and survives damage.
#include "segment/samples.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace larder::segment {
namespace {

std::vector<uint64_t> pulled(SampleRing& ring) {
  std::vector<uint64_t> hashes;
  ring.pull([&](const Sample& sample) { hashes.push_back(sample.hash); });
  return hashes;
}

TEST(Samples, KeepTheirOrder) {
  const auto ring = std::make_unique<SampleRing>();
  ring->push({5, 0});
  ring->push({6, 0});
  EXPECT_EQ(pulled(*ring), (std::vector<uint64_t>{5, 6}));
  EXPECT_TRUE(pulled(*ring).empty());
}

TEST(Samples, AreDroppedAndCountedWhenTheRingIsFull) {
  const auto ring = std::make_unique<SampleRing>();
  for (uint64_t n = 0; n < SampleRing::kCells + 3; ++n) ring->push({n, 0});
  EXPECT_EQ(ring->dropped.load_relaxed(), 3u);
  EXPECT_EQ(pulled(*ring).size(), SampleRing::kCells);
}

TEST(Samples, OfADamagedRingAreDiscarded) {
  const auto ring = std::make_unique<SampleRing>();
  for (const uint64_t tail : {~uint64_t{0}, uint64_t{1} << 63, SampleRing::kCells * 5}) {
    ring->tail.store_relaxed(tail);
    EXPECT_LE(pulled(*ring).size(), SampleRing::kCells);
    ring->push({1, 0});
    EXPECT_LE(pulled(*ring).size(), 1u);
  }
}

TEST(Samples, CarryWhatTheySay) {
  const uint64_t word = SampleWord::make(SampleKind::put, 255, 132'000, 86'400);
  EXPECT_EQ((Sample{1, word}.kind()), SampleKind::put);
  EXPECT_EQ(SampleWord::Cache::get(word), 255u);
  EXPECT_EQ(SampleWord::Bytes::get(word), 132'000u);
  EXPECT_EQ(SampleWord::Ttl::get(word), 86'400u);
}

TEST(Samples, OfOneThreadReachAnotherInOrderAndWhole) {
  constexpr uint64_t kCount = 200'000;
  const auto ring = std::make_unique<SampleRing>();
  std::thread producer([&] {
    for (uint64_t n = 1; n <= kCount; ++n) ring->push({n, n * 3 & SampleWord::Bytes::kMax});
  });
  uint64_t last = 0, taken = 0;
  while (last < kCount && taken + ring->dropped.load_relaxed() < kCount) {
    ring->pull([&](const Sample& sample) {
      ASSERT_GT(sample.hash, last);
      ASSERT_EQ(sample.word, sample.hash * 3 & SampleWord::Bytes::kMax);
      last = sample.hash;
      ++taken;
    });
  }
  producer.join();
  taken += pulled(*ring).size();
  EXPECT_EQ(taken + ring->dropped.load_relaxed(), kCount);
}

}  // namespace
}  // namespace larder::segment
