// shm_file_test.cc – a segment file's name: given once, taken only from the file it was given to, by one at a time.
#include "os/shm_file.h"

#include <gtest/gtest.h>
#include <sys/file.h>

#include "support/temp_directory.h"

namespace larder::os {
namespace {

class ShmFileName : public ::testing::Test {
 protected:
  ShmFile published() {
    Result<ShmFile> file = ShmFile::create_unnamed(directory_.path(), 4096, 0600, std::nullopt);
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
  Result<ShmFile> second = ShmFile::create_unnamed(directory_.path(), 4096, 0600, std::nullopt);
  ASSERT_TRUE(second);
  const Status refused = second->publish(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exists);
  EXPECT_EQ(inode(), first.facts()->inode);
}

}  // namespace
}  // namespace larder::os
