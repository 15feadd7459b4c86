// power_test.cc – the power goes at any moment: each batch that was acknowledged is there, none by half.
#include <algorithm>
#include <cstdlib>

#include "persist_test.h"
#include "sim_vfs.h"

namespace larder::test {
namespace {

/// Opens the files of a cut in a place of their own. Returns what they hold.
Rows open_after_cut(const std::map<std::string, std::string>& files, const std::string& database) {
  const TempDirectory place;
  for (const auto& [path, bytes] : files) write_file(place / ("a.db" + path.substr(database.size())), bytes);
  Told told;
  Disk disk = open_disk(place / "a.db", told);
  EXPECT_EQ(told.text, "") << "a power cut is no damage";
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

TEST(PowerCut, LeavesEveryAcknowledgedBatchAndNoneByHalf) {
  const char* wanted = std::getenv("LARDER_PERSIST_CUTS");
  const int cuts = wanted != nullptr ? std::atoi(wanted) : 800;
  const TempDirectory directory;
  const std::string database = directory / "a.db";
  SimVfs sim;
  Told told;
  Random random(21);
  std::vector<Rows> states(1);
  std::vector<size_t> acknowledged{0};  // events before the acknowledgement of each state
  {
    Disk disk = open_disk(database, told, sim.name());
    for (int i = 0; i < 3; ++i) {
      const auto batch = random_batch(random);
      ASSERT_TRUE(disk.commit(batch));
      do_to(states[0], batch);
    }
    sim.record({database, database + "-wal"});
    for (int i = 0; i < 25; ++i) {
      const auto batch = random_batch(random);
      ASSERT_TRUE(disk.commit(batch));
      states.push_back(states.back());
      do_to(states.back(), batch);
      acknowledged.push_back(sim.recorded());
    }
  }
  for (int cut = 0; cut < cuts; ++cut) {
    const size_t events = random.below(sim.recorded() + 1);
    const Rows rows = open_after_cut(sim.after_cut(events, random), database);
    const auto next = std::upper_bound(acknowledged.begin(), acknowledged.end(), events);
    const auto last = static_cast<size_t>(next - acknowledged.begin()) - 1;
    const bool old = rows == states[last];
    const bool coming = last + 1 < states.size() && rows == states[last + 1];
    ASSERT_TRUE(old || coming) << "cut " << cut << " behind event " << events << ", batch " << last << ": "
                               << rows.size() << " rows, " << states[last].size() << " were acknowledged";
  }
}

}  // namespace
}  // namespace larder::test
