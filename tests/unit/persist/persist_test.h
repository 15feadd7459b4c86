// persist_test.h – databases and stores for the tests of what is kept on disk.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "cache/build.h"
#include "cache/region.h"
#include "persist/disk.h"
#include "persist/keep.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {

using persist::Disk;
using persist::Row;
using persist::RowChange;
using Rows = std::map<std::string, Row>;

Row counter_row(const std::string& key, int64_t number);
Row value_row(const std::string& key, const std::string& value, uint64_t expiry = 0);
RowChange put(Row row);
RowChange erase(const std::string& key);

/// Collects what the room says.
struct Told {
  std::string text;
  persist::Say say() {
    return [this](const std::string& line) { text += line + "\n"; };
  }
  bool has(const std::string& part) const { return text.find(part) != std::string::npos; }
};

/// Opens it, or throws with its message.
Disk open_disk(const std::string& path, Told& told, const std::string& vfs = {});
Rows all_rows(Disk& disk);
/// Does the changes to the model too.
void do_to(Rows& model, const std::vector<RowChange>& changes);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// A segment with one store "memory" whose keys that begin with 'd' are durable, and a database for it.
class Kept {
 public:
  explicit Kept(uint64_t size = 1 << 20, std::vector<uint8_t> durable = {'d'});

  SegmentOptions options() const { return options_; }
  persist::KeepOptions keep_options(const std::string& vfs = {}) const;
  std::string database() const { return disk_ / "test.memory.db"; }
  const TempDirectory& segments() const { return segments_; }
  const TempDirectory& disk() const { return disk_; }

  persist::Keep open(const std::string& vfs = {});
  /// A new segment, restored from the database.
  Segment create(persist::Keep& keep);
  static std::unique_ptr<Store> store(const Segment& segment);
  static std::shared_ptr<const cache::Region> region(const Segment& segment);
  /// The rows on disk; nobody may keep the database meanwhile.
  Rows rows();

  Told told;

 private:
  TempDirectory segments_;
  TempDirectory disk_;
  SegmentOptions options_;
};

/// One pass, and all other work that is due.
void work_all(persist::Keep& keep);

}  // namespace larder::test
