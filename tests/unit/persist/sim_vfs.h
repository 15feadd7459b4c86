// sim_vfs.h – a layer below SQLite that can fail, stop, and remember what a power cut would have left.
//
// What it is    passes everything on to the operating system's layer. Before each step a test may let it fail; while it
//               records, every change of a file is remembered, so that the files can be rebuilt as they could be after
//               a power cut at any moment: what was synced is there, of everything after the last sync of a file any
//               part may be there or not, in sectors of 512 bytes.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/values.h"

namespace larder::test {

enum class DiskStep : uint8_t { read, write, truncate, sync, remove };

class SimVfs {
 public:
  SimVfs();
  ~SimVfs();
  SimVfs(const SimVfs&) = delete;
  SimVfs& operator=(const SimVfs&) = delete;

  const std::string& name() const { return name_; }
  /// Asked before each step; what is not SQLITE_OK is the step's answer.
  std::function<int(DiskStep step)> before;

  /// From now on. The files' present contents count as synced.
  void record(const std::vector<std::string>& paths);
  size_t recorded() const { return log_.size(); }
  /// The files, by path, as they may be after a cut behind the first `events` changes.
  std::map<std::string, std::string> after_cut(size_t events, Random& random) const;

 private:
  struct Event {
    DiskStep step;
    std::string file;
    uint64_t offset = 0;  ///< of a write; of a truncation the new size
    std::string bytes;
  };
  struct File;

  int ask(DiskStep step) const { return before ? before(step) : SQLITE_OK; }
  void note(Event event);
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync);
  static const sqlite3_io_methods* methods();

  std::string name_;
  sqlite3_vfs vfs_{};
  sqlite3_vfs* real_;
  bool recording_ = false;
  std::map<std::string, std::string> start_;
  std::vector<Event> log_;
};

}  // namespace larder::test
