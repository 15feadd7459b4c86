// attach_test.cc – what attach refuses, and that coming and going leaks nothing.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

class Attach : public ::testing::Test {
 protected:
  Result<Segment> attach() const { return Segment::attach("test", {.directory = directory_.path()}); }
  void make() const { create_segment(segment_options(directory_, {cache_options("main", 64 << 10)})); }
  std::string path() const { return directory_ / kSegmentFile; }
  void write_file(const std::string& content) const {
    std::ofstream(path(), std::ios::binary) << content;
    chmod(path().c_str(), 0600);
  }

  TempDirectory directory_;
};

TEST_F(Attach, ToNothingIsNotFound) { expect_refused(attach(), Code::not_found, "test"); }

TEST_F(Attach, ToABadNameIsRefused) {
  for (const char* name : {"", "a/b", "../test", "a b"}) {
    expect_refused(Segment::attach(name, {.directory = directory_.path()}), Code::invalid_argument, "name");
  }
}

TEST_F(Attach, WithABadKindIsRefused) {
  make();
  for (const std::string& kind : {std::string(), std::string(16, 'k')}) {
    expect_refused(Segment::attach("test", {.directory = directory_.path(), .kind = kind}), Code::invalid_argument,
                   "kind");
  }
}

TEST_F(Attach, ToAForeignFileIsRefused) {
  write_file(std::string(1 << 20, 'x'));
  expect_refused(attach(), Code::foreign, path());
  write_file(std::string(1 << 20, '\0'));
  expect_refused(attach(), Code::foreign, path());
}

TEST_F(Attach, ToAnEmptyOrTinyFileIsRefused) {
  for (const size_t length : {0u, 1u, 100u}) {
    write_file(std::string(length, 'x'));
    const auto result = attach();
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().code == Code::truncated || result.error().code == Code::foreign)
        << result.error().message;
  }
}

TEST_F(Attach, ToATruncatedFileIsRefused) {
  make();
  const auto whole = std::filesystem::file_size(path());
  for (const auto left :
       {whole - 1, whole - 4096, whole / 2, uintmax_t{8192}, uintmax_t{4096}, uintmax_t{100}, uintmax_t{8}}) {
    std::filesystem::resize_file(path(), left);
    expect_refused(attach(), Code::truncated, path());
  }
}

TEST_F(Attach, ToADirectoryALinkOrAPipeIsRefused) {
  ASSERT_EQ(mkdir(path().c_str(), 0700), 0);
  EXPECT_FALSE(attach());
  ASSERT_EQ(rmdir(path().c_str()), 0);
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  const Ending ending = in_child([this] { return attach() ? 1 : 0; }, std::chrono::seconds(5));
  EXPECT_TRUE(ending.ok()) << "attaching to a pipe: " << ending.text();
  ASSERT_EQ(unlink(path().c_str()), 0);
  const TempDirectory other;
  const Segment elsewhere = create_segment(segment_options(other, {cache_options("main", 64 << 10)}));
  ASSERT_EQ(symlink(elsewhere.path().c_str(), path().c_str()), 0);
  EXPECT_FALSE(attach()) << "a link in a shared directory may lead anywhere";
}

TEST_F(Attach, ToAFileOpenToEverybodyIsRefused) {
  make();
  ASSERT_EQ(chmod(path().c_str(), 0666), 0);
  expect_refused(attach(), Code::permission, path());
  ASSERT_EQ(chmod(path().c_str(), 0600), 0);
  EXPECT_TRUE(attach());
}

TEST_F(Attach, WithoutPermissionIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody without permission";
  make();
  ASSERT_EQ(chmod(directory_.path().c_str(), 0755), 0);
  const Ending ending = in_child([this] {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) return 1;
    expect_refused(attach(), Code::permission, path());
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
}

/// Pages of address space this process uses.
uint64_t address_space() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages;
}

TEST_F(Attach, ManyTimesLeaksNeitherSlotsNorMemory) {
  make();
  constexpr int kTimes = 1000;
  const uint64_t before = address_space();
  for (int i = 0; i < kTimes; ++i) {
    const auto segment = attach();
    ASSERT_TRUE(segment) << i << ": " << segment.error().message;
    ASSERT_EQ(open_cache(*segment, "main").put("k", "v"), PutResult::stored);
  }
  EXPECT_LT(address_space(), before + kTimes / 2) << "less than half a page each";
  EXPECT_TRUE(figures_of(directory_.path()).workers.empty());
  EXPECT_TRUE(is_clean(audit_of(directory_.path()), true));
}

TEST_F(Attach, IsRefusedWhenAllSlotsAreTakenAndWorksAgainAfterwards) {
  SegmentOptions options = segment_options(directory_, {cache_options("main", 64 << 10)});
  options.workers = 3;
  options.threads = 3;
  create_segment(options);
  std::vector<Segment> all;
  for (int i = 0; i < 3; ++i) all.push_back(attach_segment(directory_.path()));
  expect_refused(attach(), Code::no_slot, "3");
  all.pop_back();
  EXPECT_TRUE(attach());
}

TEST_F(Attach, FindsTheSlotsOfTheDead) {
  SegmentOptions options = segment_options(directory_, {cache_options("main", 64 << 10)});
  options.workers = 3;
  options.threads = 3;
  create_segment(options);
  for (int i = 0; i < 10; ++i) {
    const Ending ending = in_child([this] {
      const Segment segment = attach_segment(directory_.path());
      if (open_cache(segment, "main").put("k", "v") != PutResult::stored) return 1;
      std::abort();
    });
    EXPECT_EQ(ending.signal, SIGABRT) << ending.text();
  }
  const Segment segment = attach_segment(directory_.path());
  EXPECT_EQ(segment.bury_dead(), 0u) << "attach has buried already, or needed not to";
  EXPECT_TRUE(is_clean(audit_of(directory_.path())));
}

TEST_F(Attach, ReadOnlyReadsAndWritesNothing) {
  make();
  const Segment writer = attach_segment(directory_.path());
  ASSERT_EQ(open_cache(writer, "main").put("k", "value"), PutResult::stored);
  auto reader = Segment::attach("test", {.directory = directory_.path(), .read_only = true});
  ASSERT_TRUE(reader) << reader.error().message;
  const Cache cache = open_cache(*reader, "main");
  EXPECT_EQ(value_in(cache, "k"), "value");
  EXPECT_TRUE(cache.contains("k"));
  EXPECT_EQ(cache.view("k").text(), "value");
  EXPECT_EQ(cache.put("k", "new"), PutResult::read_only);
  EXPECT_EQ(cache.add("n", "new"), PutResult::read_only);
  EXPECT_EQ(cache.replace("k", "new"), PutResult::read_only);
  EXPECT_FALSE(cache.remove("k"));
  EXPECT_FALSE(cache.touch("k", milliseconds(1000)));
  EXPECT_FALSE(cache.remove_tag(1));
  EXPECT_EQ(cache.clear(), 0u);
  EXPECT_EQ(reader->bury_dead(), 0u);
  EXPECT_FALSE(reader->retire());
  EXPECT_EQ(value_in(cache, "k"), "value");
  EXPECT_EQ(figures_of(directory_.path()).workers.size(), 1u) << "a reader takes no slot";
}

TEST_F(Attach, TwiceInOneProcessIsTwoWorkers) {
  make();
  const Segment first = attach_segment(directory_.path());
  const Segment second = attach_segment(directory_.path());
  EXPECT_EQ(figures_of(directory_.path()).workers.size(), 2u);
  ASSERT_EQ(open_cache(first, "main").put("k", "v"), PutResult::stored);
  EXPECT_EQ(value_in(open_cache(second, "main"), "k"), "v");
}

TEST_F(Attach, ToTwoSegmentsKeepsThemApart) {
  make();
  SegmentOptions options = segment_options(directory_, {cache_options("main", 64 << 10)});
  options.name = "other";
  const Segment other = create_segment(options);
  const Segment segment = attach_segment(directory_.path());
  ASSERT_EQ(open_cache(segment, "main").put("k", "first"), PutResult::stored);
  ASSERT_EQ(open_cache(other, "main").put("k", "second"), PutResult::stored);
  EXPECT_EQ(value_in(open_cache(segment, "main"), "k"), "first");
  EXPECT_EQ(value_in(open_cache(other, "main"), "k"), "second");
}

}  // namespace
}  // namespace larder::test
