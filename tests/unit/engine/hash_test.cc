// hash_test.cc – the keyed hash: every byte counts, at every length; tags and buckets fill evenly; the secret decides.
#include "base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "base/blocks.h"

namespace larder::base {
namespace {

HashSecret secret_of(uint64_t seed) {
  HashSecret secret;
  for (uint8_t& byte : secret) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<uint8_t>(seed >> 56);
  }
  return secret;
}

std::string text_of(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(Hash, EveryBitOfEveryLengthUpToAHundredCounts) {
  const HashSecret secret = secret_of(1);
  std::set<uint64_t> seen;
  size_t made = 0;
  for (size_t size = 1; size <= 100; ++size) {
    std::string text = text_of(size);
    seen.insert(keyed_hash(text, secret));
    ++made;
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
      seen.insert(keyed_hash(text, secret));
      ++made;
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
    }
  }
  EXPECT_EQ(seen.size(), made);
}

TEST(Hash, LengthCountsWhereBlocksOverlap) {
  const HashSecret secret = secret_of(2);
  std::set<uint64_t> seen;
  for (size_t size = 1; size <= 1000; ++size) seen.insert(keyed_hash(std::string(size, 'x'), secret));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Hash, AnotherSecretIsAnotherHash) {
  for (const size_t size : {5, 16, 30, 48, 49, 300})
    EXPECT_NE(keyed_hash(text_of(size), secret_of(3)), keyed_hash(text_of(size), secret_of(4))) << size;
}

/// Keys that differ in a counter only, as keys of programs do: no bucket, tag or ghost fingerprint gets more than
/// chance gives it (six standard deviations).
TEST(Hash, SimilarKeysSpreadEvenly) {
  constexpr size_t kKeys = 200'000, kCells = 256;
  const HashSecret secret = secret_of(5);
  for (const size_t size : {12, 16, 24, 32, 48, 64}) {
    std::vector<size_t> buckets(kCells), tags(kCells), prints(kCells);
    for (size_t i = 0; i < kKeys; ++i) {
      const std::string number = std::to_string(1'000'000 + i);
      std::string key = text_of(size);
      std::copy(number.begin(), number.end(), key.begin() + static_cast<std::ptrdiff_t>((size - number.size()) / 2));
      const uint64_t hash = keyed_hash(key, secret);
      ++buckets[hash >> 56];
      ++tags[hash & 0xff];
      ++prints[hash >> 16 & 0xff];
    }
    constexpr double kMean = double(kKeys) / kCells;
    for (const std::vector<size_t>& cells : {buckets, tags, prints})
      for (const size_t count : cells) EXPECT_NEAR(double(count), kMean, 6 * std::sqrt(kMean)) << size;
  }
}

TEST(Blocks, CoverEveryByteAndNoOther) {
  const auto check = [](size_t size, std::initializer_list<size_t> starts) {
    std::vector<bool> covered(size);
    for (const size_t start : starts)
      for (size_t at = start; at < start + 16; ++at) {
        ASSERT_LT(at, size);
        covered[at] = true;
      }
    EXPECT_EQ(std::count(covered.begin(), covered.end(), false), 0) << size;
  };
  for (size_t size = 0; size <= 100; ++size) {
    EXPECT_EQ(ThreeBlocks::cover(size), size >= 16 && size <= 48);
    EXPECT_EQ(FourBlocks::cover(size), size >= 16 && size <= 64);
    if (const ThreeBlocks three(size); ThreeBlocks::cover(size)) check(size, {0, three.middle, three.last});
    if (const FourBlocks four(size); FourBlocks::cover(size)) check(size, {0, four.second, four.third, four.last});
  }
}

}  // namespace
}  // namespace larder::base
