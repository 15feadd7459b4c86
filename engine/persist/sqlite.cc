// sqlite.cc – see sqlite.h.
#include "persist/sqlite.h"

#include "base/error.h"

namespace larder::persist {

namespace {

constexpr const char* kNoRoom =
    "make room on its file system; what waits is written then, and nothing is lost meanwhile";
constexpr const char* kNoAccess =
    "its directory must exist, and file and directory must be writable for larderd's user";

Code code_of(int code) {
  // What cannot be read is damaged; salvage reads what can be, and says so if that is nothing.
  if (code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS)
    return Code::corrupt;
  switch (code & 0xff) {
    case SQLITE_FULL: return Code::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::busy;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return Code::permission;
    default: return Code::system;
  }
}

const char* hint_of(Code code) {
  switch (code) {
    case Code::no_space: return kNoRoom;
    case Code::permission: return kNoAccess;
    case Code::busy: return "another program has it open; end that one, or let it finish";
    case Code::system: return "look into the kernel's log: the disk or its file system fails";
    default: return "";
  }
}

}  // namespace

bool Statement::step() {
  code_ = sqlite3_step(statement_.get());
  if (code_ == SQLITE_ROW) return true;
  if (code_ == SQLITE_DONE) code_ = SQLITE_OK;
  return false;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

void Statement::bind(int at, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), at, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

std::string Statement::bytes(int column) const {
  const void* at = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return at == nullptr ? std::string() : std::string(static_cast<const char*>(at), size);
}

bool Statement::has_types(std::string_view letters) const {
  for (size_t i = 0; i < letters.size(); ++i) {
    const int wanted = letters[i] == 'i' ? SQLITE_INTEGER : letters[i] == 'b' ? SQLITE_BLOB : SQLITE_TEXT;
    if (sqlite3_column_type(statement_.get(), static_cast<int>(i)) != wanted) return false;
  }
  return true;
}

Result<Sqlite> Sqlite::open(const std::string& path, const std::string& vfs) {
  Sqlite opened;
  opened.path_ = path;
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                   vfs.empty() ? nullptr : vfs.c_str());
  opened.db_.reset(db);
  if (code != SQLITE_OK) return opened.error(code);
  sqlite3_extended_result_codes(db, 1);
  return opened;
}

Error Sqlite::error(int code) const {
  const Code kind = code_of(code);
  const int number = db_ == nullptr ? 0 : sqlite3_system_errno(db_.get());
  Error error = base::fail(kind, "{}: {}", path_, sqlite3_errstr(code));
  if (kind != Code::corrupt && number != 0) error.message += fmt::format(" ({})", std::strerror(number));
  error.hint = hint_of(kind);
  return error;
}

Status Sqlite::run(const char* sql) {
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status(Done{}) : Status(error(code));
}

Result<Statement> Sqlite::prepare(const char* sql) {
  Statement statement;
  sqlite3_stmt* made = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement.statement_.reset(made);
  if (code != SQLITE_OK) return error(code);
  return statement;
}

Status Sqlite::check(const Statement& statement) const {
  const int code = statement.code();
  return code == SQLITE_OK || code == SQLITE_ROW ? Status(Done{}) : Status(error(code));
}

Status Sqlite::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return code == SQLITE_OK ? Status(Done{}) : Status(error(code));
}

Result<int64_t> Sqlite::number(const char* sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const bool row = statement->step();
  if (Status checked = check(*statement); !checked) return checked.error();
  return row ? statement->number(0) : 0;
}

}  // namespace larder::persist
