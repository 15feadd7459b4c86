// sqlite_engine.cc – SQLite: a write-ahead log that every commit syncs, one table without row numbers.
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdlib>

#include "disk/engine.h"

namespace larder::bench {
namespace {

class SqliteEngine final : public DiskEngine {
 public:
  explicit SqliteEngine(const std::string& directory) {
    check(sqlite3_open((directory + "/bench.db").c_str(), &db_));
    run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;"
        "CREATE TABLE IF NOT EXISTS row(key BLOB PRIMARY KEY, kind INTEGER, number INTEGER, expiry INTEGER, value BLOB,"
        " sum INTEGER) WITHOUT ROWID");
    check(sqlite3_prepare_v2(db_, "SELECT sum FROM row WHERE key = ?1", -1, &find_, nullptr));
    check(sqlite3_prepare_v2(
        db_, "INSERT INTO row VALUES(?1, 2, ?2, 0, x'', ?3) ON CONFLICT DO UPDATE SET number = ?2, sum = ?3", -1, &put_,
        nullptr));
  }
  ~SqliteEngine() override {
    sqlite3_finalize(find_);
    sqlite3_finalize(put_);
    sqlite3_close(db_);
  }
  const char* name() const override { return "SQLite"; }

  void commit(std::span<const DiskRow> rows) override {
    run("BEGIN IMMEDIATE");
    for (const DiskRow& row : rows) {
      bind_key(find_, row.key);  // the row that goes: its checksum leaves the sum over all rows
      sqlite3_step(find_);
      check(sqlite3_reset(find_));
      bind_key(put_, row.key);
      sqlite3_bind_int64(put_, 2, row.number);
      sqlite3_bind_int64(put_, 3, row.number * 7919);
      sqlite3_step(put_);
      check(sqlite3_reset(put_));
    }
    run("COMMIT");
    check(sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr));
  }

  uint64_t load(const std::function<void(std::string_view, int64_t)>& visit) override {
    sqlite3_stmt* all = nullptr;
    check(sqlite3_prepare_v2(db_, "SELECT key, number FROM row ORDER BY key", -1, &all, nullptr));
    uint64_t count = 0;
    for (; sqlite3_step(all) == SQLITE_ROW; ++count)
      visit({static_cast<const char*>(sqlite3_column_blob(all, 0)), static_cast<size_t>(sqlite3_column_bytes(all, 0))},
            sqlite3_column_int64(all, 1));
    check(sqlite3_finalize(all));
    return count;
  }

 private:
  static void bind_key(sqlite3_stmt* statement, const std::string& key) {
    sqlite3_bind_blob(statement, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
  }
  void run(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) {
    if (code == SQLITE_OK) return;
    fmt::print(stderr, "bench_disk: SQLite: {}\n", sqlite3_errmsg(db_));
    std::exit(1);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* find_ = nullptr;
  sqlite3_stmt* put_ = nullptr;
};

}  // namespace

std::unique_ptr<DiskEngine> open_sqlite(const std::string& directory) {
  return std::make_unique<SqliteEngine>(directory);
}

}  // namespace larder::bench
