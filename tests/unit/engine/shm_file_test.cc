// shm_file_test.cc – a segment file's name: given once, taken only from the file it was given to, by one at a time. Its
// bytes: all reserved and zero, mapped where huge pages can be.
#include "os/shm_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "os/huge_pages.h"
#include "os/mapping.h"
#include "support/temp_directory.h"

namespace larder::os {
namespace {

class ShmFileName : public ::testing::Test {
 protected:
  ShmFile published() {
    Result<ShmFile> file = ShmFile::create_unnamed(directory_.path(), {.size = 4096});
    EXPECT_TRUE(file && file->publish(path_));
    return std::move(*file);
  }
  /// The file that the name leads to.
  uint64_t inode() const {
    const Result<ShmFile> file = ShmFile::open(path_, false);
    return file ? file->facts()->inode : 0;
  }

  test::TempDirectory directory_;
  std::string path_ = directory_ / "name.larder";
};

TEST_F(ShmFileName, IsRemovedFromTheFileItLeadsTo) {
  const FileFacts facts = *published().facts();
  const Result<bool> removed = remove_if_same(path_, facts);
  EXPECT_TRUE(removed && *removed);
  EXPECT_EQ(inode(), 0u);
  const Result<bool> again = remove_if_same(path_, facts);
  EXPECT_TRUE(again && !*again) << "nothing there";
}

TEST_F(ShmFileName, OfASuccessorStays) {
  const ShmFile first = published();
  const FileFacts facts = *first.facts();
  ASSERT_TRUE(remove_if_same(path_, facts));
  const ShmFile second = published();
  const Result<bool> removed = remove_if_same(path_, facts);
  EXPECT_TRUE(removed && !*removed);
  EXPECT_EQ(inode(), second.facts()->inode);
}

TEST_F(ShmFileName, ThatSomebodyIsRemovingIsLeftToHim) {
  const FileFacts facts = *published().facts();
  {
    const Result<ShmFile> other = ShmFile::open(path_, false);
    ASSERT_TRUE(other);
    ASSERT_EQ(flock(other->descriptor(), LOCK_EX), 0);
    const Result<bool> removed = remove_if_same(path_, facts);
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, Code::busy) << removed.error().message;
    EXPECT_EQ(inode(), facts.inode);
  }
  const Result<bool> removed = remove_if_same(path_, facts);
  EXPECT_TRUE(removed && *removed) << "a remover that died holds nothing";
}

TEST_F(ShmFileName, IsGivenOnce) {
  const ShmFile first = published();
  Result<ShmFile> second = ShmFile::create_unnamed(directory_.path(), {.size = 4096});
  ASSERT_TRUE(second);
  const Status refused = second->publish(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exists);
  EXPECT_EQ(inode(), first.facts()->inode);
}

TEST(ShmFileBytes, AreReservedAndZeroInHugePagesOrNot) {
  const test::TempDirectory directory;
  for (const uint64_t size : {uint64_t{4096}, kHugePage - 4096, 3 * kHugePage + 8192}) {
    const Result<ShmFile> file = ShmFile::create_unnamed(directory.path(), {.size = size});
    ASSERT_TRUE(file) << size;
    struct stat facts {};
    ASSERT_EQ(fstat(file->descriptor(), &facts), 0);
    EXPECT_EQ(uint64_t(facts.st_size), size);
    EXPECT_GE(uint64_t(facts.st_blocks) * 512, size) << "a hole is a SIGBUS to come";
    const Result<Mapping> one = Mapping::map(*file, size, true), other = Mapping::map(*file, size, false);
    ASSERT_TRUE(one && other);
    for (const Mapping* mapping : {&*one, &*other}) {
      EXPECT_TRUE(std::all_of(mapping->data(), mapping->data() + size, [](std::byte b) { return b == std::byte{0}; }));
      if (size >= kHugePage) {
        EXPECT_EQ(reinterpret_cast<uintptr_t>(mapping->data()) % kHugePage, 0u);
      }
    }
  }
}

TEST(ShmFileBytes, AreLookedAtForHugePagesWithoutFillingHoles) {
  const test::TempDirectory directory;
  constexpr uint64_t kSize = 4 * kHugePage;
  const Result<ShmFile> file = ShmFile::create_unnamed(directory.path(), {.size = kSize});
  ASSERT_TRUE(file);
  ASSERT_EQ(fallocate(file->descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off_t{2 * kHugePage}, kHugePage),
            0);
  struct stat before {
  }, after{};
  ASSERT_EQ(fstat(file->descriptor(), &before), 0);
  const Result<Mapping> mapping = Mapping::map(*file, kSize, false);
  ASSERT_TRUE(mapping);
  const uint64_t huge = bytes_in_huge_pages(mapping->data(), kSize);
  EXPECT_EQ(huge % kHugePage, 0u);
  EXPECT_LE(huge, kSize - kHugePage);
  ASSERT_EQ(fstat(file->descriptor(), &after), 0);
  EXPECT_EQ(after.st_blocks, before.st_blocks);
}

TEST(ShmFileBytes, HolesTakeNoMemoryUntilItIsAskedFor) {
  const test::TempDirectory directory;
  constexpr uint64_t kSize = 8 << 20, kAt = 2 << 20, kBytes = 4 << 20;
  const Result<ShmFile> file = ShmFile::create_unnamed(directory.path(), {.size = kSize, .holes = {{kAt, kBytes}}});
  ASSERT_TRUE(file);
  const auto allocated = [&] { return file->facts()->allocated; };
  EXPECT_EQ(allocated(), kSize - kBytes);
  ASSERT_TRUE(file->reserve({kAt, kBytes / 2}));
  EXPECT_EQ(allocated(), kSize - kBytes / 2);
  const Result<Mapping> mapping = Mapping::map(*file, kSize, true);
  ASSERT_TRUE(mapping);
  mapping->data()[kAt] = std::byte{1};
  ASSERT_TRUE(file->give_back({kAt, kBytes}));
  EXPECT_EQ(allocated(), kSize - kBytes);
  EXPECT_EQ(mapping->data()[kAt], std::byte{0});
  EXPECT_EQ(file->facts()->size, kSize);
}

}  // namespace
}  // namespace larder::os
