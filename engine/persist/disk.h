// disk.h – the database behind one store: rows by key, changed in batches, each on disk when commit returns.
//
// What it is    a SQLite database of one file. Table `row` holds the records in the order of their keys, each with a
//               checksum; table `about` holds the identity of the segment that the rows were last written for, and
//               the number of rows and the sum of their checksums, which change in the same transaction as the rows.
// Invariants    D1 a batch is on disk whole when commit() says so, or not at all. D2 open() reads everything: what it
//               returns is intact (every checksum, the number of rows, the sum over them, SQLite's own structure).
//               D3 a damaged file is never written to: what can still be read of it goes into a fresh file (salvage.h)
//               and it is set aside under another name. D4 one process at a time (disk_lock.h).
//               D5 a file that is no database of a store is refused and stays as it is.
// Concurrency   one thread at a time.
// Crash         SQLite's log: killed or without power at any point, the next open finds the last batch that commit()
//               acknowledged, or the one that was being written. A database gets its name when it is complete.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persist/disk_lock.h"
#include "persist/row.h"
#include "persist/sqlite.h"

namespace larder::persist {

/// Of a segment: its uuid.
using Identity = std::array<uint8_t, 16>;

/// What the room has to tell people, one line each.
using Say = std::function<void(const std::string&)>;

struct DiskOptions {
  std::string path;  ///< of the database; its directory is made if it is missing
  std::string vfs;   ///< SQLite's layer below; empty = the operating system
};

class Disk {
 public:
  /// Opens or makes the database, salvaging it if it is damaged (which `say` tells). Code::busy if another process
  /// has it, permission, foreign, or system if the disk cannot be read at all.
  static Result<Disk> open(const DiskOptions& options, const Say& say);

  /// Does all changes in order, in one transaction. On failure nothing was done; Code::corrupt means: open anew.
  Status commit(std::span<const RowChange> changes);
  /// The next rows behind the key `after` (empty: from the first), at most `limit`.
  Result<std::vector<Row>> scan(std::string_view after, size_t limit);
  uint64_t rows() const { return content_.rows; }

  /// The segment that the rows were last written for; none if that is not known.
  std::optional<Identity> segment() const { return segment_; }
  Status set_segment(const Identity& segment);
  const std::string& path() const { return db_.path(); }

 private:
  friend Status make_database(const std::string& path, const std::string& vfs,
                              const std::function<Status(Disk&)>& fill);
  /// Number of rows and the sum of their checksums.
  struct Content {
    uint64_t rows = 0;
    uint64_t sum = 0;
    bool operator==(const Content&) const = default;
  };

  static Result<Disk> open_file(const std::string& path, const std::string& vfs);
  Status prepare_statements();
  Status verify();
  Status read_about();
  Status change(const RowChange& change, bool& changed);
  Status apply(std::span<const RowChange> changes, bool& changed);
  Status write_about(std::string_view name, std::string_view value);
  Status write_content();
  template <class Work>
  Status in_transaction(const Work& work);

  DiskLock lock_;
  Sqlite db_;
  Statement find_, put_, erase_, scan_, note_;
  Content content_;
  std::optional<Identity> segment_;
};

/// A new database at `path` (whatever was there is replaced), filled and closed. It is complete when this returns.
Status make_database(const std::string& path, const std::string& vfs, const std::function<Status(Disk&)>& fill);

}  // namespace larder::persist
