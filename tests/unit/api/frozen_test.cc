// frozen_test.cc – an entry that a hand froze and never moved: it lives on, and takes new times by moving.
#include <thread>

#include "cache/region.h"
#include "ring/entry_times.h"
#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Leaves the entry as a hand does that dies before it moved it. Returns its position.
uint32_t freeze(const Cache& cache, std::string_view key) {
  const policy::Plane& plane = cache.region().plane;
  cache::Sought sought(plane, key);
  const index::Found found = plane.index.find(sought.probe, sought.by_key(plane));
  EXPECT_TRUE(found);
  ring::ExpiryCell(sought.entry.words, sought.entry.header).freeze();
  return found.position();
}

uint32_t position_of(const Cache& cache, std::string_view key) {
  const policy::Plane& plane = cache.region().plane;
  cache::Sought sought(plane, key);
  return plane.index.find(sought.probe, sought.by_key(plane)).position();
}

class Frozen : public ApiTest {
 protected:
  observe::EntryInfo look(std::string_view key) const {
    const auto inspector = observe::Inspector::open("test", directory_.path());
    observe::EntryInfo info;
    EXPECT_TRUE(inspector && observe::peek(*inspector, "main", key, &info)) << key;
    return info;
  }
};

TEST_F(Frozen, ReadsAndReplacementsFindItAsItWas) {
  ASSERT_EQ(cache_.put("k", "value", {.ttl = hours(1), .tag = 4}), PutResult::stored);
  const uint32_t position = freeze(cache_, "k");
  EXPECT_EQ(value_in(cache_, "k"), "value");
  EXPECT_EQ(cache_.view("k").text(), "value");
  EXPECT_EQ(position_of(cache_, "k"), position);
  EXPECT_GT(look("k").ttl_ms, milliseconds(minutes(59)).count());
  EXPECT_EQ(cache_.add("k", "other"), PutResult::exists);
  EXPECT_EQ(cache_.put("k", "next"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, "k"), "next");
  EXPECT_EQ(look("k").ttl_ms, -1);
}

TEST_F(Frozen, ATouchMovesItWithAllItsTerms) {
  for (const milliseconds ttl : {milliseconds(minutes(2)), milliseconds(hours(5))}) {
    ASSERT_EQ(cache_.put("k", "value", {.ttl = hours(1), .idle = hours(7), .tag = 4}), PutResult::stored);
    const uint32_t position = freeze(cache_, "k");
    EXPECT_TRUE(cache_.touch("k", ttl));
    EXPECT_NE(position_of(cache_, "k"), position);
    const observe::EntryInfo info = look("k");
    EXPECT_LE(info.ttl_ms, ttl.count());
    EXPECT_GT(info.ttl_ms, (ttl - minutes(1)).count());
    EXPECT_EQ(info.idle_ms, milliseconds(hours(7)).count());
    EXPECT_EQ(info.tag, 4);
    EXPECT_EQ(value_in(cache_, "k"), "value");
    const uint32_t moved = position_of(cache_, "k");
    EXPECT_TRUE(cache_.touch("k", minutes(1)));
    EXPECT_EQ(position_of(cache_, "k"), moved) << "the copy is not frozen";
  }
}

TEST_F(Frozen, AnIdleEntryThatIsReadLivesOn) {
  constexpr milliseconds kIdle(4000), kPassed(500);  // a slide is due after a sixteenth
  ASSERT_EQ(cache_.put("read", "value", {.idle = kIdle}), PutResult::stored);
  ASSERT_EQ(cache_.put("viewed", "value", {.idle = kIdle}), PutResult::stored);
  freeze(cache_, "read");
  freeze(cache_, "viewed");
  std::this_thread::sleep_for(kPassed);
  EXPECT_LE(look("read").ttl_ms, (kIdle - kPassed).count() + 20);
  EXPECT_EQ(value_in(cache_, "read"), "value");
  EXPECT_EQ(cache_.view("viewed").text(), "value");
  for (const char* key : {"read", "viewed"}) EXPECT_GT(look(key).ttl_ms, (kIdle - kPassed / 2).count()) << key;
}

TEST(FrozenInRefuse, ATouchTakesAReservedPage) {
  const TempDirectory directory;
  CacheOptions options = cache_options("main", 64 << 10);
  options.mode = CacheMode::refuse;
  const Segment segment = create_segment(segment_options(directory, {options}));
  const Cache cache = open_cache(segment, "main");
  uint64_t stored = 0;
  const std::string value(100, 'v');
  while (cache.put(key_name("k", stored), value, {.ttl = hours(1)}) == PutResult::stored) ++stored;
  ASSERT_GT(stored, 100u);
  freeze(cache, key_name("k", 3));
  EXPECT_TRUE(cache.touch(key_name("k", 3), minutes(1)));
  for (uint64_t i = 0; i < stored; ++i) EXPECT_EQ(value_in(cache, key_name("k", i)), value) << i;
}

}  // namespace
}  // namespace larder::test
