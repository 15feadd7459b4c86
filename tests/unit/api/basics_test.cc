// basics_test.cc – the plain meaning of every operation, one process.
#include <array>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using Basics = ApiTest;

TEST_F(Basics, GetFindsWhatPutStored) {
  EXPECT_EQ(cache_.put("k", "value"), PutResult::stored);
  std::string out = "before";
  const Lookup found = cache_.get("k", out);
  EXPECT_EQ(found.kind, Lookup::hit);
  EXPECT_EQ(found.size, 5u);
  EXPECT_EQ(out, "value");
}

TEST_F(Basics, GetOfAnAbsentKeyLeavesTheOutputAlone) {
  std::string out = "before";
  EXPECT_EQ(cache_.get("nobody", out).kind, Lookup::miss);
  EXPECT_EQ(out, "before");
}

TEST_F(Basics, PutReplacesWithAnotherLength) {
  for (const size_t length : {100u, 3u, 0u, 700u, 1u}) {
    const std::string value(length, static_cast<char>('a' + length % 26));
    ASSERT_EQ(cache_.put("k", value), PutResult::stored);
    EXPECT_EQ(value_in(cache_, "k"), value);
  }
  EXPECT_EQ(cache_figures(directory_.path(), "main").entries, 1u);
}

TEST_F(Basics, GetIntoABufferSaysWhenItIsTooSmall) {
  ASSERT_EQ(cache_.put("k", "0123456789"), PutResult::stored);
  std::array<std::byte, 9> small{};
  const Lookup refused = cache_.get("k", small);
  EXPECT_EQ(refused.kind, Lookup::too_small);
  EXPECT_EQ(refused.size, 10u);
  EXPECT_FALSE(refused);
  EXPECT_EQ(small, (std::array<std::byte, 9>{})) << "something was copied";
  std::array<std::byte, 10> exact{};
  ASSERT_TRUE(cache_.get("k", exact));
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(exact.data()), 10), "0123456789");
}

TEST_F(Basics, AddStoresOnlyWhatIsAbsent) {
  EXPECT_EQ(cache_.add("k", "first"), PutResult::stored);
  EXPECT_EQ(cache_.add("k", "second"), PutResult::exists);
  EXPECT_EQ(value_in(cache_, "k"), "first");
  EXPECT_TRUE(cache_.remove("k"));
  EXPECT_EQ(cache_.add("k", "third"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, "k"), "third");
}

TEST_F(Basics, ReplaceStoresOnlyOverWhatIsThere) {
  EXPECT_EQ(cache_.replace("k", "first"), PutResult::absent);
  EXPECT_EQ(value_in(cache_, "k"), std::nullopt);
  ASSERT_EQ(cache_.put("k", "second"), PutResult::stored);
  EXPECT_EQ(cache_.replace("k", "third"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, "k"), "third");
}

TEST_F(Basics, RemoveSaysWhetherSomethingWasThere) {
  EXPECT_FALSE(cache_.remove("k"));
  ASSERT_EQ(cache_.put("k", "v"), PutResult::stored);
  EXPECT_TRUE(cache_.remove("k"));
  EXPECT_FALSE(cache_.remove("k"));
  EXPECT_FALSE(cache_.contains("k"));
}

TEST_F(Basics, ContainsNeitherCountsNorReferences) {
  ASSERT_EQ(cache_.put("k", "v"), PutResult::stored);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(cache_.contains("k"));
  EXPECT_FALSE(cache_.contains("other"));
  const CacheFigures figures = final_figures();
  EXPECT_EQ(figures[Counter::hits] + figures[Counter::misses], 0u);
  auto inspector = observe::Inspector::open("test", directory_.path());
  ASSERT_TRUE(inspector) << inspector.error().message;
  observe::EntryInfo info;
  EXPECT_EQ(*observe::peek(*inspector, "main", "k", &info), "v");
  EXPECT_EQ(info.references, 0u);
}

TEST_F(Basics, ClearRemovesEverythingAndCountsIt) {
  for (uint64_t i = 0; i < 500; ++i) ASSERT_EQ(cache_.put(key_name("k", i), "v"), PutResult::stored);
  EXPECT_EQ(cache_.clear(), 500u);
  EXPECT_EQ(cache_.clear(), 0u);
  for (uint64_t i = 0; i < 500; ++i) EXPECT_FALSE(cache_.contains(key_name("k", i)));
  EXPECT_EQ(cache_.put("k-0001", "again"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, "k-0001"), "again");
}

TEST_F(Basics, GetManyAnswersEachRequest) {
  std::array<std::array<std::byte, 8>, 20> buffers{};
  std::vector<std::string> keys;
  std::vector<Fetch> requests;
  for (uint64_t i = 0; i < 20; ++i) keys.push_back(key_name("m", i));
  for (uint64_t i = 0; i < 20; i += 2) ASSERT_EQ(cache_.put(keys[i], std::string(i, 'x')), PutResult::stored);
  for (uint64_t i = 0; i < 20; ++i) requests.push_back({keys[i], buffers[i]});
  requests.push_back({"", {}});
  EXPECT_EQ(cache_.get_many(requests), 5u);  // 0, 2, 4, 6, 8 bytes fit into 8
  for (uint64_t i = 0; i < 20; ++i) {
    const Lookup::Kind wanted = i % 2 == 1 ? Lookup::miss : i <= 8 ? Lookup::hit : Lookup::too_small;
    EXPECT_EQ(requests[i].answer.kind, wanted) << i;
    if (i % 2 == 0) {
      EXPECT_EQ(requests[i].answer.size, i);
    }
  }
  EXPECT_EQ(requests.back().answer.kind, Lookup::invalid_key);
  EXPECT_EQ(cache_.get_many({}), 0u);
}

TEST(Keys, OfEveryLengthAreKeptApart) {
  const TempDirectory directory;
  const Segment segment = create_segment(segment_options(directory, {cache_options("main", 1 << 20, 4096)}));
  const Cache cache = open_cache(segment, "main");
  for (size_t length = 1; length <= kMaxKeyBytes; length += length < 70 ? 1 : 53) {
    const std::string key(length, 'k');
    ASSERT_EQ(cache.put(key, std::to_string(length)), PutResult::stored) << length;
  }
  ASSERT_EQ(cache.put(std::string(kMaxKeyBytes, 'k'), "longest"), PutResult::stored);
  EXPECT_EQ(value_in(cache, std::string(kMaxKeyBytes, 'k')), "longest");
  EXPECT_EQ(value_in(cache, "k"), "1");
  EXPECT_EQ(value_in(cache, std::string(69, 'k')), "69");
}

TEST_F(Basics, KeysMayHoldAnyByte) {
  const std::string zero("a\0b", 3);
  ASSERT_EQ(cache_.put(zero, "with zero"), PutResult::stored);
  ASSERT_EQ(cache_.put("a", "without"), PutResult::stored);
  EXPECT_EQ(value_in(cache_, zero), "with zero");
  EXPECT_EQ(value_in(cache_, "a"), "without");
  EXPECT_FALSE(cache_.contains(std::string("a\0c", 3)));
}

TEST_F(Basics, EmptyAndTooLongKeysAreRefusedByEveryOperation) {
  for (const std::string& key : {std::string(), std::string(kMaxKeyBytes + 1, 'k'), std::string(70'000, 'k')}) {
    std::string out;
    std::array<std::byte, 4> bytes{};
    EXPECT_EQ(cache_.get(key, out).kind, Lookup::invalid_key);
    EXPECT_EQ(cache_.get(key, bytes).kind, Lookup::invalid_key);
    EXPECT_FALSE(cache_.view(key));
    EXPECT_FALSE(cache_.contains(key));
    EXPECT_EQ(cache_.put(key, "v"), PutResult::invalid_key);
    EXPECT_EQ(cache_.add(key, "v"), PutResult::invalid_key);
    EXPECT_EQ(cache_.replace(key, "v"), PutResult::invalid_key);
    EXPECT_FALSE(cache_.remove(key));
    EXPECT_FALSE(cache_.touch(key, milliseconds(1000)));
  }
}

TEST_F(Basics, CountersTellWhatHappened) {
  ASSERT_EQ(cache_.put("a", "123"), PutResult::stored);
  ASSERT_EQ(cache_.add("b", "1"), PutResult::stored);
  ASSERT_EQ(cache_.replace("b", "22"), PutResult::stored);
  std::string out;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(cache_.get("a", out));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(cache_.get("c", out));
  EXPECT_TRUE(cache_.touch("a", milliseconds(60'000)));
  EXPECT_TRUE(cache_.remove("b"));
  const CacheFigures figures = final_figures();
  EXPECT_EQ(figures[Counter::hits], 5u);
  EXPECT_EQ(figures[Counter::misses], 3u);
  EXPECT_EQ(figures[Counter::puts], 3u);
  EXPECT_EQ(figures[Counter::put_bytes], 4u + 2u + 3u);
  EXPECT_EQ(figures[Counter::touches], 1u);
  EXPECT_EQ(figures[Counter::removes], 1u);
  EXPECT_EQ(figures.entries, 1u);
  EXPECT_EQ(figures.payload_bytes, 4u);
}

TEST_F(Basics, TheHandleKnowsItsNameAndTheSegmentItsCaches) {
  EXPECT_EQ(cache_.name(), "main");
  EXPECT_EQ(segment_.name(), "test");
  EXPECT_EQ(segment_.path(), directory_ / kSegmentFile);
  EXPECT_EQ(segment_.cache_names(), std::vector<std::string>{"main"});
  EXPECT_GT(segment_.bytes(), kBudget);
  const auto missing = segment_.cache("mian");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_NE((missing.error().message + missing.error().hint).find("main"), std::string::npos) << "the names there are";
}

}  // namespace
}  // namespace larder::test
