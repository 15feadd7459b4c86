// engine.h – an embedded database as the persistence of a store would use it: batches of rows, durable at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace larder::bench {

/// A counter as it goes to disk.
struct DiskRow {
  std::string key;
  int64_t number = 0;
};

class DiskEngine {
 public:
  virtual ~DiskEngine() = default;
  virtual const char* name() const = 0;
  /// Puts all rows in one transaction that is on disk when this returns.
  virtual void commit(std::span<const DiskRow> rows) = 0;
  /// Visits every row; returns how many.
  virtual uint64_t load(const std::function<void(std::string_view key, int64_t number)>& visit) = 0;
};

/// Opens a database in the directory (which exists), ending the program with a message if that fails.
std::unique_ptr<DiskEngine> open_sqlite(const std::string& directory);
std::unique_ptr<DiskEngine> open_rocksdb(const std::string& directory);

}  // namespace larder::bench
