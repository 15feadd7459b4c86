// sqlite.h – SQLite behind error values: a connection, a statement.
//
// What it is    the few calls of libsqlite3 that the room uses. Every failure becomes an Error that names the file.
// Concurrency   a connection and its statements belong to one thread at a time.
// Crash         SQLite's own: a transaction is on disk whole or not at all.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "larder/result.h"

namespace larder::persist {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class Sqlite;

/// A prepared statement. Reset it before its connection does anything else.
class Statement {
 public:
  Statement() = default;
  /// True if a row came. Failures are kept for Sqlite::check().
  bool step();
  /// Ends the run and forgets what was bound.
  void reset();

  void bind(int at, int64_t number) { sqlite3_bind_int64(statement_.get(), at, number); }
  /// The bytes must outlive the run.
  void bind(int at, std::string_view bytes);
  int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::string bytes(int column) const;
  /// True if the column's values have these types, one letter each: i integer, b blob, t text.
  bool has_types(std::string_view letters) const;
  int code() const { return code_; }

 private:
  friend class Sqlite;
  std::unique_ptr<sqlite3_stmt, CloseSqlite> statement_;
  int code_ = SQLITE_OK;
};

class Sqlite {
 public:
  /// Opens an existing file. `vfs` names the layer below SQLite; empty = the operating system.
  static Result<Sqlite> open(const std::string& path, const std::string& vfs);

  Status run(const char* sql);
  Result<Statement> prepare(const char* sql);
  /// The failure of a statement's last step, if it failed.
  Status check(const Statement& statement) const;
  /// Moves everything from the log into the database and empties the log.
  Status checkpoint();
  Result<int64_t> number(const char* sql);
  const std::string& path() const { return path_; }

 private:
  Error error(int code) const;

  std::unique_ptr<sqlite3, CloseSqlite> db_;
  std::string path_;
};

}  // namespace larder::persist
