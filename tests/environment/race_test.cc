// race_test.cc – promise P14: 32 processes create, attach and retire under one name, all at once.
//
// The story: a deployment restarts everything. Whoever finds no segment creates one; now and then somebody retires the
// one he has. Nobody ever meets a half-built segment, two segments under the name, or an answer that is none of the
// expected ones; and who made a segment finds the name leading to it until it is retired. LARDER_RACE_ROUNDS says how
// many times all of them together go through it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "segment/member.h"
#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

constexpr uint32_t kProcesses = 32;

SegmentOptions options_in(const TempDirectory& directory) {
  SegmentOptions options = segment_options(directory, {cache_options("main", 16 << 10, 512)});
  options.workers = 2 * kProcesses;  // also for those that leave while others come
  options.threads = 2 * kProcesses;
  return options;
}

struct Counts {
  std::atomic<uint64_t> begun, created, attached, retired, lost_races;
};

class Racer {
 public:
  Racer(const TempDirectory& directory, Counts& counts, uint64_t seed)
      : directory_(directory), counts_(counts), random_(seed) {}

  int run(uint64_t rounds) {
    while (counts_.begun++ < rounds)
      if (const std::string wrong = round(); !wrong.empty()) {
        fmt::print(stderr, "{}\n", wrong);
        return 1;
      }
    return 0;
  }

 private:
  std::string round() {
    Result<Segment> segment = Segment::attach("test", {.directory = directory_.path()});
    const bool none = !segment && segment.error().code == Code::not_found;
    if (none) segment = Segment::create(options_in(directory_));
    if (!segment) return judge(segment.error());
    ++(none ? counts_.created : counts_.attached);
    if (std::string wrong = use(*segment); !wrong.empty()) return wrong;
    if (none && !leads_here(*segment) && !segment->retired()) return "the name leads elsewhere, and nobody retired it";
    if (random_.below(4) == 0) {
      if (const Status status = segment->retire(); !status) return "retire: " + status.error().message;
      ++counts_.retired;
    }
    return {};
  }

  /// Answers that somebody else's being faster explains.
  std::string judge(const Error& error) {
    switch (error.code) {
      case Code::exists:
      case Code::not_found:
      case Code::retired:
      case Code::busy: ++counts_.lost_races; return {};
      default: return fmt::format("{}: {}", to_string(error.code), error.message);
    }
  }
  std::string use(const Segment& segment) {
    const auto cache = segment.cache("main");
    if (!cache) return "no cache: " + cache.error().message;
    const std::string key = key_name("k", random_.below(100));
    const PutResult put = cache->put(key, value_of(key, random_.next(), 40));
    if (put != PutResult::stored && put != PutResult::retired) return fmt::format("put: {}", to_string(put));
    const auto value = value_in(*cache, key);
    return value && !version_of(key, *value) ? "a value that nobody put there" : std::string();
  }
  bool leads_here(const Segment& segment) const {
    struct stat named {};
    const auto facts = segment.member()->file().facts();
    return facts && stat((directory_ / kSegmentFile).c_str(), &named) == 0 && named.st_ino == facts->inode;
  }
  const TempDirectory& directory_;
  Counts& counts_;
  Random random_;
};

TEST(Race, OfManyCreatorsAttachersAndRetirersEndsInOneSegment) {
  const char* wanted = std::getenv("LARDER_RACE_ROUNDS");
  const uint64_t rounds = wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : 600;
  const TempDirectory directory;
  void* map = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(map, MAP_FAILED);
  Counts& counts = *new (map) Counts{};
  std::vector<Process> racers;
  for (uint64_t seed = 1; seed <= kProcesses; ++seed)
    racers.emplace_back([&, seed] { return Racer(directory, counts, seed).run(rounds); });
  for (Process& racer : racers) {
    const Ending ending = racer.wait(std::chrono::minutes(10));
    EXPECT_TRUE(ending.ok()) << ending.text();
  }
  EXPECT_GT(counts.created, 0u);
  EXPECT_GT(counts.attached, 0u);
  EXPECT_GT(counts.retired, 0u);
  EXPECT_LE(directory.files().size(), 1u) << "nothing else is left";
  const auto last = Segment::create(options_in(directory));
  EXPECT_TRUE(last || last.error().code == Code::exists) << last.error().message;
  EXPECT_TRUE(Segment::attach("test", {.directory = directory.path()}));
  fmt::print("[  RACE    ] {} processes: {} created, {} attached, {} retired, {} times somebody else was faster\n",
             kProcesses, counts.created.load(), counts.attached.load(), counts.retired.load(),
             counts.lost_races.load());
}

}  // namespace
}  // namespace larder::test
