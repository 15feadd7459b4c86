// golden_test.cc – promise P15: what an earlier build of today's layout wrote is read as it was written.
//
// The story: a segment that another build of this layout filled is found in /dev/shm, say after an upgrade. Today's
// build reads every value of it: so a layout that changed without a new number is noticed here. After a change of the
// number LARDER_GOLDEN_WRITE=1 golden_test writes the new version's file; the old one stays, and is refused from then
// on.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "base/clock.h"
#include "doctor/doctor.h"
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

void lay_out(const TempDirectory& directory, const std::string& segment) {
  std::ofstream(directory / kSegmentFile, std::ios::binary) << segment;
  chmod((directory / kSegmentFile).c_str(), 0600);
}

/// As if it had been made right now, here: times count from its creation, on a clock that begins with the machine.
std::string made_now(std::string segment) {
  auto& super = *reinterpret_cast<segment::Superblock*>(segment.data());
  super.created_ms = base::now_ms();
  super.checksum = segment::superblock_checksum(super);
  return segment;
}

TEST(Golden, OfTodaysLayoutIsReadAsItWasWritten) {
  const TempDirectory directory;
  if (std::getenv("LARDER_GOLDEN_WRITE") != nullptr) {
    const TempDirectory made;
    fill_golden(create_segment(golden_options(made)));
    keep_golden(segment::kLayoutVersion, file_in(made));
  }
  lay_out(directory, made_now(golden_segment(segment::kLayoutVersion)));
  EXPECT_TRUE(is_clean(audit_of(directory.path()), true));
  const Segment segment = attach_segment(directory.path());
  expect_golden(segment);
  // And it is worked on as if it were one's own.
  EXPECT_EQ(open_cache(segment, "entries").put("new", "value"), PutResult::stored);
  EXPECT_TRUE((*segment.store(""))->key_set("new", "value"));
  expect_golden(segment);
  EXPECT_TRUE(is_clean(audit_of(directory.path())));
}

class OlderGolden : public ::testing::TestWithParam<uint32_t> {};

// A worker of today meets what is left of an older installation: it says which layout it met and which it speaks, what
// to do about it, and touches nothing; so does the doctor.
TEST_P(OlderGolden, IsRefusedWithBothVersions) {
  const TempDirectory directory;
  const std::string older = golden_segment(GetParam());
  lay_out(directory, older);
  const std::string both = fmt::format("layout {}, this build speaks {}", GetParam(), segment::kLayoutVersion);
  const Result<Segment> attached = Segment::attach("test", {.directory = directory.path()});
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, Code::layout);
  EXPECT_NE(attached.error().message.find(both), std::string::npos) << attached.error().message;
  EXPECT_NE(attached.error().hint, "");
  const Result<Segment> created = Segment::create(golden_options(directory));
  ASSERT_FALSE(created) << "the name is taken";
  EXPECT_EQ(created.error().code, Code::exists);
  const doctor::Diagnosis diagnosis = doctor::diagnose({"test", directory.path(), {}});
  const bool said = std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [&](const auto& finding) {
    return finding.verdict == doctor::Verdict::error && finding.what.find(both) != std::string::npos;
  });
  EXPECT_TRUE(said);
  EXPECT_EQ(file_in(directory), older);
}

INSTANTIATE_TEST_SUITE_P(Layouts, OlderGolden, ::testing::Values(1u));

}  // namespace
}  // namespace larder::test
