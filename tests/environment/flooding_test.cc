// flooding_test.cc – promise P27: somebody knows the segment's secret and makes keys that all fall into one bucket.
//
// A lookup sees at most three buckets, so no operation takes longer; what is lost is the flooded bucket's share of
// hits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

#include "cache/region.h"
#include "support/segments.h"

namespace larder::test {
namespace {

/// Keys that have the home of one victim and, if wanted, its tag: then their alternates are the same, too.
std::vector<std::string> flooding_keys(const policy::Plane& plane, size_t count, bool same_tag) {
  std::vector<std::string> keys;
  const index::Probe wanted = plane.index.probe(plane.hash("victim"));
  std::string key = "f........";
  for (uint64_t i = 0; keys.size() < count; ++i) {
    std::memcpy(key.data() + 1, &i, sizeof i);
    const index::Probe probe = plane.index.probe(plane.hash(key));
    if (probe.home == wanted.home && (!same_tag || probe.tag == wanted.tag)) keys.push_back(key);
  }
  return keys;
}

double nanoseconds_a_get(const Cache& cache, const std::vector<std::string>& keys) {
  std::string value;
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& key : keys) (void)cache.get(key, value);
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() /
         static_cast<double>(keys.size());
}

TEST(Flood, OfOneBucketCostsOnlyThatBucketsEntries) {
  constexpr size_t kFlood = 500, kOthers = 1000;
  const TempDirectory directory;
  const Segment segment = create_segment(segment_options(directory, {cache_options("main", 1 << 20)}));
  const Cache cache = open_cache(segment, "main");
  std::vector<std::string> others;
  for (unsigned i = 0; i < kOthers; ++i) {
    others.push_back(key_name("other", i));
    ASSERT_EQ(cache.put(others.back(), "v"), PutResult::stored);
  }
  const policy::Plane& plane = cache.region().plane;
  const std::vector<std::string> flood = flooding_keys(plane, kFlood, false);
  for (const std::string& key : flood) EXPECT_EQ(cache.put(key, "v"), PutResult::stored) << "no put fails";
  EXPECT_EQ(value_in(cache, flood.back()), "v") << "the newest is there";
  size_t flooded = 0, kept = 0;
  for (const std::string& key : flood) flooded += value_in(cache, key) ? 1 : 0;
  for (const std::string& key : others) kept += value_in(cache, key) ? 1 : 0;
  EXPECT_GE(kept, kOthers * 97 / 100) << "others lose next to nothing";
  fmt::print("[  FLOOD   ] {} of {} flooding keys stay; {:.0f} ns a get of theirs, {:.0f} ns of others\n", flooded,
             kFlood, nanoseconds_a_get(cache, flood), nanoseconds_a_get(cache, others));
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
}

TEST(Flood, OfOneTagKeepsAtMostThreeBucketsOfIt) {
  constexpr uint32_t kBuckets = 4;  // so few that keys of one home and one tag are found at once
  const TempDirectory directory;
  const Segment segment = create_segment(segment_options(directory, {cache_options("main", 64 << 10, 1024, 60'000)}));
  const Cache cache = open_cache(segment, "main");
  const policy::Plane& plane = cache.region().plane;
  ASSERT_EQ(plane.index.bucket_count(), kBuckets);
  const std::vector<std::string> flood = flooding_keys(plane, 24, true);
  for (const std::string& key : flood) {
    EXPECT_EQ(cache.put(key, "v"), PutResult::stored);
    EXPECT_EQ(value_in(cache, key), "v");
  }
  size_t kept = 0;
  for (const std::string& key : flood) kept += value_in(cache, key) ? 1 : 0;
  EXPECT_LE(kept, size_t{index::kChoices} * index::kSlots);
  EXPECT_GT(kept, 0u);
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
}

}  // namespace
}  // namespace larder::test
