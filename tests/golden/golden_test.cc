// golden_test.cc – promise P15: what an earlier build of today's layout wrote is read as it was written.
//
// The story: a segment that another build of this layout filled is found in /dev/shm, say after an upgrade. Today's
// build reads every value of it: so a layout that changed without a new number is noticed here. After a change of the
// number LARDER_GOLDEN_WRITE=1 golden_test writes the new version's file; the old one stays.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "base/clock.h"
#include "golden/contents.h"
#include "golden/packed.h"
#include "segment/superblock.h"
#include "support/segments.h"

namespace larder::test {
namespace {

std::string file_in(const TempDirectory& directory) {
  std::ifstream file(directory / kSegmentFile, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// As if it had been made right now, here: times count from its creation, on a clock that begins with the machine.
void lay_out(const TempDirectory& directory, std::string segment) {
  auto& super = *reinterpret_cast<segment::Superblock*>(segment.data());
  super.created_ms = base::now_ms();
  super.checksum = segment::superblock_checksum(super);
  std::ofstream(directory / kSegmentFile, std::ios::binary) << segment;
  chmod((directory / kSegmentFile).c_str(), 0600);
}

TEST(Golden, OfTodaysLayoutIsReadAsItWasWritten) {
  const TempDirectory directory;
  if (std::getenv("LARDER_GOLDEN_WRITE") != nullptr) {
    const TempDirectory made;
    fill_golden(create_segment(golden_options(made)));
    keep_golden(segment::kLayoutVersion, file_in(made));
  }
  lay_out(directory, golden_segment(segment::kLayoutVersion));
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  const Segment segment = attach_segment(directory.path());
  expect_golden(segment);
  // And it is worked on as if it were one's own.
  EXPECT_EQ(open_cache(segment, "entries").put("new", "value"), PutResult::stored);
  EXPECT_TRUE((*segment.store(""))->key_set("new", "value"));
  expect_golden(segment);
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
}

}  // namespace
}  // namespace larder::test
