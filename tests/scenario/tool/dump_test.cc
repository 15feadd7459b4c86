// dump_test.cc – an administrator dumps a segment while its workers work, some of them killed and one stopped, loads
// the file elsewhere, damages it, and is told what became of every record.
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "run_tool.h"
#include "support/process.h"
#include "support/values.h"

namespace larder::test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::unique_ptr<Store> store_of(const Segment& segment) { return std::move(*segment.store("memory")); }

constexpr uint64_t kStill = 2000, kBusy = 300;
constexpr size_t kValueBytes = 200;

class Dumps : public ToolTest {
 protected:
  static SegmentOptions plan(const TempDirectory& directory, uint64_t cache_bytes = 4 << 20) {
    SegmentOptions options = segment_options(directory, {cache_options("cache", cache_bytes)});
    options.stores.emplace_back();
    options.stores.back().size = 4 << 20;
    return options;
  }
  /// Keys that nobody touches any more.
  static void fill(const Segment& segment) {
    const Cache cache = open_cache(segment, "cache");
    const auto store = store_of(segment);
    for (uint64_t i = 0; i < kStill; ++i) {
      const std::string key = key_name("still", i);
      ASSERT_EQ(cache.put(key, value_of(key, i, kValueBytes), {.tag = 3}), PutResult::stored);
      ASSERT_TRUE(store->key_set(key, value_of(key, i, kValueBytes), std::chrono::hours(1)));
      ASSERT_TRUE(store->counter_incr(key_name("count", i), static_cast<int64_t>(i) - 1000));
    }
  }
  /// Replaces, removes and counts for ever.
  static int work(const std::string& directory, uint64_t seed) {
    const Segment segment = attach_segment(directory);
    const Cache cache = open_cache(segment, "cache");
    const auto store = store_of(segment);
    Random random(seed);
    for (uint64_t version = 1;; ++version) {
      const std::string key = key_name("busy", random.below(kBusy));
      const std::string value = value_of(key, version, 16 + random.below(1000));
      if (random.below(10) == 0) {
        (void)store->key_delete(key);
        (void)cache.remove(key);
      } else {
        (void)store->key_set(key, value);
        (void)cache.put(key, value);
      }
      (void)store->counter_incr("shared", 1);
    }
  }
  Outcome load_into(const TempDirectory& directory, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"load-dump"});
    arguments.insert(arguments.end(), {"--segment", "test", "--directory", directory.path()});
    return run_larder(arguments);
  }

  TempDirectory other_;
};

/// The still keys are all there (of the cache, those that `source` kept), the busy ones that are there are whole.
void expect_loaded(const TempDirectory& directory, const Cache& source, int64_t counted_before, int64_t counted_after) {
  const Segment segment = attach_segment(directory.path());
  const Cache cache = open_cache(segment, "cache");
  const auto store = store_of(segment);
  for (uint64_t i = 0; i < kStill; ++i) {
    const std::string key = key_name("still", i);
    if (source.contains(key)) {
      EXPECT_EQ(version_of(key, value_in(cache, key).value_or("")), i) << key;
    }
    Record record;
    ASSERT_EQ(store->fetch(key, record), StoreStatus::ok) << key;
    EXPECT_EQ(version_of(key, record.value), i);
    EXPECT_TRUE(record.ttl);
    EXPECT_EQ(store->counter_get(key_name("count", i)).value, static_cast<int64_t>(i) - 1000);
  }
  int met = 0;
  for (uint64_t i = 0; i < kBusy; ++i) {
    const std::string key = key_name("busy", i);
    std::string value;
    const auto cached = value_in(cache, key);
    EXPECT_TRUE(!cached || version_of(key, *cached)) << key;
    if (store->key_get(key, value) != StoreStatus::ok) continue;
    EXPECT_TRUE(version_of(key, value)) << key;
    ++met;
  }
  EXPECT_GT(met, int(kBusy) / 2);
  const int64_t counted = store->counter_get("shared").value;
  EXPECT_GE(counted, counted_before);
  EXPECT_LE(counted, counted_after);
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
}

TEST_F(Dumps, OfAWorkingSegmentHoldEverythingThatStays) {
  const Segment segment = create_segment(plan(directory_));
  fill(segment);
  const auto store = store_of(segment);
  std::vector<Process> workers;
  for (uint64_t seed = 1; seed <= 3; ++seed)
    workers.emplace_back([this, seed] { return work(directory_.path(), seed); });
  while (store->counter_get("shared").value < 2000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  workers[1].kill();  // nobody buries it
  workers[2].signal(SIGSTOP);
  const int64_t before = store->counter_get("shared").value;
  const std::string file = other_ / "file";
  const Outcome run = on_test({"dump", "--out", file});
  const int64_t after = store->counter_get("shared").value;
  workers.clear();
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "cache cache: ")) << run.out;
  EXPECT_TRUE(has(run.out, "store memory: ")) << run.out;
  EXPECT_TRUE(has(run.out, "each as it was at some moment")) << run.out;
  struct stat st {};
  ASSERT_EQ(::stat(file.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0600u);

  create_segment(plan(other_, 8 << 20));
  const Outcome dry = load_into(other_, {file, "--dry-run"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_TRUE(has(dry.out, "WOULD LOAD")) << dry.out;
  const Outcome loaded = load_into(other_, {file});
  ASSERT_EQ(loaded.code, 0) << loaded.err;
  EXPECT_TRUE(has(loaded.out, "memory")) << loaded.out;
  expect_loaded(other_, open_cache(segment, "cache"), before, after);
  const Outcome again = load_into(other_, {file});
  EXPECT_EQ(again.code, 3);
  EXPECT_TRUE(has(again.err, "is not empty") && has(again.err, "--missing")) << again.err;
  EXPECT_EQ(load_into(other_, {file, "--missing"}).code, 0);
}

TEST_F(Dumps, SayWhatIsInThemAndWhatIsLost) {
  const Segment segment = create_segment(plan(directory_));
  fill(segment);
  const std::string file = other_ / "file";
  ASSERT_EQ(on_test({"dump", "memory", "--out", file}).code, 0);
  const Outcome info = run_larder({"dump", "--info", file});
  EXPECT_EQ(info.code, 0) << info.err;
  EXPECT_TRUE(has(info.out, "segment     test")) << info.out;
  EXPECT_TRUE(has(info.out, "memory") && has(info.out, "4,000")) << info.out;
  EXPECT_FALSE(has(info.out, "cache ")) << info.out;
  EXPECT_TRUE(is_json(run_larder({"dump", "--info", file, "--json"}).out));

  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(5000);
    bytes << "damage";
  }
  EXPECT_EQ(run_larder({"dump", "--info", file}).code, 5);
  create_segment(plan(other_));
  const Outcome refused = load_into(other_, {file});
  EXPECT_EQ(refused.code, 5);
  EXPECT_TRUE(has(refused.err, "damaged") && has(refused.err, "--salvage")) << refused.err;
  const Outcome salvaged = load_into(other_, {file, "--salvage"});
  EXPECT_EQ(salvaged.code, 5);
  EXPECT_TRUE(has(salvaged.err, "lost: bytes ") && has(salvaged.err, " records of memory")) << salvaged.err;
  const auto store = store_of(attach_segment(other_.path()));
  uint64_t there = 0;
  for (uint64_t i = 0; i < kStill; ++i) there += store->key_exists(key_name("still", i)) == StoreStatus::ok ? 1 : 0;
  EXPECT_GT(there, kStill / 4);
  EXPECT_LT(there, kStill);
}

TEST_F(Dumps, GoThroughAPipeAndAskBeforeTheyReplace) {
  const Segment segment = create_segment(plan(directory_));
  fill(segment);
  const std::string file = other_ / "file";
  ASSERT_EQ(on_test({"dump", "memory", "--prefix", "still-000", "--out", file}).code, 0);
  const Outcome there = on_test({"dump", "--out", file});
  EXPECT_EQ(there.code, 3);
  EXPECT_TRUE(has(there.err, "exists already") && has(there.err, "--force")) << there.err;
  EXPECT_EQ(on_test({"dump", "memory", "--prefix", "still-000", "--out", file, "--force"}).code, 0);
  const Outcome piped = on_test({"dump", "memory", "--prefix", "still-000", "--out", "-"});
  ASSERT_EQ(piped.code, 0) << piped.err;
  EXPECT_TRUE(has(piped.err, "10 values")) << piped.err;
  create_segment(plan(other_));
  const Outcome loaded =
      run_larder({"load-dump", "-", "--segment", "test", "--directory", other_.path(), "--json"}, piped.out);
  ASSERT_EQ(loaded.code, 0) << loaded.err;
  EXPECT_TRUE(is_json(loaded.out));
  EXPECT_TRUE(has(loaded.out, "\"loaded\":10")) << loaded.out;
  EXPECT_EQ(run_larder({"load-dump", "-"}, "something else").code, 4);
  EXPECT_EQ(run_larder({"load-dump", "-"}, piped.out.substr(0, piped.out.size() / 2)).code, 5);
  EXPECT_EQ(run_larder({"load-dump", other_ / "nothing"}).code, 3);
  EXPECT_EQ(on_test({"dump", "nothing", "--out", "-"}).code, 3);
}

}  // namespace
}  // namespace larder::test
