// retire_test.cc – whoever removes a retired segment's name is overtaken by others who do the same and go on.
//
// The story: a process is about to remove a retired segment's name, because it retires it or because it creates the
// successor. It is stopped at one of its system calls. Another process creates a successor, for which it removes the
// retired name as well, if nobody is just doing that. Then the first one goes on. A segment that somebody was told is
// there must be there: its name may not be taken for the retired one's.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstddef>

#include "segment/layout.h"
#include "step/image.h"
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

/// The inode that the name leads to; 0 = none.
uint64_t named(const TempDirectory& directory) {
  struct stat st {};
  return lstat((directory / kSegmentFile).c_str(), &st) == 0 ? st.st_ino : 0;
}

/// Leaves the name of a segment that was retired by somebody who died before he removed it.
void leave_retired_name(const TempDirectory& directory) {
  const Segment segment = create_segment(options_in(directory));
  Image image = read_image(directory / kSegmentFile);
  const auto state = static_cast<std::byte>(segment::SegmentState::retired);
  image[offsetof(segment::Superblock, state)] = state;
  write_image(image, directory / kSegmentFile);
}

/// What became of one run.
struct Overtaken {
  bool inside = true;    ///< the first one stood still before its end
  bool created = false;  ///< the other one's successor was made while the first one stood still
};

/// One run: `first` stands still at the `stops`-th system call stop, a successor is created, `first` goes on.
Overtaken overtake(const TempDirectory& directory, const Stepper::Body& first, int stops) {
  Stepper stepper(first);
  Overtaken run;
  for (int i = 0; i < stops && run.inside; ++i) run.inside = stepper.next_syscall() == Stepper::Stop::inside;
  const auto successor = Segment::create(options_in(directory));
  run.created = static_cast<bool>(successor);
  if (!successor) {
    EXPECT_EQ(successor.error().code, Code::exists) << successor.error().message;
  }
  const uint64_t inode = run.created ? named(directory) : 0;
  const Ending ending = stepper.run_to_end();
  EXPECT_TRUE(ending.ok()) << ending.text();
  if (run.created) {
    EXPECT_EQ(named(directory), inode) << "the successor lost its name";
    EXPECT_FALSE(successor->retired());
  }
  return run;
}

TEST(Remover, OfItsOwnRetiredSegmentNeverTakesASuccessorsName) {
  int stops = 0, overtaken = 0;
  for (bool inside = true; inside; ++stops) {
    const TempDirectory directory;
    create_segment(options_in(directory));
    const Overtaken run = overtake(
        directory,
        [&directory](Stepper::Mark mark) {
          const Segment segment = attach_segment(directory.path());
          mark();
          const Status retired = segment.retire();
          mark();
          return retired ? 0 : 1;
        },
        stops);
    inside = run.inside;
    if (!run.created) {  // the retirer did not get far enough, or was just about to remove the name
      const auto later = Segment::create(options_in(directory));
      EXPECT_TRUE(later) << later.error().message;
    }
    overtaken += run.created && inside ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << "stopped at system call stop " << stops;
  }
  EXPECT_GT(overtaken, 0);
  fmt::print("[  STATES  ] retire: stopped at {} system call stops, overtaken at {}\n", stops, overtaken);
}

TEST(Remover, WhoCreatesASuccessorNeverTakesAnothersName) {
  int stops = 0, overtaken = 0;
  for (bool inside = true; inside; ++stops) {
    const TempDirectory directory;
    leave_retired_name(directory);
    const uint64_t before = named(directory);
    const Overtaken run = overtake(
        directory,
        [&directory](Stepper::Mark mark) {
          mark();
          const auto made = Segment::create(options_in(directory));
          mark();
          return made || made.error().code == Code::exists ? 0 : 1;
        },
        stops);
    inside = run.inside;
    EXPECT_NE(named(directory), before) << "the retired segment's name is still there";
    EXPECT_FALSE(attach_segment(directory.path()).retired());
    EXPECT_EQ(directory.files(), std::vector<std::string>{kSegmentFile});
    overtaken += run.created && inside ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << "stopped at system call stop " << stops;
  }
  EXPECT_GT(overtaken, 0);
  fmt::print("[  STATES  ] create over a retired name: stopped at {} system call stops, overtaken at {}\n", stops,
             overtaken);
}

}  // namespace
}  // namespace larder::test
