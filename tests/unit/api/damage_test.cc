// damage_test.cc – a superblock with one wrong word is refused for exactly that reason.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <functional>

#include "base/clock.h"
#include "segment/superblock.h"
#include "unit/api/api_test.h"

namespace larder::test {
namespace {

using segment::SegmentState;
using segment::Superblock;

class Damage : public ::testing::Test {
 protected:
  Damage() { create_segment(segment_options(directory_, {cache_options("main", 64 << 10)})); }

  Result<Segment> attach() const { return Segment::attach("test", {.directory = directory_.path()}); }

  template <class Word>
  Word word_at(size_t offset) const {
    Word word{};
    const int file = open((directory_ / kSegmentFile).c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(file, &word, sizeof word, static_cast<off_t>(offset)), static_cast<ssize_t>(sizeof word));
    close(file);
    return word;
  }
  template <class Word>
  void overwrite(size_t offset, Word word) const {
    const int file = open((directory_ / kSegmentFile).c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(pwrite(file, &word, sizeof word, static_cast<off_t>(offset)), static_cast<ssize_t>(sizeof word));
    close(file);
  }
  /// Attach is refused while the word differs, and accepted again once it is back.
  template <class Word>
  void expect_refused_with(size_t offset, Word wrong, Code code, const std::string& word) const {
    const Word right = word_at<Word>(offset);
    overwrite(offset, wrong);
    expect_refused(attach(), code, word);
    overwrite(offset, right);
    EXPECT_TRUE(attach());
  }

  TempDirectory directory_;
};

TEST_F(Damage, OfTheMagicIsForeign) {
  expect_refused_with(offsetof(Superblock, magic), uint64_t{0x1234}, Code::foreign, "test");
}

TEST_F(Damage, ByAnotherLayoutNamesBothVersions) {
  const uint32_t other = segment::kLayoutVersion + 6;
  expect_refused_with(offsetof(Superblock, layout), other, Code::layout, std::to_string(other));
  expect_refused_with(offsetof(Superblock, layout), other, Code::layout, std::to_string(segment::kLayoutVersion));
}

// Older and newer builds meet: each says which layout it speaks, and nobody guesses.
TEST_F(Damage, ByEveryOtherLayoutIsRefusedWithBothVersions) {
  for (uint32_t layout = 0; layout <= segment::kLayoutVersion + 2; ++layout) {
    if (layout == segment::kLayoutVersion) continue;
    const std::string both = "layout " + std::to_string(layout) + ", this build speaks ";
    expect_refused_with(offsetof(Superblock, layout), layout, Code::layout, both);
    expect_refused_with(offsetof(Superblock, layout), layout, Code::layout, std::to_string(segment::kLayoutVersion));
  }
}

TEST_F(Damage, ByAnotherAbiIsALayoutRefusal) {
  expect_refused_with(offsetof(Superblock, abi), uint32_t{0xdead}, Code::layout, "test");
}

TEST_F(Damage, OfTheChecksumOrWhatItCoversIsCorrupt) {
  expect_refused_with(offsetof(Superblock, checksum), uint64_t{1}, Code::corrupt, "test");
  expect_refused_with(offsetof(Superblock, cache_count), uint32_t{77}, Code::corrupt, "test");
  expect_refused_with(offsetof(Superblock, directory_at), uint64_t{1} << 60, Code::corrupt, "test");
  expect_refused_with(offsetof(Superblock, worker_slots), uint32_t{0xffffffff}, Code::corrupt, "test");
}

TEST_F(Damage, ByASizeBeyondTheFileIsTruncated) {
  const auto size = word_at<uint64_t>(offsetof(Superblock, size));
  expect_refused_with(offsetof(Superblock, size), size * 2, Code::truncated, "test");
}

TEST_F(Damage, OfTheStateIsUnfinishedOrRetired) {
  expect_refused_with(offsetof(Superblock, state), static_cast<uint64_t>(SegmentState::building), Code::unfinished,
                      "test");
  expect_refused_with(offsetof(Superblock, state), static_cast<uint64_t>(SegmentState::retired), Code::retired, "test");
}

/// Segments whose superblock, in order otherwise, says that it was made at another time or in another boot.
class Boots : public Damage {
 protected:
  void say(const std::function<void(Superblock&)>& change) const {
    alignas(Superblock) std::array<std::byte, sizeof(Superblock)> bytes =
        word_at<std::array<std::byte, sizeof(Superblock)>>(0);
    auto& super = *reinterpret_cast<Superblock*>(bytes.data());
    change(super);
    super.checksum = segment::superblock_checksum(super);
    overwrite(0, bytes);
  }
  static void of_another_boot(Superblock& super) { super.boot[0] ^= 1; }
  static void made_a_day_ago(Superblock& super) { super.created_unix_ms -= 86'400'000; }
};

// The story: segments lie in a directory on a disk, the machine is started anew, and its clock with it. What had
// expired lived again, or what lived had expired, whichever the clock said.
TEST_F(Boots, ASegmentThatOutlivedItsMachineIsReplaced) {
  say([](Superblock& super) {
    of_another_boot(super);
    made_a_day_ago(super);
  });
  expect_refused(attach(), Code::retired, "before this machine was started");
  EXPECT_TRUE(figures_of(directory_.path()).retired);
  create_segment(segment_options(directory_, {cache_options("main", 64 << 10)}));
  EXPECT_TRUE(attach());
}

TEST_F(Boots, ASegmentThatWasMadeLaterThanNowIsOfAnotherBoot) {
  say([](Superblock& super) { super.created_ms = base::now_ms() + 3'600'000; });
  expect_refused(attach(), Code::retired, "before this machine was started");
}

// A container may be shown a boot of its own, a wall clock may be put right, a machine may be suspended: none is a
// reason to leave a segment, and least where somebody is at work in it.
TEST_F(Boots, OneSignAloneProvesNothing) {
  say(of_another_boot);
  EXPECT_TRUE(attach());
  say(of_another_boot);  // back
  say(made_a_day_ago);
  EXPECT_TRUE(attach());
  say([](Superblock& super) { std::memset(super.boot, 0, sizeof super.boot); });
  EXPECT_TRUE(attach());
  const Segment worker = attach_segment(directory_.path());
  say([](Superblock& super) { super.created_ms = base::now_ms() + 3'600'000; });
  EXPECT_TRUE(attach());
}

// Whatever byte of the superblock is wrong: an answer, not a crash.
TEST_F(Damage, OfAnySuperblockByteNeverCrashesAttach) {
  const Ending ending = in_child([this] {
    for (size_t offset = 0; offset < sizeof(Superblock); ++offset) {
      const auto right = word_at<uint8_t>(offset);
      overwrite(offset, static_cast<uint8_t>(right ^ 0xff));
      const auto result = attach();
      EXPECT_TRUE(result || !result.error().message.empty()) << "offset " << offset;
      overwrite(offset, right);
    }
    EXPECT_TRUE(attach());
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
}

}  // namespace
}  // namespace larder::test
