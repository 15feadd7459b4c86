// create_test.cc – a creator dies before or after any of its system calls.
//
// The story: a process creates a segment; it is stopped at one of its system calls. The name either does not exist or
// leads to a complete segment that can be attached, and nothing else lies about. It is killed there: the same holds,
// the doctor answers, and the next creator or attacher succeeds at once. Between two system calls nothing of the
// outside world changes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "step/diagnosis.h"
#include "step/runs.h"
#include "step/stepper.h"
#include "support/segments.h"

namespace larder::test {
namespace {

SegmentOptions options_in(const TempDirectory& directory) {
  SegmentOptions options = segment_options(directory, {cache_options("main", 16 << 10, 512)});
  options.workers = 4;
  options.threads = 8;
  return options;
}

/// Creates in a child that stands at the `stops`-th system call stop. Returns false if creation ended before.
bool create_until(Stepper& creator, int stops) {
  for (int i = 0; i < stops; ++i) {
    if (creator.next_syscall() == Stepper::Stop::end) return false;
  }
  return true;
}

/// Nothing there, or a complete segment. Returns whether it is there.
bool published_or_nothing(const TempDirectory& directory) {
  const std::vector<std::string> files = directory.files();
  if (files.empty()) return false;
  EXPECT_EQ(files, std::vector<std::string>{kSegmentFile});
  const Segment segment = attach_segment(directory.path());
  const Cache cache = open_cache(segment, "main");
  EXPECT_EQ(cache.put("k", "v"), PutResult::stored);
  EXPECT_EQ(value_in(cache, "k"), "v");
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
  return true;
}

TEST(Creator, MayDieAtEverySystemCall) {
  int stops = 0;
  int published = 0;
  for (bool inside = true; inside; ++stops) {
    const TempDirectory directory;
    Stepper creator([&directory](Stepper::Mark mark) {
      mark();
      const Segment segment = create_segment(options_in(directory));
      mark();
      return 0;
    });
    inside = create_until(creator, stops);
    const bool alive = published_or_nothing(directory);
    creator.kill();
    const std::string wrong = wrong_diagnosis(directory.path());
    EXPECT_EQ(wrong, "") << "the doctor, stop " << stops;
    const bool left = published_or_nothing(directory);
    EXPECT_EQ(left, alive) << "stop " << stops;
    EXPECT_TRUE(inside || left) << "creation ended but nothing is there";
    published += left ? 1 : 0;
    auto next = Segment::create(options_in(directory));
    EXPECT_EQ(static_cast<bool>(next), !left) << "stop " << stops;
    if (!next) {
      EXPECT_EQ(next.error().code, Code::exists) << next.error().message;
    }
    ASSERT_FALSE(HasFailure()) << "creator killed at system call stop " << stops;
  }
  EXPECT_GT(published, 0);
  EXPECT_GT(stops - published, 0);
  tell("killed", "create", fmt::format("states={} published={} diagnoses={}", stops, published, stops));
}

}  // namespace
}  // namespace larder::test
