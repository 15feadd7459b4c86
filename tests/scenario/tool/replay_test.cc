// replay_test.cc – `larder replay` on traces whose outcome can be counted by hand.
#include <zlib.h>

#include <cstring>
#include <filesystem>

#include "run_tool.h"

namespace larder::test {
namespace {

struct Request {
  uint64_t key;
  uint32_t size;
  uint32_t ttl;
};

class Replay : public ToolTest {
 protected:
  std::string write_trace(const std::string& name, const std::vector<Request>& requests) {
    const std::string path = files_ / name;
    gzFile file = gzopen(path.c_str(), "wb");
    EXPECT_EQ(gzwrite(file, requests.data(), unsigned(requests.size() * sizeof(Request))),
              int(requests.size() * sizeof(Request)));
    EXPECT_EQ(gzclose(file), Z_OK);
    return path;
  }
  TempDirectory files_;
};

double number_in(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":");
  return at == std::string::npos ? -1 : std::stod(json.substr(at + name.size() + 3));
}

std::vector<Request> rounds(uint64_t keys, int times, uint32_t size) {
  std::vector<Request> requests;
  for (int round = 0; round < times; ++round) {
    for (uint64_t key = 0; key < keys; ++key) requests.push_back({key, size, 0});
  }
  return requests;
}

TEST_F(Replay, EverythingFitsSoOnlyTheFirstRoundMisses) {
  const std::string trace = write_trace("rounds.gz", rounds(1000, 5, 1));
  const Outcome run = tool({"replay", trace, "--percent", "200", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(is_json(run.out));
  EXPECT_EQ(number_in(run.out, "requests"), 5000);
  EXPECT_EQ(number_in(run.out, "misses"), 1000);
  EXPECT_EQ(number_in(run.out, "hits"), 4000);
  EXPECT_EQ(number_in(run.out, "evictions"), 0);
  EXPECT_EQ(number_in(run.out, "working_set_keys"), 1000);
  EXPECT_EQ(number_in(run.out, "working_set_bytes"), 100'000);
  EXPECT_EQ(number_in(run.out, "peak_payload_bytes"), 100'000);
  EXPECT_TRUE(directory_.files().empty()) << "the private segment was left behind";
}

TEST_F(Replay, EachWorkerTakesItsShare) {
  // Eight workers: request i goes to worker i % 8, and as 1000 is a multiple of 8, each key always to the same one.
  const std::string trace = write_trace("rounds.gz", rounds(1000, 4, 1));
  for (const char* workers : {"2", "8"}) {
    const Outcome run = tool({"replay", trace, "--workers", workers, "--percent", "200", "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(number_in(run.out, "requests"), 4000);
    EXPECT_EQ(number_in(run.out, "misses"), 1000);
    EXPECT_EQ(number_in(run.out, "failed"), 0);
  }
}

TEST_F(Replay, SizesAreThoseOfTheTrace) {
  std::vector<Request> requests;
  for (uint64_t key = 0; key < 100; ++key) requests.push_back({key, uint32_t(8 + key * 10), 0});
  const Outcome run = tool({"replay", write_trace("sizes.gz", requests), "--percent", "400", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(number_in(run.out, "working_set_bytes"), 100 * 8 + 10 * 4950);
  EXPECT_EQ(number_in(run.out, "peak_payload_bytes"), 100 * 8 + 10 * 4950);
  EXPECT_EQ(number_in(run.out, "stored"), 100);
}

TEST_F(Replay, LimitsRequestsAndSaysWhatIsTooLarge) {
  const std::string trace = write_trace("rounds.gz", rounds(1000, 5, 1));
  const Outcome run = tool({"replay", trace, "--requests", "1500", "--percent", "200", "--json", "--workers", "2"});
  EXPECT_EQ(number_in(run.out, "requests"), 1500);
  EXPECT_EQ(number_in(run.out, "hits"), 500);
  const Outcome large = tool(
      {"replay", write_trace("large.gz", {{1, 50'000'000, 0}, {1, 50'000'000, 0}, {2, 100, 0}}), "--budget", "1mb"});
  EXPECT_EQ(large.code, 0) << large.err;
  EXPECT_NE(large.out.find("too large"), std::string::npos) << large.out;
}

TEST_F(Replay, ASmallCacheEvictsAndHoldsWhatWasAskedFor) {
  const std::string trace = write_trace("rounds.gz", rounds(50'000, 3, 1));
  const Outcome run = tool({"replay", trace, "--percent", "20", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_GT(number_in(run.out, "evictions"), 50'000);
  EXPECT_GT(number_in(run.out, "peak_payload_bytes"), 0.9 * 1'000'000);
  EXPECT_LT(number_in(run.out, "peak_payload_bytes"), 1.1 * 1'000'000);
}

TEST_F(Replay, AgainstALiveSegmentItClearsOnlyItsCache) {
  make_segment();
  ASSERT_EQ(on_test({"put", "keep", "v", "--cache", "dnsTxt"}).code, 0);
  ASSERT_EQ(on_test({"put", "drop", "v", "--cache", "small"}).code, 0);
  const std::string trace = write_trace("rounds.gz", rounds(100, 3, 1));
  for (int i = 0; i < 2; ++i) {
    const Outcome run = on_test({"replay", trace, "--cache", "small", "--json", "--workers", "2"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(number_in(run.out, "misses"), 100) << "the cache was not cleared";
    EXPECT_EQ(number_in(run.out, "hits"), 200);
  }
  EXPECT_EQ(on_test({"get", "keep", "--cache", "dnsTxt"}).code, 0);
  EXPECT_EQ(on_test({"get", "drop", "--cache", "small"}).code, 1);
  const Outcome unclear = on_test({"replay", trace});
  EXPECT_EQ(unclear.code, 3);
  EXPECT_NE(unclear.err.find("--cache"), std::string::npos) << unclear.err;
  EXPECT_TRUE(is_clean(audit_of(directory_.path()), true));
}

TEST_F(Replay, RecordedTimesToLiveAreKept) {
  make_segment();
  const std::string trace = write_trace("ttl.gz", {{1, 50, 3600}, {2, 50, 0}});
  ASSERT_EQ(on_test({"replay", trace, "--cache", "small"}).code, 0);
  const Outcome listed = on_test({"keys", "--cache", "small", "--long"});
  EXPECT_NE(listed.out.find("59m"), std::string::npos) << listed.out;
}

TEST_F(Replay, RealTracesWithOneTwoAndEightWorkers) {
  const std::filesystem::path traces = std::filesystem::path(LARDER_SOURCE_DIR) / ".." / "shared" / "traces";
  if (!std::filesystem::exists(traces)) GTEST_SKIP() << "no recorded traces at " << traces;
  for (const auto& entry : std::filesystem::directory_iterator(traces)) {
    if (entry.path().extension() != ".gz") continue;
    for (const char* workers : {"1", "2", "8"}) {
      const Outcome run = tool({"replay", entry.path(), "--requests", "100000", "--workers", workers, "--json"});
      EXPECT_EQ(run.code, 0) << entry.path() << run.err;
      EXPECT_EQ(number_in(run.out, "hits") + number_in(run.out, "misses"), number_in(run.out, "requests"));
      EXPECT_GT(number_in(run.out, "requests"), 10'000);
      EXPECT_EQ(number_in(run.out, "failed"), 0);
    }
  }
}

}  // namespace
}  // namespace larder::test
