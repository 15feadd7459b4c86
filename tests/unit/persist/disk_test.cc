// disk_test.cc – a database: what was committed is there, whoever opens it is alone, what is not ours is left alone.
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>

#include "persist_test.h"
#include "support/process.h"

namespace larder::test {
namespace {

TEST(Disk, KeepsWhatItCommitted) {
  const TempDirectory directory;
  Told told;
  Rows model;
  const std::string path = directory / "a.db";
  Random random(7);
  for (int open = 0; open < 4; ++open) {
    Disk disk = open_disk(path, told);
    ASSERT_EQ(all_rows(disk), model);
    for (int batch = 0; batch < 10; ++batch) {
      std::vector<RowChange> changes;
      for (int i = 0; i < 50; ++i) {
        const std::string key = key_name("d", random.below(200));
        switch (random.below(4)) {
          case 0: changes.push_back(erase(key)); break;
          case 1: changes.push_back(put(counter_row(key, static_cast<int64_t>(random.next())))); break;
          default: changes.push_back(put(value_row(key, std::string(random.below(9000), 'v'), random.below(3))));
        }
      }
      ASSERT_TRUE(disk.commit(changes));
      do_to(model, changes);
    }
    ASSERT_EQ(all_rows(disk), model);
    ASSERT_EQ(disk.rows(), model.size());
  }
  EXPECT_EQ(told.text, "");
}

TEST(Disk, KeepsAnyKeyAndValue) {
  const TempDirectory directory;
  Told told;
  Rows model;
  std::vector<RowChange> changes;
  for (const size_t size : {1, 2, 16, 500, 1023})
    for (const char fill : {'\0', '\xff', 'k'}) changes.push_back(put(counter_row(std::string(size, fill), INT64_MIN)));
  for (const size_t size : {0, 1, 4000, 100'000})
    changes.push_back(put(value_row(key_name("v", size), std::string(size, '\0'), ~0ull >> 1)));
  do_to(model, changes);
  {
    Disk disk = open_disk(directory / "a.db", told);
    ASSERT_TRUE(disk.commit(changes));
  }
  Disk disk = open_disk(directory / "a.db", told);
  EXPECT_EQ(all_rows(disk), model);
}

TEST(Disk, WritesNothingThatIsThereAlready) {
  const TempDirectory directory;
  Told told;
  Disk disk = open_disk(directory / "a.db", told);
  const std::vector<RowChange> changes{put(counter_row("d1", 5)), put(value_row("d2", "v"))};
  ASSERT_TRUE(disk.commit(changes));
  const std::string before = read_file(directory / "a.db");
  ASSERT_TRUE(disk.commit(changes));
  ASSERT_TRUE(disk.commit(std::vector<RowChange>{erase("d3")}));
  EXPECT_EQ(read_file(directory / "a.db"), before);
  EXPECT_EQ(std::filesystem::file_size(directory / "a.db-wal"), 0u);
}

TEST(Disk, RemembersItsSegment) {
  const TempDirectory directory;
  Told told;
  const persist::Identity segment{1, 2, 3};
  {
    Disk disk = open_disk(directory / "a.db", told);
    EXPECT_FALSE(disk.segment());
    ASSERT_TRUE(disk.set_segment(segment));
  }
  EXPECT_EQ(open_disk(directory / "a.db", told).segment(), segment);
}

TEST(Disk, IsOpenToOneAtATime) {
  const TempDirectory directory;
  Told told;
  const std::string path = directory / "a.db";
  {
    const Disk disk = open_disk(path, told);
    const auto other = Disk::open({path, {}}, told.say());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::busy);
    EXPECT_NE(other.error().message.find(std::to_string(getpid())), std::string::npos) << other.error().message;
  }
  const Ending ending = in_child([&]() -> int {
    const Disk held = open_disk(path, told);
    _exit(0);  // as a kill does it: nothing is closed in order
  });
  EXPECT_TRUE(ending.ok());
  open_disk(path, told);
}

TEST(Disk, OfAnotherProgramIsRefusedAndStays) {
  const TempDirectory directory;
  Told told;
  const std::string path = directory / "a.db";
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "CREATE TABLE theirs(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  const std::string before = read_file(path);
  const auto disk = Disk::open({path, {}}, told.say());
  ASSERT_FALSE(disk);
  EXPECT_EQ(disk.error().code, Code::foreign) << disk.error().message;
  EXPECT_FALSE(disk.error().hint.empty());
  EXPECT_EQ(read_file(path), before);
}

TEST(Disk, ThatCannotBeMadeSaysWhere) {
  const TempDirectory directory;
  Told told;
  write_file(directory / "file", "no directory");
  const auto disk = Disk::open({directory / "file/a.db", {}}, told.say());
  ASSERT_FALSE(disk);
  EXPECT_NE(disk.error().message.find(directory / "file"), std::string::npos) << disk.error().message;
  EXPECT_FALSE(disk.error().hint.empty());
}

TEST(Disk, IsForItsUserAlone) {
  const TempDirectory directory;
  Told told;
  Disk disk = open_disk(directory / "a.db", told);
  ASSERT_TRUE(disk.commit(std::vector<RowChange>{put(counter_row("d", 1))}));
  for (const char* more : {"", "-wal", ".lock"}) {
    const auto mode = std::filesystem::status(directory / (std::string("a.db") + more)).permissions();
    EXPECT_EQ(static_cast<unsigned>(mode), 0600u) << more;
  }
}

}  // namespace
}  // namespace larder::test
