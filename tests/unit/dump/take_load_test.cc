// take_load_test.cc – from a segment to a file and back, into the same and into other shapes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <thread>

#include "dump/load.h"
#include "dump/take.h"
#include "support/segments.h"
#include "support/values.h"
#include "unit/dump/dump_test.h"

namespace larder::test {
namespace {

using dump::LoadOptions;
using dump::Present;
using std::chrono::hours;
using std::chrono::milliseconds;

class DumpAndLoad : public ::testing::Test {
 protected:
  static SegmentOptions options(const TempDirectory& directory, uint64_t size = 1 << 20) {
    SegmentOptions options = segment_options(directory, {cache_options("main", size), cache_options("other", size)});
    StoreOptions store;
    store.size = size;
    store.page_size = 16 << 10;
    store.durable = {'d'};
    options.stores.push_back(store);
    return options;
  }
  static std::unique_ptr<Store> store_of(const Segment& segment) { return std::move(*segment.store("memory")); }

  std::string take(const dump::TakeOptions& wanted = {}) {
    std::string file;
    const auto inspector = observe::Inspector::open("test", from_.path());
    EXPECT_TRUE(inspector);
    const auto receipt = dump::take(*inspector, wanted, [&](std::string_view bytes) -> Status {
      file += bytes;
      return Done{};
    });
    EXPECT_TRUE(receipt) << receipt.error().message;
    return file;
  }
  static Result<std::vector<dump::Loaded>> load(const Segment& segment, const std::string& file,
                                                const LoadOptions& wanted = {}) {
    const auto survey = survey_of(file);
    EXPECT_TRUE(survey) << survey.error().message;
    return dump::load(segment, dump::MemorySource(file), *survey, wanted);
  }
  static observe::EntryInfo info_of(const TempDirectory& directory, const std::string& key) {
    observe::EntryInfo info;
    EXPECT_TRUE(observe::peek(*observe::Inspector::open("test", directory.path()), "main", key, &info)) << key;
    return info;
  }

  TempDirectory from_, to_;
};

TEST_F(DumpAndLoad, BringsEverythingBackWithItsTimesAndTags) {
  const Segment source = create_segment(options(from_));
  const Cache cache = open_cache(source, "main");
  ASSERT_EQ(cache.put("plain", "1"), PutResult::stored);
  ASSERT_EQ(cache.put("", "1"), PutResult::invalid_key);
  ASSERT_EQ(cache.put("empty", ""), PutResult::stored);
  ASSERT_EQ(cache.put("ttl", "2", {.ttl = hours(1)}), PutResult::stored);
  ASSERT_EQ(cache.put("far", "2", {.ttl = hours(24 * 3000)}), PutResult::stored);
  ASSERT_EQ(cache.put("idle", "3", {.idle = hours(2)}), PutResult::stored);
  ASSERT_EQ(cache.put("both", "4", {.ttl = hours(3), .idle = hours(1), .tag = 9}), PutResult::stored);
  ASSERT_EQ(cache.put("soon", "5", {.ttl = milliseconds(30)}), PutResult::stored);
  const auto store = store_of(source);
  ASSERT_TRUE(store->key_set("value", std::string(1000, 'v'), hours(5)));
  ASSERT_TRUE(store->key_set("durable", ""));
  ASSERT_TRUE(store->counter_incr("lowest", INT64_MIN));
  ASSERT_TRUE(store->counter_incr("highest", INT64_MAX, hours(1)));
  const std::string file = take();

  std::this_thread::sleep_for(milliseconds(60));
  const Segment target = create_segment(options(to_));
  const auto loaded = load(target, file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ((*loaded)[0].loaded, 6u);
  EXPECT_EQ((*loaded)[0].expired, 1u);
  EXPECT_EQ((*loaded)[2].loaded, 4u);
  const Cache back = open_cache(target, "main");
  EXPECT_EQ(value_in(back, "plain"), "1");
  EXPECT_EQ(value_in(back, "empty"), "");
  EXPECT_EQ(value_in(back, "soon"), std::nullopt);
  for (const char* key : {"plain", "empty", "ttl", "far", "idle", "both"}) {
    const observe::EntryInfo was = info_of(from_, key), is = info_of(to_, key);
    EXPECT_LE(std::abs(was.ttl_ms - is.ttl_ms), 50) << key;
    EXPECT_LE(std::abs(was.deadline_ms - is.deadline_ms), 50) << key;
    EXPECT_EQ(was.idle_ms, is.idle_ms);
    EXPECT_EQ(was.tag, is.tag);
  }
  EXPECT_TRUE(back.remove_tag(9));
  EXPECT_EQ(value_in(back, "both"), std::nullopt);
  const auto again = store_of(target);
  Record record;
  ASSERT_EQ(again->fetch("value", record), StoreStatus::ok);
  EXPECT_EQ(record.value, std::string(1000, 'v'));
  EXPECT_LE(std::abs((*record.ttl - hours(5)).count()), 1000);
  EXPECT_EQ(again->counter_get("lowest").value, INT64_MIN);
  EXPECT_EQ(again->counter_get("highest").value, INT64_MAX);
  EXPECT_TRUE(again->ttl("highest").ttl);
  EXPECT_FALSE(again->ttl("lowest").ttl);
  EXPECT_EQ(again->key_exists("durable"), StoreStatus::ok);
  EXPECT_TRUE(is_clean(audit_of(to_.path())));
}

TEST_F(DumpAndLoad, AnEntryWithoutTimesStaysSoInACacheWithDefaults) {
  const Segment source = create_segment(options(from_));
  ASSERT_EQ(open_cache(source, "main").put("k", "v"), PutResult::stored);
  SegmentOptions other = options(to_);
  other.caches[0].ttl = milliseconds(1);
  const Segment target = create_segment(other);
  ASSERT_TRUE(load(target, take()));
  EXPECT_EQ(info_of(to_, "k").ttl_ms, -1);
}

// Damage gave an entry so much time that its sum with the time of day ran over. Found by random damage (seed 1068967).
TEST_F(DumpAndLoad, ATimeThatDamageMadeEndlessBecomesTheLongest) {
  const std::string key = "a-key-that-is-met-once-only";
  const Segment source = create_segment(options(from_));
  ASSERT_EQ(open_cache(source, "main").put(key, "value", {.ttl = kMaxTtl}), PutResult::stored);
  const int file = open((from_ / kSegmentFile).c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(file, 0);
  std::string bytes(source.bytes(), 0);
  ASSERT_EQ(pread(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  const size_t at = bytes.find(key);
  ASSERT_NE(at, std::string::npos);
  const int64_t endless = INT64_MAX - 20;  // a far expiry stands in the word before the key
  ASSERT_EQ(pwrite(file, &endless, sizeof endless, static_cast<off_t>(at - sizeof endless)), ssize_t{sizeof endless});
  close(file);
  ASSERT_GT(info_of(from_, key).ttl_ms, kMaxTtl.count());

  const Segment target = create_segment(options(to_));
  ASSERT_TRUE(load(target, take()));
  const int64_t ttl = info_of(to_, key).ttl_ms;
  EXPECT_LE(ttl, kMaxTtl.count());
  EXPECT_GT(ttl, kMaxTtl.count() - 60'000);
}

TEST_F(DumpAndLoad, KeysThatAreThereDecideByWhatWasSaid) {
  const Segment source = create_segment(options(from_));
  ASSERT_EQ(open_cache(source, "main").put("k", "dumped"), PutResult::stored);
  ASSERT_TRUE(store_of(source)->key_set("k", "dumped"));
  ASSERT_TRUE(store_of(source)->counter_incr("n", 5));
  const std::string file = take();
  const Segment target = create_segment(options(to_));
  ASSERT_EQ(open_cache(target, "main").put("k", "there"), PutResult::stored);
  ASSERT_TRUE(store_of(target)->key_set("k", "there"));
  ASSERT_TRUE(store_of(target)->counter_incr("n", 7));

  const auto refused = load(target, file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exists);
  std::string out;
  for (const bool dry : {true, false}) {
    const auto kept = load(target, file, {.present = Present::keep, .dry_run = dry});
    ASSERT_TRUE(kept);
    EXPECT_EQ((*kept)[0].kept, 1u);
    EXPECT_EQ((*kept)[2].kept, 2u);
    EXPECT_EQ(value_in(open_cache(target, "main"), "k"), "there");
    EXPECT_EQ(store_of(target)->counter_get("n").value, 7);
  }
  for (const bool dry : {true, false}) {
    const auto replaced = load(target, file, {.present = Present::overwrite, .dry_run = dry});
    ASSERT_TRUE(replaced);
    EXPECT_EQ((*replaced)[2].loaded, 2u);
    EXPECT_EQ(value_in(open_cache(target, "main"), "k"), dry ? "there" : "dumped");
    EXPECT_EQ(store_of(target)->counter_get("n").value, dry ? 7 : 5);
    EXPECT_EQ(store_of(target)->key_get("k", out), StoreStatus::ok);
    EXPECT_EQ(out, dry ? "there" : "dumped");
  }
}

TEST_F(DumpAndLoad, ChoosesByNameAndPrefixAndRenames) {
  const Segment source = create_segment(options(from_));
  ASSERT_EQ(open_cache(source, "main").put("a1", "v"), PutResult::stored);
  ASSERT_EQ(open_cache(source, "main").put("b1", "v"), PutResult::stored);
  ASSERT_EQ(open_cache(source, "other").put("a2", "v"), PutResult::stored);
  const std::string some = take({.names = {"main"}, .prefix = "a"});
  EXPECT_EQ(survey_of(some)->records, std::vector<uint64_t>{1});
  const std::string file = take();
  const Segment target = create_segment(options(to_));
  EXPECT_EQ(load(target, file, {.only = {"nothing"}}).error().code, Code::not_found);
  EXPECT_EQ(load(target, file, {.as = "other"}).error().code, Code::invalid_argument);
  EXPECT_EQ(load(target, file, {.only = {"main"}, .as = "memory"}).error().code, Code::not_found);
  ASSERT_TRUE(load(target, file, {.only = {"main"}, .as = "other"}));
  EXPECT_EQ(value_in(open_cache(target, "other"), "a1"), "v");
  EXPECT_EQ(value_in(open_cache(target, "other"), "a2"), std::nullopt);
  EXPECT_EQ(value_in(open_cache(target, "main"), "a1"), std::nullopt);
}

TEST_F(DumpAndLoad, SaysWhatDoesNotFit) {
  const Segment source = create_segment(options(from_));
  const auto store = store_of(source);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(store->key_set("k" + std::to_string(i), std::string(1000, 'v')));
  ASSERT_TRUE(store->key_set("large", std::string(6000, 'v')));
  const std::string file = take();
  SegmentOptions small = options(to_);
  small.stores[0].size = 64 << 10;
  small.stores[0].page_size = 4096;
  const Segment target = create_segment(small);
  const auto loaded = load(target, file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const dump::Loaded& counts = (*loaded)[2];
  EXPECT_EQ(counts.too_large, 1u);
  EXPECT_GT(counts.loaded, 20u);
  EXPECT_EQ(counts.loaded + counts.no_room + counts.too_large, 301u);
  EXPECT_NE(counts.full_text.find("store memory"), std::string::npos);
  EXPECT_TRUE(is_clean(audit_of(to_.path())));
}

TEST_F(DumpAndLoad, OfARetiredSegmentIntoItsSuccessor) {
  const Segment source = create_segment(options(from_));
  ASSERT_EQ(open_cache(source, "main").put("k", "v"), PutResult::stored);
  const std::string kept = from_ / "kept";
  ASSERT_EQ(link((from_ / kSegmentFile).c_str(), kept.c_str()), 0);
  ASSERT_TRUE(source.retire());
  const auto inspector = observe::Inspector::open(kept);
  ASSERT_TRUE(inspector);
  ASSERT_TRUE(dump::take_to_file(*inspector, {}, to_ / "file", false));
  const Segment successor = create_segment(options(from_));
  const auto opened = dump::open_file(to_ / "file");
  ASSERT_TRUE(opened);
  const auto survey = dump::survey(**opened, "file", dump::Damaged::refuse);
  ASSERT_TRUE(survey);
  ASSERT_TRUE(dump::load(successor, **opened, *survey, {}));
  EXPECT_EQ(value_in(open_cache(successor, "main"), "k"), "v");
}

TEST_F(DumpAndLoad, TheFileIsPrivateCompleteAndNeverReplacedUnasked) {
  create_segment(options(from_));
  const auto inspector = observe::Inspector::open("test", from_.path());
  const std::string path = to_ / "file";
  ASSERT_TRUE(dump::take_to_file(*inspector, {}, path, false));
  struct stat st {};
  ASSERT_EQ(stat(path.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0600u);
  EXPECT_EQ(dump::take_to_file(*inspector, {}, path, false).error().code, Code::exists);
  EXPECT_TRUE(dump::take_to_file(*inspector, {}, path, true));
  EXPECT_EQ(dump::take_to_file(*inspector, {.names = {"nothing"}}, to_ / "none", false).error().code, Code::not_found);
  EXPECT_EQ(to_.files(), std::vector<std::string>{"file"});
  EXPECT_EQ(dump::take_to_file(*inspector, {}, to_ / "no/such/place", false).error().code, Code::not_found);
}

TEST_F(DumpAndLoad, AnInterruptedDumpLeavesNothing) {
  const Segment source = create_segment(options(from_, 4 << 20));
  const Cache cache = open_cache(source, "main");
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(cache.put(key_name("k", unsigned(i)), "v"), PutResult::stored);
  const auto inspector = observe::Inspector::open("test", from_.path());
  dump::TakeOptions stop;
  stop.interrupted = [] { return true; };
  EXPECT_EQ(dump::take_to_file(*inspector, stop, to_ / "file", false).error().code, Code::busy);
  EXPECT_TRUE(to_.files().empty());
}

// What makes a restart warm: after a dump and a load, the requests that follow hit as often as in a cache of the
// target's size that saw all requests.
class WarmRestart : public DumpAndLoad {
 protected:
  /// Hits of 20,000 requests that a loaded cache of `size` has more than one that was never restarted.
  int gain(uint64_t size) {
    SegmentOptions both = options(from_, 256 << 10);
    both.caches[1].size = size;
    const Segment source = create_segment(both), target = create_segment(options(to_, size));
    const Cache dumped = open_cache(source, "main"), never = open_cache(source, "other");
    const Cache loaded = open_cache(target, "main");
    for (int i = 0; i < 200'000; ++i) {
      const std::string wanted = key();
      ask(dumped, wanted);
      ask(never, wanted);
    }
    EXPECT_TRUE(load(target, take({.names = {"main"}})));
    int more = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::string wanted = key();
      more += ask(loaded, wanted) - ask(never, wanted);
    }
    return more;
  }

 private:
  /// About Zipf: the logarithm of the rank is uniform.
  std::string key() {
    const double exponent = double(random_.below(1 << 20)) / (1 << 20);
    return key_name("k", static_cast<uint64_t>(std::pow(20'000.0, exponent)));
  }
  static int ask(const Cache& cache, const std::string& wanted) {
    if (value_in(cache, wanted)) return 1;
    EXPECT_EQ(cache.put(wanted, std::string(100, 'v')), PutResult::stored);
    return 0;
  }

  Random random_{11};
};

TEST_F(WarmRestart, OfTheSameSizeLosesNothing) { EXPECT_GT(gain(256 << 10), -200); }

TEST_F(WarmRestart, IntoHalfTheSizeKeepsTheBetterHalf) { EXPECT_GT(gain(128 << 10), -300); }

}  // namespace
}  // namespace larder::test
