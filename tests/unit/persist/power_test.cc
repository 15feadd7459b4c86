// power_test.cc – the power goes at any moment: each batch that was acknowledged is there, none by half; with a log
// that is damaged besides, no row is given that was never written.
#include <algorithm>
#include <cstdlib>

#include "persist_test.h"
#include "sim_vfs.h"

namespace larder::test {
namespace {

/// Opens the files of a cut in a place of their own. Returns what they hold.
Rows open_after_cut(const std::map<std::string, std::string>& files, const std::string& database, Told& told) {
  const TempDirectory place;
  for (const auto& [path, bytes] : files) write_file(place / ("a.db" + path.substr(database.size())), bytes);
  Disk disk = open_disk(place / "a.db", told);
  return all_rows(disk);
}

std::vector<RowChange> random_batch(Random& random) {
  std::vector<RowChange> batch;
  for (uint64_t i = 1 + random.below(60); i > 0; --i) {
    const std::string key = key_name("d", random.below(300));
    switch (random.below(5)) {
      case 0: batch.push_back(erase(key)); break;
      case 1: batch.push_back(put(value_row(key, std::string(random.below(6000), 'v')))); break;
      default: batch.push_back(put(counter_row(key, static_cast<int64_t>(random.next() >> 1))));
    }
  }
  return batch;
}

int cuts(int usual) {
  const char* wanted = std::getenv("LARDER_PERSIST_CUTS");
  return wanted != nullptr ? std::atoi(wanted) : usual;
}

/// A database that lives for a while, and what it held after each batch.
class PowerCut : public ::testing::Test {
 protected:
  void SetUp() override {
    Disk disk = open_disk(database_, told_, sim_.name());
    for (int i = 0; i < 3; ++i) {
      const auto batch = random_batch(random_);
      ASSERT_TRUE(disk.commit(batch));
      do_to(states_[0], batch);
    }
    sim_.record({database_, database_ + "-wal"});
    for (int i = 0; i < 25; ++i) {
      const auto batch = random_batch(random_);
      ASSERT_TRUE(disk.commit(batch));
      states_.push_back(states_.back());
      do_to(states_.back(), batch);
      acknowledged_.push_back(sim_.recorded());
    }
  }

  /// The newest state that was acknowledged before so many events.
  size_t last_before(size_t events) const {
    const auto next = std::upper_bound(acknowledged_.begin(), acknowledged_.end(), events);
    return static_cast<size_t>(next - acknowledged_.begin()) - 1;
  }

  TempDirectory directory_;
  std::string database_ = directory_ / "a.db";
  SimVfs sim_;
  Told told_;
  Random random_{21};
  std::vector<Rows> states_{1};
  std::vector<size_t> acknowledged_{0};  ///< events before the acknowledgement of each state
};

TEST_F(PowerCut, LeavesEveryAcknowledgedBatchAndNoneByHalf) {
  for (int cut = 0, all = cuts(800); cut < all; ++cut) {
    const size_t events = random_.below(sim_.recorded() + 1), last = last_before(events);
    Told told;
    const Rows rows = open_after_cut(sim_.after_cut(events, random_), database_, told);
    ASSERT_EQ(told.text, "") << "a power cut is no damage";
    const bool coming = last + 1 < states_.size() && rows == states_[last + 1];
    ASSERT_TRUE(rows == states_[last] || coming)
        << "cut " << cut << " behind event " << events << ", batch " << last << ": " << rows.size() << " rows, "
        << states_[last].size() << " were acknowledged";
  }
}

/// Two misfortunes at once: what is lost then is no promise, but no row is delivered that was never written.
TEST_F(PowerCut, AndADamagedLogGiveOnlyWhatWasWritten) {
  int damaged = 0;
  for (int cut = 0, all = cuts(400); cut < all; ++cut) {
    const size_t events = random_.below(sim_.recorded() + 1), last = last_before(events);
    auto files = sim_.after_cut(events, random_);
    std::string& log = files[database_ + "-wal"];
    if (log.empty()) continue;
    for (uint64_t hits = 1 + random_.below(3); hits > 0; --hits)
      log[random_.below(log.size())] ^= static_cast<char>(1 + random_.below(255));
    Told told;
    for (const auto& [key, row] : open_after_cut(files, database_, told)) {
      const auto is_of = [&, &key = key, &row = row](size_t state) {
        if (state >= states_.size()) return false;
        const auto then = states_[state].find(key);
        return then != states_[state].end() && then->second == row;
      };
      ASSERT_TRUE(is_of(last + 1) || is_of(last) || (last > 0 && is_of(last - 1))) << "cut " << cut << ": " << key;
    }
    ++damaged;
  }
  EXPECT_GT(damaged, 10);
}

}  // namespace
}  // namespace larder::test
