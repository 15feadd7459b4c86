// reads_test.cc – promise P10: no read ever sees a torn value, nor one older than the last that was seen.
//
// The story: two readers get, get_many and view what a writer replaces, evicts and removes as fast as it can, small
// values, values of several pages, and records that move. Every value proves each of its words. LARDER_READS_MILLIONS
// says how many million reads, LARDER_READS_SEED which. Before that: the proof finds every mixture of two values, and a
// reader finds one that was planted.
#include "stress/reads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/segments.h"

namespace larder::test {
namespace {

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

std::string proven(uint64_t key, uint64_t version, size_t length) {
  std::string value(length, '\0');
  Proof(key).write(value, version);
  return value;
}

TEST(Proof, FindsEveryMixtureOfTwoValues) {
  const Proof proof(7);
  uint64_t mixtures = 0;
  for (size_t length = Proof::kShortest; length <= 80; ++length) {
    const std::string older = proven(7, 41, length), newer = proven(7, 42, length);
    ASSERT_EQ(proof.version_in(older), 41u);
    ASSERT_EQ(proof.version_in(newer), 42u);
    for (size_t from = 0; from < length; ++from)
      for (size_t to = from + 1; to <= length; ++to) {
        std::string mixed = older;
        mixed.replace(from, to - from, newer, from, to - from);
        if (mixed == older || mixed == newer) continue;
        ++mixtures;
        ASSERT_EQ(proof.version_in(mixed), 0u) << length << " bytes, " << from << " to " << to << " of the newer one";
      }
  }
  EXPECT_GT(mixtures, 80'000u);
}

TEST(Proof, FindsValuesOfOtherKeysOtherLengthsAndMovedOnes) {
  const Proof proof(7);
  for (size_t length = Proof::kShortest; length <= 300; ++length) {
    const std::string value = proven(7, 42, length);
    EXPECT_EQ(proof.version_in(proven(8, 42, length)), 0u);
    EXPECT_EQ(proof.version_in(value + '\0'), 0u);
    EXPECT_EQ(proof.version_in(value.substr(0, length - 1)), 0u);
    EXPECT_EQ(proof.version_in(value.substr(0, 8) + value.substr(9) + value[8]), 0u);
    for (size_t at = 0; at < length; ++at) {
      std::string flipped = value;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      EXPECT_EQ(proof.version_in(flipped), 0u) << length << " bytes, at " << at;
    }
  }
}

/// Puts one version of everything, then that of `key` which the last argument makes, and lets a reader look.
ReadCounts counts_after(const std::function<std::string(const Proof& proof)>& planted) {
  const TempDirectory directory;
  const Segment segment = create_segment(reads_options(directory));
  const ReadField& field = read_fields().front();
  const Cache cache = open_cache(segment, field.name);
  std::string value(64, '\0');
  for (size_t key = 0; key < field.keys.size(); ++key) {
    field.proofs[key].write(value, 100);
    EXPECT_EQ(cache.put(field.keys[key], value), PutResult::stored);
  }
  Reader reader(segment, 1);
  for (int step = 0; step < 10'000; ++step) reader.step();
  EXPECT_GT(reader.counts().hits, 0u);
  EXPECT_EQ(reader.counts().torn + reader.counts().back, 0u);
  EXPECT_EQ(cache.put(field.keys[5], planted(field.proofs[5])), PutResult::stored);
  for (int step = 0; step < 10'000; ++step) reader.step();
  return reader.counts();
}

TEST(Reads, APlantedTornValueIsFound) {
  const ReadCounts counts = counts_after([](const Proof& proof) {
    std::string older(64, '\0'), newer(64, '\0');
    proof.write(older, 100);
    proof.write(newer, 101);
    return newer.substr(0, 40) + older.substr(40);
  });
  EXPECT_GT(counts.torn, 0u);
  EXPECT_EQ(counts.back, 0u);
}

TEST(Reads, AnOlderVersionThanBeforeIsFound) {
  const ReadCounts counts = counts_after([](const Proof& proof) {
    std::string older(64, '\0');
    proof.write(older, 99);
    return older;
  });
  EXPECT_GT(counts.back, 0u);
  EXPECT_EQ(counts.torn, 0u);
}

TEST(Reads, UnderReplacesAndEvictionsAreNeverTorn) {
  const TempDirectory directory;
  create_segment(reads_options(directory));
  const uint64_t millions = number_from("LARDER_READS_MILLIONS", 10), seed = number_from("LARDER_READS_SEED", 1);
  const Readings readings = read_under_storm(directory, millions * 1'000'000, 2, seed);
  const ReadCounts& counts = readings.counts;
  fmt::print(
      "[  READS   ] seed {}: {} reads in {:.0f} s ({} get, {} get_many, {} view, {} of large values, {} of records), "
      "{} "
      "hits\n[  READS   ] beside them {} puts and {} removals, {} evictions, {} pages of the store compacted; {} torn, "
      "{} older than before\n",
      seed, counts.reads(), readings.seconds, counts.gets, counts.many, counts.views, counts.large, counts.store,
      counts.hits, counts.puts, counts.removes, readings.evictions, readings.moved, counts.torn, counts.back);
  EXPECT_EQ(readings.complaint, "");
  EXPECT_EQ(counts.torn, 0u);
  EXPECT_EQ(counts.back, 0u);
  EXPECT_GE(counts.reads(), millions * 1'000'000);
  EXPECT_GT(counts.hits, counts.reads() / 2);
  EXPECT_GT(counts.puts, 1000u);
  EXPECT_GT(readings.evictions, 100u);
  EXPECT_GT(readings.moved, 10u);
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
}

}  // namespace
}  // namespace larder::test
