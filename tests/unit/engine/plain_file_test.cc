// plain_file_test.cc – files that appear whole: beside leftovers of the dead, other writers, and what strangers put
// there.
#include "os/plain_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/process.h"
#include "support/temp_directory.h"

namespace larder::test {
namespace {

namespace fs = std::filesystem;
using os::Existing;
using os::NewFile;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
size_t files_in(const TempDirectory& directory) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(directory.path()), {}));
}
void write_whole(const std::string& path, const std::string& text, Existing existing = Existing::replace) {
  auto file = NewFile::create(path, existing);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->write(text));
  ASSERT_TRUE(file->commit());
}

// An hour of storm found it: `larder dump` was killed, and its temporary file, which was named after its process, stood
// in the way of the dump whose process got the same id (in a container that is soon).
TEST(NewFile, TakesWhatADeadWriterLeft) {
  const TempDirectory directory;
  const std::string path = directory / "dump";
  for (int death = 0; death < 3; ++death) {
    const Ending ending = in_child([&] {
      auto file = NewFile::create(path, Existing::replace);
      if (!file || !file->write("half of it, and more than the next one writes")) return 1;
      _exit(7);
    });
    EXPECT_EQ(ending.code, 7);
  }
  EXPECT_EQ(files_in(directory), 1u) << "the leftovers of three are one file";
  EXPECT_FALSE(fs::exists(path));
  write_whole(path, "all");
  EXPECT_EQ(text_of(path), "all");
  EXPECT_EQ(files_in(directory), 1u);
}

TEST(NewFile, TwoWritersMakeOneOfTheTwoFiles) {
  const TempDirectory directory;
  const std::string path = directory / "dump";
  auto first = NewFile::create(path, Existing::replace);
  auto second = NewFile::create(path, Existing::replace);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->write("first") && second->write("second"));
  EXPECT_TRUE(second->commit());
  EXPECT_EQ(text_of(path), "second");
  EXPECT_TRUE(first->commit());
  EXPECT_EQ(text_of(path), "first");
  EXPECT_EQ(files_in(directory), 1u);
}

TEST(NewFile, OfWhoGivesUpNothingStays) {
  const TempDirectory directory;
  { ASSERT_TRUE(NewFile::create(directory / "dump", Existing::keep)->write("never mind")); }
  EXPECT_EQ(files_in(directory), 0u);
}

TEST(NewFile, IsNotWrittenThroughWhatStrangersPutThere) {
  const TempDirectory directory;
  const std::string path = directory / "dump", secret = directory / "secret";
  write_whole(secret, "mine");
  ASSERT_EQ(symlink(secret.c_str(), (path + ".1.tmp").c_str()), 0);
  ASSERT_EQ(link(secret.c_str(), (path + ".2.tmp").c_str()), 0);
  ASSERT_EQ(mkfifo((path + ".3.tmp").c_str(), 0600), 0);
  ASSERT_EQ(mkdir((path + ".4.tmp").c_str(), 0700), 0);
  std::ofstream(path + ".5.tmp") << "open to all";
  ASSERT_EQ(chmod((path + ".5.tmp").c_str(), 0644), 0);
  write_whole(path, "all");
  EXPECT_EQ(text_of(path), "all");
  EXPECT_EQ(text_of(secret), "mine");
  EXPECT_EQ(text_of(path + ".5.tmp"), "open to all");
  struct stat facts {};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST(NewFile, KeepsWhatIsThereUnlessItIsToBeReplaced) {
  const TempDirectory directory;
  const std::string path = directory / "dump";
  auto late = NewFile::create(path, Existing::keep);
  ASSERT_TRUE(late && late->write("late"));
  write_whole(path, "early", Existing::keep);
  const Status named = late->commit();
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().code, Code::exists);
  EXPECT_EQ(text_of(path), "early");
  EXPECT_EQ(NewFile::create(path, Existing::keep).error().code, Code::exists);
}

TEST(NewFile, SaysWhyItCannotBeMade) {
  const TempDirectory directory;
  const auto file = NewFile::create(directory / "nowhere/dump", Existing::replace);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("nowhere/dump"), std::string::npos) << file.error().message;
}

}  // namespace
}  // namespace larder::test
