// create_test.cc – what create accepts, what it refuses, and that a refusal leaves nothing behind.
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

class Create : public ::testing::Test {
 protected:
  SegmentOptions options() const { return segment_options(directory_, {cache_options("main", 64 << 10)}); }
  void expect_rejected(const SegmentOptions& bad, const std::string& word) const {
    expect_refused(Segment::create(bad), Code::invalid_argument, word);
    EXPECT_TRUE(directory_.files().empty()) << "something was left behind";
  }

  TempDirectory directory_;
};

TEST_F(Create, LeavesExactlyOneFileOfTheRightMode) {
  for (const uint32_t mode : {0600u, 0640u, 0660u}) {
    SegmentOptions wanted = options();
    wanted.mode = mode;
    const Segment segment = create_segment(wanted);
    EXPECT_EQ(directory_.files(), std::vector<std::string>{kSegmentFile});
    struct stat status {};
    ASSERT_EQ(stat(segment.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, mode);
    EXPECT_EQ(static_cast<uint64_t>(status.st_size), segment.bytes());
    EXPECT_GE(static_cast<uint64_t>(status.st_blocks) * 512, segment.bytes()) << "all memory is reserved";
    ASSERT_TRUE(segment.retire());
  }
}

TEST_F(Create, RefusesBadNames) {
  for (const std::string& name :
       {std::string(), std::string("a/b"), std::string("a b"), std::string(kMaxNameBytes + 1, 'n'), std::string(".."),
        std::string("."), std::string("a\0b", 3)}) {
    SegmentOptions bad = options();
    bad.name = name;
    expect_rejected(bad, "name");
    bad = options();
    bad.caches[0].name = name == ".." || name == "." ? "" : name;
    expect_rejected(bad, "name");
  }
}

TEST_F(Create, RefusesBadSizesAndSaysWhichCache) {
  const auto with = [this](auto change) {
    SegmentOptions bad = options();
    change(bad.caches[0]);
    expect_rejected(bad, "main");
  };
  with([](CacheOptions& cache) { cache.size = kMinCacheBytes - 1; });
  with([](CacheOptions& cache) { cache.size = 0; });
  with([](CacheOptions& cache) { cache.size = kMaxCacheBytes + 1; });
  with([](CacheOptions& cache) { cache.page_size = kMinPageBytes / 2; });
  with([](CacheOptions& cache) { cache.page_size = 3000; });
  with([](CacheOptions& cache) { cache.page_size = kMaxPageBytes * 2; });
  with([](CacheOptions& cache) { cache.max_size = cache.size - 1; });
  with([](CacheOptions& cache) { cache.max_size = kMaxCacheBytes + 1; });
  with([](CacheOptions& cache) { cache.min_size = cache.size + 1; });
  with([](CacheOptions& cache) { cache.min_size = kMinCacheBytes - 1; });
  with([](CacheOptions& cache) { cache.miss_cost = 0; });
  with([](CacheOptions& cache) {
    cache.page_size = kMinPageBytes;
    cache.max_size = uint64_t{5} << 30;
  });
  with([](CacheOptions& cache) { cache.expected_entry = 0; });
  with([](CacheOptions& cache) { cache.ttl = milliseconds(0); });
  with([](CacheOptions& cache) { cache.ttl = milliseconds(-5); });
  with([](CacheOptions& cache) { cache.idle = kMaxTtl + milliseconds(1); });
  with([](CacheOptions& cache) { cache.policy.cold = 1.5; });
  with([](CacheOptions& cache) { cache.policy.cap = 4; });
  with([](CacheOptions& cache) { cache.policy.ghosts = -1; });
}

TEST_F(Create, RefusesBadSegments) {
  const auto with = [this](auto change, const std::string& word) {
    SegmentOptions bad = options();
    change(bad);
    expect_rejected(bad, word);
  };
  with([](SegmentOptions& segment) { segment.caches.clear(); }, "cache");
  with([](SegmentOptions& segment) { segment.caches.push_back(segment.caches[0]); }, "main");
  with([](SegmentOptions& segment) { segment.workers = 0; }, "workers");
  with([](SegmentOptions& segment) { segment.workers = kMaxWorkers + 1; }, "workers");
  with([](SegmentOptions& segment) { segment.threads = segment.workers - 1; }, "threads");
  with([](SegmentOptions& segment) { segment.mode = 0666; }, "mode");
  with([](SegmentOptions& segment) { segment.mode = 0777; }, "mode");
  with([](SegmentOptions& segment) { segment.group = "no-such-group-anywhere"; }, "no-such-group-anywhere");
  with(
      [](SegmentOptions& segment) {
        for (uint32_t i = 0; i < kMaxCaches; ++i) segment.caches.push_back(cache_options(key_name("c", i), 4096));
      },
      "caches");
}

TEST_F(Create, RefusesAMissingDirectory) {
  SegmentOptions bad = options();
  bad.directory = directory_ / "nowhere";
  const auto result = Segment::create(bad);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("nowhere"), std::string::npos) << result.error().message;
}

TEST_F(Create, ASecondTimeIsRefusedAndHarmsNothing) {
  const Segment first = create_segment(options());
  const Cache cache = open_cache(first, "main");
  ASSERT_EQ(cache.put("k", "v"), PutResult::stored);
  expect_refused(Segment::create(options()), Code::exists, "test");
  EXPECT_EQ(directory_.files(), std::vector<std::string>{kSegmentFile});
  EXPECT_EQ(value_in(open_cache(attach_segment(directory_.path()), "main"), "k"), "v");
}

TEST_F(Create, ByManyAtOnceSucceedsForExactlyOne) {
  for (int round = 0; round < 10; ++round) {
    const TempDirectory directory;
    std::vector<Process> creators;
    for (int i = 0; i < 6; ++i) {
      creators.emplace_back([&directory] {
        const auto made = Segment::create(segment_options(directory, {cache_options("main", 64 << 10)}));
        if (!made && made.error().code != Code::exists) return 2;
        const Cache cache = open_cache(attach_segment(directory.path()), "main");
        return cache.put(key_name("k", static_cast<uint64_t>(getpid())), "v") != PutResult::stored ? 3 : made ? 0 : 1;
      });
    }
    int winners = 0;
    for (Process& creator : creators) {
      const Ending ending = creator.wait();
      ASSERT_TRUE(ending.code == 0 || ending.code == 1) << ending.text();
      winners += ending.code == 0 ? 1 : 0;
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(cache_figures(directory.path(), "main").entries, 6u);
  }
}

TEST_F(Create, WithoutPermissionIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody without permission";
  ASSERT_EQ(chmod(directory_.path().c_str(), 0755), 0);
  const Ending ending = in_child([this] {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) return 1;
    expect_refused(Segment::create(options()), Code::permission, directory_.path());
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_TRUE(directory_.files().empty());
}

TEST_F(Create, OnAFileSystemThatIsTooSmallSaysWhatIsNeededAndWhatIsThere) {
  const std::string place = directory_ / "small";
  ASSERT_EQ(mkdir(place.c_str(), 0700), 0);
  constexpr int kCannotMount = 77;
  const Ending ending = in_child([this, &place] {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kCannotMount;
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kCannotMount;
    if (mount("none", place.c_str(), "tmpfs", 0, "size=256k") != 0) return kCannotMount;
    SegmentOptions large = options();
    large.directory = place;
    large.workers = large.threads = 8;
    large.caches[0].size = 1 << 20;
    const auto result = Segment::create(large);
    expect_refused(result, Code::no_space, "1");
    EXPECT_TRUE(result || !result.error().hint.empty()) << "the message should say what to do";
    EXPECT_NE(access((place + "/" + kSegmentFile).c_str(), F_OK), 0) << "something was left behind";
    large.caches[0].size = 16 << 10;
    const auto fitting = Segment::create(large);
    EXPECT_TRUE(fitting) << fitting.error().message;
    return 0;
  });
  if (ending.code == kCannotMount)
    GTEST_SKIP() << "mounting a small tmpfs in a namespace of its own is not permitted here";
  EXPECT_TRUE(ending.ok()) << ending.text();
}

}  // namespace
}  // namespace larder::test
