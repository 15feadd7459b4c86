// memory_limit_test.cc – promise P18 in a container: where a control group's memory is too small for a segment, or for
// a cache that is to grow, that is an answer with both numbers. The kernel would give none, but kill whoever asked.
//
// Needs a control group of its own, which root may make where the hierarchy is writable; is skipped elsewhere.
#include "os/memory_limit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "doctor/doctor.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr uint64_t kLimit = 48 << 20;

/// A group with a limit, at the top of the hierarchy; empty if it cannot be made.
class Group {
 public:
  Group() {
    const std::string name = fmt::format("/larder-test-{}", getpid());
    for (const auto& [mount, limit] :
         {std::pair{"/sys/fs/cgroup/memory", "/memory.limit_in_bytes"}, std::pair{"/sys/fs/cgroup", "/memory.max"},
          std::pair{"/sys/fs/cgroup/unified", "/memory.max"}}) {
      const std::string path = mount + name;
      if (mkdir(path.c_str(), 0755) != 0) continue;
      path_ = path;
      if (write(limit, kLimit)) return;
      rmdir(path.c_str());
      path_.clear();
    }
  }
  ~Group() {
    for (int tries = 0; !path_.empty() && rmdir(path_.c_str()) != 0 && errno == EBUSY && tries < 100; ++tries)
      usleep(10'000);  // its memory goes a moment after its processes
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  explicit operator bool() const { return !path_.empty(); }
  /// Brings this process in.
  bool enter() const { return write("/cgroup.procs", static_cast<uint64_t>(getpid())); }

 private:
  bool write(const char* file, uint64_t number) const {
    std::ofstream out(path_ + file);
    return static_cast<bool>(out << number << std::flush);
  }
  std::string path_;
};

/// The default caches need more than the limit leaves.
void expect_doctor_says_so(const TempDirectory& directory) {
  for (const doctor::Finding& finding : doctor::diagnose({"test", directory.path(), {}}).findings) {
    if (finding.check != "space") continue;
    EXPECT_EQ(finding.verdict, doctor::Verdict::error) << finding.what;
    EXPECT_NE(finding.what.find("of the memory limit of 48.0 MiB are left"), std::string::npos) << finding.what;
    EXPECT_NE(finding.next.find("MemoryMax"), std::string::npos) << finding.next;
    return;
  }
  ADD_FAILURE() << "the doctor did not look at the space";
}

TEST(MemoryLimit, IsAnAnswerAndNotADeath) {
  const Group group;
  if (!group) GTEST_SKIP() << "no control group can be made here";
  const TempDirectory directory;
  const Ending ending = in_child([&] {
    if (!group.enter()) return 77;
    const auto limit = os::memory_limit();
    EXPECT_TRUE(limit && limit->limit <= kLimit && limit->left < kLimit);
    const auto large = Segment::create(segment_options(directory, {cache_options("main", 2 * kLimit)}));
    if (large) return 3;
    EXPECT_EQ(large.error().code, Code::no_space) << large.error().message;
    EXPECT_NE(large.error().message.find(fmt::format("of the limit of {} bytes", kLimit)), std::string::npos)
        << large.error().message;
    EXPECT_NE(large.error().hint.find("MemoryMax"), std::string::npos) << large.error().hint;
    EXPECT_NE(access((directory / kSegmentFile).c_str(), F_OK), 0) << "something was left behind";
    expect_doctor_says_so(directory);

    CacheOptions growing = cache_options("main", 4 << 20);
    growing.max_size = 2 * kLimit;
    const auto segment = Segment::create(segment_options(directory, {growing}));
    EXPECT_TRUE(segment) << segment.error().message;
    if (!segment) return 1;
    const Cache cache = open_cache(*segment, "main");
    EXPECT_EQ(cache.put("k", "v"), PutResult::stored);
    const auto grown = cache.resize(2 * kLimit);
    if (grown) return 2;
    EXPECT_EQ(grown.error().code, Code::no_space) << grown.error().message;
    const auto fits = cache.resize(8 << 20);
    EXPECT_TRUE(fits) << fits.error().message;
    EXPECT_TRUE(cache.contains("k"));
    return 0;
  });
  if (ending.code == 77) GTEST_SKIP() << "the control group cannot be entered";
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
}

}  // namespace
}  // namespace larder::test
