// index_test.cc – the index on its own: keys are their positions, so every answer can be checked.
#include "index/index.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace larder::index {
namespace {

uint64_t mixed(uint64_t n) {
  n *= 0x9e3779b97f4a7c15u;
  n ^= n >> 29;
  n *= 0xbf58476d1ce4e5b9u;
  return n ^ n >> 32;
}

struct Fixture {
  std::vector<Bucket> buckets;
  base::Atomic64 at{}, word{};
  Index index;
  explicit Fixture(size_t count) : buckets(count), index(std::span<Bucket>(buckets)) {}

  Probe probe(uint32_t key) const { return index.probe(mixed(key)); }
  static auto is(uint32_t key) {
    return [key](uint32_t position) { return position == key ? Match::live : Match::other; };
  }
  Publication insert(uint32_t key, Presence presence = Presence::any) {
    return index.publish(probe(key), key, presence, 3, {&at, &word, 0}, is(key));
  }
  bool has(uint32_t key) const { return static_cast<bool>(index.find(probe(key), is(key))); }
  uint64_t spills() const {
    uint64_t sum = 0;
    for (const Bucket& bucket : buckets) sum += HeaderWord::Spill::get(bucket.header.load_relaxed());
    return sum;
  }
};

TEST(Index, FindsWhatWasInsertedAndNothingElse) {
  Fixture f(1000);
  for (uint32_t key = 1; key <= 4000; ++key) EXPECT_EQ(f.insert(key).what, Published::inserted);
  for (uint32_t key = 1; key <= 4000; ++key) EXPECT_TRUE(f.has(key)) << key;
  for (uint32_t key = 5001; key <= 9000; ++key) EXPECT_FALSE(f.has(key)) << key;
}

TEST(Index, GivesBackHomeFromSlotAndBucket) {
  Fixture f(997);
  for (uint32_t key = 1; key < 5000; ++key) {
    const Probe p = f.probe(key);
    for (uint32_t which = 0; which < kChoices; ++which) {
      const uint32_t bucket = f.index.choice(p.home, p.tag, which);
      ASSERT_LT(bucket, 997u);
      EXPECT_EQ(f.index.home_of(bucket, SlotWord::Tag::make(p.tag) | SlotWord::Which::make(which)), p.home);
    }
  }
}

TEST(Index, RemovalsLeaveNoSpillBehind) {
  Fixture f(200);
  for (uint32_t key = 1; key <= 1200; ++key) static_cast<void>(f.insert(key));
  EXPECT_GT(f.spills(), 0u);
  for (uint32_t key = 1; key <= 1200; ++key) static_cast<void>(f.index.remove(f.probe(key), Fixture::is(key)));
  EXPECT_EQ(f.spills(), 0u);
  for (const Bucket& bucket : f.buckets)
    for (const base::Atomic64& slot : bucket.slots) EXPECT_TRUE(SlotWord::empty(slot.load_relaxed()));
}

TEST(Index, DropsTheLeastReferencedEntryWhenAllBucketsOfAKeyAreFull) {
  Fixture f(4);
  uint32_t evicted = 0, inserted = 0;
  for (uint32_t key = 1; key <= 100; ++key) {
    const Publication p = f.insert(key);
    ASSERT_EQ(p.what, Published::inserted);
    ++inserted;
    evicted += p.index_evictions;
    EXPECT_TRUE(f.has(key));
  }
  uint32_t live = 0;
  for (uint32_t key = 1; key <= 100; ++key) live += f.has(key) ? 1 : 0;
  EXPECT_EQ(live, inserted - evicted);
  EXPECT_LE(live, 4 * kSlots);
}

TEST(Index, HonoursPresence) {
  Fixture f(16);
  EXPECT_EQ(f.insert(7, Presence::only_present).what, Published::refused);
  EXPECT_FALSE(f.has(7));
  EXPECT_EQ(f.insert(7, Presence::only_absent).what, Published::inserted);
  EXPECT_EQ(f.insert(7, Presence::only_absent).what, Published::refused);
  EXPECT_EQ(f.insert(7, Presence::only_present).what, Published::replaced);
  EXPECT_EQ(f.insert(7).what, Published::replaced);
}

TEST(Index, CompletesTheClaimOfADeadThreadThatTheHeaderNames) {
  Fixture f(16);
  const Probe p = f.probe(9);
  const uint64_t pending = SlotWord::Version::make(1) | SlotWord::Tag::make(p.tag) | SlotWord::Position::make(9);
  f.buckets[p.home].slots[2].store_relaxed(pending);
  const uint64_t at = 1 + uint64_t{p.home} * 8 + 2;
  f.buckets[p.home].header.store_relaxed(HeaderWord::Version::make(1) | HeaderWord::OpTag::make(p.tag) |
                                         HeaderWord::Op::make(3) | HeaderWord::OpVersion::make(1));
  EXPECT_TRUE(f.has(9)) << "linearized: a lookup reads through the pending slot";
  f.index.resolve_claim(at, pending);
  EXPECT_TRUE(SlotWord::live(f.buckets[p.home].slots[2].load_relaxed()));
  EXPECT_EQ(HeaderWord::Op::get(f.buckets[p.home].header.load_relaxed()), 0u);
  f.index.resolve_claim(at, pending);  // again: nothing to do
  EXPECT_TRUE(f.has(9));
}

TEST(Index, ReleasesTheClaimOfADeadThreadThatNobodyNames) {
  Fixture f(16);
  const Probe p = f.probe(9);
  const uint64_t pending = SlotWord::Version::make(1) | SlotWord::Tag::make(p.tag) | SlotWord::Position::make(9);
  f.buckets[p.home].slots[2].store_relaxed(pending);
  EXPECT_FALSE(f.has(9));
  f.index.resolve_claim(1 + uint64_t{p.home} * 8 + 2, pending);
  EXPECT_TRUE(SlotWord::empty(f.buckets[p.home].slots[2].load_relaxed()));
}

}  // namespace
}  // namespace larder::index
