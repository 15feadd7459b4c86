// contents_test.cc – what the doctor says of full stores, values that do not fit, small indexes, damage, and
// configurations.
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>

#include "cache/region_layout.h"
#include "segment/layout.h"
#include "support/values.h"
#include "unit/doctor/doctor_test.h"

namespace larder::test {
namespace {

using Doctors = DoctorTest;

std::unique_ptr<Store> store_of(const Segment& segment) { return std::move(*segment.store("memory")); }

TEST_F(Doctors, OfAFullStoreSaysWhatFillsIt) {
  {
    const auto store = store_of(create_segment(options()));
    StoreStatus status = StoreStatus::ok;
    for (unsigned i = 0; status == StoreStatus::ok; ++i)
      status = store->key_set(key_name("k", i), std::string(400, 'v')).status;
    ASSERT_EQ(status, StoreStatus::full);
  }  // leaving writes the counters
  const Diagnosis diagnosis = ask();
  expect(diagnosis, "stores", Verdict::error, "store memory is full", "keys that begin with byte 107",
         "larder retire test");
  EXPECT_EQ(diagnosis.worst(), Verdict::error);
  uint64_t removed = 0;
  ASSERT_EQ(store_of(attach_segment(directory_.path()))->clear(removed), StoreStatus::ok);
  expect(ask(), "stores", Verdict::notice, "has refused ", "full for a while", "");
}

TEST_F(Doctors, OfValuesThatDoNotFit) {
  {
    const Segment segment = create_segment(options());
    EXPECT_EQ(open_cache(segment, "main").put("k", std::string(200'000, 'v')), PutResult::too_large);
    EXPECT_EQ(store_of(segment)->key_set("k", std::string(200'000, 'v')).status, StoreStatus::too_large);
  }  // leaving writes the counters
  const Diagnosis diagnosis = ask();
  expect(diagnosis, "caches", Verdict::warning, "cache main refused 1 values", "three quarters", "enlarge main");
  expect(diagnosis, "stores", Verdict::warning, "store memory refused 1 values", "4096 bytes", "larger pages");
}

TEST_F(Doctors, OfCachesThatKeepNothingOrRefuse) {
  SegmentOptions modes = options();
  modes.caches[0].mode = CacheMode::off;
  modes.caches.push_back(cache_options("strict", 64 << 10, 4096));
  modes.caches[1].mode = CacheMode::refuse;
  {
    const Cache strict = open_cache(create_segment(modes), "strict");
    for (int i = 0; i < 200; ++i) (void)strict.put(key_name("k", unsigned(i)), std::string(1000, 'v'));
  }
  const Diagnosis diagnosis = ask();
  expect(diagnosis, "caches", Verdict::notice, "cache main is off", "its mode", "evict");
  EXPECT_TRUE(says(diagnosis, Verdict::notice, "cache strict refused"));
}

TEST_F(Doctors, OfAnIndexThatIsTooSmall) {
  SegmentOptions wrong = segment_options(directory_, {cache_options("main", 1 << 20, 0, 4096)});
  {
    const Cache cache = open_cache(create_segment(wrong), "main");
    for (int i = 0; i < 20'000; ++i) ASSERT_EQ(cache.put(key_name("k", unsigned(i)), "v"), PutResult::stored);
  }
  expect(ask(), "caches", Verdict::warning, "the index of cache main is too small", "smaller than `expected`",
         "lower expected");
}

TEST_F(Doctors, OfDamagedContentsNamesTheRule) {
  {
    const Cache cache = open_cache(create_segment(options()), "main");
    for (int i = 0; i < 500; ++i) ASSERT_EQ(cache.put(key_name("k", unsigned(i)), "value"), PutResult::stored);
  }
  std::string bytes = content();
  std::fill(bytes.begin() + static_cast<ptrdiff_t>(bytes.size() / 4), bytes.end(), '\x5a');
  write(bytes);
  const Diagnosis diagnosis = ask();
  EXPECT_EQ(diagnosis.worst(), Verdict::error);
  const Finding audit = finding_of(diagnosis, "audit"), segment = finding_of(diagnosis, "segment");
  EXPECT_TRUE(audit.verdict == Verdict::error || segment.verdict == Verdict::error);
}

// Whatever is wrong, there is an answer in time.
TEST_F(Doctors, OfRandomDamageAlwaysAnswer) {
  {
    const Segment segment = create_segment(options());
    const Cache cache = open_cache(segment, "main");
    for (int i = 0; i < 500; ++i) ASSERT_EQ(cache.put(key_name("k", unsigned(i)), "value"), PutResult::stored);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(store_of(segment)->key_set(key_name("k", unsigned(i)), "value"));
  }
  const std::string right = content();
  Random random(5);
  for (int round = 0; round < 40; ++round) {
    std::string wrong = right;
    const size_t changes = size_t{1} << random.below(14);
    for (size_t i = 0; i < changes; ++i) {
      const size_t at = sizeof(segment::Superblock) + random.below(wrong.size() - sizeof(segment::Superblock));
      wrong[at] = static_cast<char>(random.below(256));
    }
    write(wrong);
    const Diagnosis diagnosis = ask();
    EXPECT_FALSE(diagnosis.findings.empty());
  }
}

// A check that crashes or hangs is a finding, and the others are made all the same.
TEST_F(Doctors, OfAFileThatIsShortenedWhileItIsReadStillAnswer) {
  create_segment(options());
  const std::string right = content();
  const Process other([&] {
    for (;;)
      if (truncate(path().c_str(), 4096) != 0 || truncate(path().c_str(), static_cast<off_t>(right.size())) != 0)
        return 1;
  });
  for (int round = 0; round < 20; ++round) ask();
}

TEST_F(Doctors, OfAConfigurationWithErrors) {
  const TempDirectory files;
  const std::string config = files / "larder.toml";
  std::ofstream(config) << "[segment]\nworkers = \"many\"\n";
  const Diagnosis diagnosis = ask(config);
  expect(diagnosis, "configuration", Verdict::error, "larder.toml:2", "any error", "larder conf check " + config);
  std::ofstream(config) << "[segment]\nname = \"mail\"\n";
  expect(ask(config), "configuration", Verdict::notice, "is about segment mail, not test", "", "larder doctor mail");
  expect(ask(files / "none"), "configuration", Verdict::error, "none", "", "larder conf check");
}

TEST_F(Doctors, OfASegmentThatIsNotWhatTheConfigurationAsksFor) {
  const TempDirectory files;
  const std::string config = files / "larder.toml";
  std::ofstream(config) << "[segment]\nname = \"test\"\n";
  expect(ask(config), "configuration", Verdict::ok, "larder.toml", "", "");
  create_segment(options());
  expect(ask(config), "configuration", Verdict::warning, "is not what", "fixed when a segment is made",
         "larder retire test");
}

}  // namespace
}  // namespace larder::test
