// readers_test.cc – promises P26 and P29: who only reads changes not one byte, and the segment is in no core dump.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "observe/policy.h"
#include "support/segments.h"

namespace larder::test {
namespace {

class Readers : public ::testing::Test {
 protected:
  Readers() {
    SegmentOptions options = segment_options(directory_, {cache_options("main", 1 << 20)});
    options.stores.emplace_back();
    const Segment segment = create_segment(options);
    const auto store = std::move(*segment.store("memory"));
    for (unsigned i = 0; i < 300; ++i) {
      EXPECT_EQ(open_cache(segment, "main").put(key_name("k", i), std::string(i * 7, 'v')), PutResult::stored);
      EXPECT_TRUE(store->key_set(key_name("k", i), "v"));
      EXPECT_TRUE(store->counter_incr(key_name("c", i), 1));
    }
  }
  std::string bytes() const {
    std::stringstream all;
    all << std::ifstream(directory_ / kSegmentFile, std::ios::binary).rdbuf();
    return all.str();
  }

  TempDirectory directory_;
};

TEST_F(Readers, ChangeNotOneByte) {
  const std::string before = bytes();
  {
    const auto reader = Segment::attach("test", {.directory = directory_.path(), .read_only = true});
    ASSERT_TRUE(reader) << reader.error().message;
    const Cache cache = open_cache(*reader, "main");
    const auto store = std::move(*reader->store("memory"));
    Record record;
    for (unsigned i = 0; i < 10'000; ++i) {  // counters are written once in 4096 operations, by those who may
      const std::string key = key_name("k", i % 400);
      EXPECT_EQ(bool(value_in(cache, key)), i % 400 < 300);
      (void)cache.view(key);
      (void)cache.contains(key);
      (void)store->fetch(key, record);
      (void)store->ttl(key);
    }
    EXPECT_GT(store->scan({}, 0, 1000).items.size(), 0u);
    EXPECT_EQ(store->key_set("k", "v").status, StoreStatus::read_only);
    EXPECT_EQ(store->counter_incr("c", 1).status, StoreStatus::read_only);
  }
  {
    const auto inspector = observe::Inspector::open("test", directory_.path());
    ASSERT_TRUE(inspector);
    EXPECT_TRUE(is_clean(observe::audit(*inspector), true));
    (void)observe::read_figures(*inspector);
    (void)observe::read_policies(*inspector);
    EXPECT_TRUE(observe::read_entries(*inspector, "main", {},
                                      [](const observe::EntryInfo&, std::string_view) { return true; }));
    EXPECT_TRUE(observe::list_records(*inspector, "memory", {}, [](const ScanItem&) { return true; }));
  }
  EXPECT_TRUE(bytes() == before);
}

/// VmFlags of the first mapping of the file.
std::string flags_of_mapping(const std::string& file) {
  std::ifstream maps("/proc/self/smaps");
  bool ours = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') != std::string::npos && line.find('-') < 20) ours = line.find(file) != std::string::npos;
    if (ours && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

TEST_F(Readers, AndWritersKeepTheSegmentOutOfCoreDumps) {
  for (const bool read_only : {false, true}) {
    const auto segment = Segment::attach("test", {.directory = directory_.path(), .read_only = read_only});
    ASSERT_TRUE(segment);
    const std::string flags = flags_of_mapping(directory_ / kSegmentFile);
    if (flags.empty()) GTEST_SKIP() << "the kernel does not say the flags of mappings";
    EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
  }
}

}  // namespace
}  // namespace larder::test
