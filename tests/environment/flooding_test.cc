// flooding_test.cc – promise P27: somebody knows the segment's secret and makes keys that all fall into one bucket.
//
// A lookup sees at most three buckets, so no operation takes longer; what is lost is the flooded bucket's share of
// hits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "cache/region.h"
#include "support/segments.h"

namespace larder::test {
namespace {

/// Keys whose home is one bucket and whose tag is one tag: their alternates are the same, too.
std::vector<std::string> keys_of_one_bucket(const policy::Plane& plane, size_t count) {
  std::vector<std::string> keys;
  const index::Probe wanted = plane.index.probe(plane.hash("victim"));
  for (uint64_t i = 0; keys.size() < count; ++i) {
    std::string key = fmt::format("flood-{:x}", i);
    if (plane.index.probe(plane.hash(key)).home == wanted.home) keys.push_back(std::move(key));
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
  constexpr size_t kFlood = 2000, kOthers = 1000;
  const TempDirectory directory;
  const Segment segment = create_segment(segment_options(directory, {cache_options("main", 1 << 20)}));
  const Cache cache = open_cache(segment, "main");
  std::vector<std::string> others;
  for (unsigned i = 0; i < kOthers; ++i) {
    others.push_back(key_name("other", i));
    ASSERT_EQ(cache.put(others.back(), "v"), PutResult::stored);
  }
  const policy::Plane& plane = cache.region().plane;
  const std::vector<std::string> flood = keys_of_one_bucket(plane, kFlood);
  for (const std::string& key : flood) EXPECT_EQ(cache.put(key, "v"), PutResult::stored) << "no put fails";
  EXPECT_EQ(value_in(cache, flood.back()), "v") << "the newest is there";
  size_t flooded = 0, kept = 0;
  for (const std::string& key : flood) flooded += value_in(cache, key) ? 1 : 0;
  for (const std::string& key : others) kept += value_in(cache, key) ? 1 : 0;
  // Each tag has two alternates of its own, so the keys of one home spread over many buckets; but of one tag there are
  // at most three buckets.
  EXPECT_LE(flooded, kFlood);
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
  const index::Probe wanted = plane.index.probe(plane.hash("victim"));
  std::vector<std::string> flood;
  for (uint64_t i = 0; flood.size() < 60; ++i) {
    std::string key = fmt::format("flood-{:x}", i);
    const index::Probe probe = plane.index.probe(plane.hash(key));
    if (probe.home == wanted.home && probe.tag == wanted.tag) flood.push_back(std::move(key));
  }
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
