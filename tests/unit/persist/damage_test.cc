// damage_test.cc – database files that were cut off or altered: never a crash, never a wrong value, what is intact is
// recovered, and the damaged file is kept as it is.
#include <cstdlib>
#include <filesystem>

#include "persist_test.h"

namespace larder::test {
namespace {

int rounds(int usual) {
  const char* wanted = std::getenv("LARDER_PERSIST_ROUNDS");
  return wanted != nullptr ? std::atoi(wanted) : usual;
}

/// A database that had some life: rows came, changed and went.
class Damaged : public ::testing::Test {
 protected:
  void SetUp() override {
    Random random(11);
    {
      Disk disk = open_disk(directory_ / "whole.db", told_);
      ASSERT_TRUE(disk.set_segment({9, 8, 7}));
      for (int batch = 0; batch < 12; ++batch) {
        std::vector<RowChange> changes;
        for (int i = 0; i < 300; ++i) {
          const std::string key = key_name("d-token", random.below(1500));
          const uint64_t what = random.below(10);
          if (what < 3)
            changes.push_back(erase(key));
          else if (what < 9)
            changes.push_back(put(counter_row(key, static_cast<int64_t>(random.next() >> 1))));
          else
            changes.push_back(put(value_row(key, value_of(key, random.next(), 20 + random.below(5000)))));
        }
        ASSERT_TRUE(disk.commit(changes));
        do_to(model_, changes);
      }
    }
    whole_ = read_file(directory_ / "whole.db");
    ASSERT_EQ(told_.text, "");
  }

  /// Opens a file of these bytes. Every row that it gives is right; what is lost is said, and the bytes are kept.
  /// Returns how many rows were lost.
  size_t open_and_check(const std::string& bytes) {
    const TempDirectory place;
    Told told;
    write_file(place / "a.db", bytes);
    size_t lost = 0;
    {
      auto disk = Disk::open({place / "a.db", {}}, told.say());
      if (!disk) {
        ADD_FAILURE() << disk.error().message;
        return 0;
      }
      const Rows rows = all_rows(*disk);
      for (const auto& [key, row] : rows) {
        const auto right = model_.find(key);
        if (right == model_.end())
          ADD_FAILURE() << "a row that is not there: " << key;
        else
          EXPECT_EQ(row, right->second) << "a wrong row: " << key;
      }
      lost = model_.size() - rows.size();
      EXPECT_TRUE(disk->commit(std::vector<RowChange>{put(counter_row("d-new", 1))}));
    }
    if (told.text.empty()) {
      EXPECT_EQ(lost, 0u) << "lost without a word";
      return lost;
    }
    std::string aside;
    for (const std::string& name : place.files())
      if (name.find(".damaged-") != std::string::npos) aside = name;
    EXPECT_FALSE(aside.empty()) << told.text;
    EXPECT_TRUE(told.has(aside)) << told.text;
    EXPECT_TRUE(read_file(place / aside) == bytes) << "the damaged file was changed";
    Told again;
    open_disk(place / "a.db", again);
    EXPECT_EQ(again.text, "");
    return lost;
  }

  TempDirectory directory_;
  Told told_;
  Rows model_;
  std::string whole_;
};

TEST_F(Damaged, NotAtAllItIsOpenedWithoutAWord) { EXPECT_EQ(open_and_check(whole_), 0u); }

TEST_F(Damaged, CutOffItGivesWhatIsLeft) {
  std::vector<size_t> lengths{0, 1, 15, 16, 99, 100, 101, 511, 512, 4095, 4096, 4097, whole_.size() - 1};
  Random random(3);
  for (int i = 0; i < rounds(20); ++i) lengths.push_back(random.below(whole_.size()));
  for (const size_t length : lengths) {
    const size_t lost = open_and_check(whole_.substr(0, length));
    if (length > whole_.size() / 2) {
      EXPECT_LT(lost, model_.size()) << length;
    }
    ASSERT_FALSE(HasFailure()) << "cut off at " << length;
  }
}

TEST_F(Damaged, ByOneBitItLosesAFewRowsAtMost) {
  Random random(5);
  size_t most = 0;
  for (int i = 0; i < rounds(150); ++i) {
    std::string bytes = whole_;
    // The first pages hold the head and the roots: every other time it is them.
    const size_t at = random.below(i % 2 == 0 ? 3 * 4096 : bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
    most = std::max(most, open_and_check(bytes));
    ASSERT_FALSE(HasFailure()) << "bit flipped in byte " << at;
  }
  EXPECT_LT(most, 150u);  // a page of rows
}

TEST_F(Damaged, InManyPlacesItGivesWhatIsIntact) {
  Random random(6);
  for (int i = 0; i < rounds(30); ++i) {
    std::string bytes = whole_;
    for (int hits = 0; hits < 30; ++hits) {
      const size_t at = random.below(bytes.size());
      const size_t length = std::min<size_t>(1 + random.below(600), bytes.size() - at);
      for (size_t j = 0; j < length; ++j) bytes[at + j] = static_cast<char>(random.next());
    }
    EXPECT_LT(open_and_check(bytes), model_.size());
    ASSERT_FALSE(HasFailure()) << "round " << i;
  }
}

TEST_F(Damaged, BeyondRecognitionItIsSetAside) {
  Random random(8);
  std::string noise(50'000, 0);
  for (char& byte : noise) byte = static_cast<char>(random.next());
  EXPECT_EQ(open_and_check(noise), model_.size());
  EXPECT_EQ(open_and_check("a text"), model_.size());
}

TEST_F(Damaged, ItRemembersItsSegment) {
  const TempDirectory place;
  std::string bytes = whole_;
  for (size_t at = 0; at < 16; ++at) bytes[at] = 'x';
  write_file(place / "a.db", bytes);
  Told told;
  Disk disk = open_disk(place / "a.db", told);
  EXPECT_TRUE(told.has("rows were recovered")) << told.text;
  EXPECT_EQ(disk.segment(), (persist::Identity{9, 8, 7}));
  EXPECT_EQ(all_rows(disk), model_);
}

TEST_F(Damaged, ASalvageThatWasInterruptedIsFinished) {
  std::string bytes = whole_;
  bytes[0] ^= 1;
  for (const bool moved : {false, true}) {
    const TempDirectory place;
    Told told;
    // As it is left by a death between the fresh file's completion and the renaming.
    write_file(place / "a.db.salvaged", whole_);
    if (!moved) write_file(place / "a.db", bytes);
    Disk disk = open_disk(place / "a.db", told);
    EXPECT_EQ(all_rows(disk), model_);
    EXPECT_FALSE(std::filesystem::exists(place / "a.db.salvaged"));
  }
  const TempDirectory place;
  Told told;
  write_file(place / "a.db.salvaging", "half a file");
  write_file(place / "a.db", bytes);
  open_disk(place / "a.db", told);
  EXPECT_TRUE(told.has("rows were recovered")) << told.text;
  EXPECT_FALSE(std::filesystem::exists(place / "a.db.salvaging"));
}

}  // namespace
}  // namespace larder::test
