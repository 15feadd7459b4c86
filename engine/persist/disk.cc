// disk.cc – see disk.h.
#include "persist/disk.h"

#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "persist/about.h"
#include "persist/disk_files.h"
#include "persist/file_pages.h"
#include "persist/salvage.h"

namespace larder::persist {

namespace {

constexpr const char* kSettings =
    "PRAGMA locking_mode=EXCLUSIVE;"  // no index of the log in shared memory, which nobody shares
    "PRAGMA synchronous=FULL;"        // a commit returns when its log is on disk
    "PRAGMA wal_autocheckpoint=0;"    // commit() empties the log itself
    "PRAGMA secure_delete=ON;"        // what salvage finds in a page is there, and removed tokens are gone
    "PRAGMA cell_size_check=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-8192;";
constexpr const char* kSchema =
    "PRAGMA application_id=1279349297;"  // "LAR1"
    "CREATE TABLE row(key BLOB PRIMARY KEY, kind INTEGER NOT NULL, number INTEGER NOT NULL, expiry INTEGER NOT NULL,"
    " value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE about(name TEXT PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;";
constexpr int64_t kApplication = 1279349297;
constexpr size_t kVerifyStep = 4096;

Error damaged(const std::string& path, std::string_view what) {
  return base::fail(Code::corrupt, "{}: {}", path, what);
}

/// The row under the statement, or nothing if it is damaged.
std::optional<Row> row_of(const Statement& statement) {
  if (!statement.has_types("biiibi")) return std::nullopt;
  const int64_t kind = statement.number(1);
  if (kind != 0 && kind != 1) return std::nullopt;
  Row row{statement.bytes(0), static_cast<RecordKind>(kind), statement.number(2),
          static_cast<uint64_t>(statement.number(3)), statement.bytes(4)};
  if (!is_sound(row) || checksum_of(row) != static_cast<uint64_t>(statement.number(5))) return std::nullopt;
  return row;
}

}  // namespace

Result<Disk> Disk::open(const DiskOptions& options, const Say& say) {
  if (Status made = make_directory_of(options.path); !made) return made.error();
  Result<DiskLock> lock = DiskLock::take(options.path);
  if (!lock) return lock.error();
  if (Status finished = finish_salvage(options.path); !finished) return finished.error();
  if (!file_exists(options.path)) {
    const std::string fresh = options.path + ".new";
    if (Status made = make_database(fresh, options.vfs, [](Disk&) { return Done{}; }); !made) return made.error();
    if (Status named = move_file(fresh, options.path); !named) return named.error();
  }
  Result<Disk> disk = open_file(options.path, options.vfs);
  if (!disk && disk.error().code == Code::corrupt) {
    if (Status salvaged = salvage(options, disk.error(), say); !salvaged) return salvaged.error();
    disk = open_file(options.path, options.vfs);
  }
  if (disk) disk->lock_ = std::move(*lock);
  return disk;
}

Result<Disk> Disk::open_file(const std::string& path, const std::string& vfs) {
  Disk disk;
  Result<Sqlite> db = Sqlite::open(path, vfs);
  if (!db) return db.error();
  disk.db_ = std::move(*db);
  if (Status set = disk.db_.run(kSettings); !set) return set.error();
  const Result<int64_t> tables =
      disk.db_.number("SELECT count(*) FROM sqlite_schema WHERE name IN ('row', 'about') AND type = 'table'");
  if (!tables) return tables.error();
  const Result<int64_t> application = disk.db_.number("PRAGMA application_id");
  if (!application) return application.error();
  const Result<int64_t> others = disk.db_.number("SELECT count(*) FROM sqlite_schema");
  if (!others) return others.error();
  if (*tables == 0 && *application != kApplication && *others > 0)
    return base::with_hint(base::fail(Code::foreign, "{} is a database of something else", path),
                           "choose another persistence.directory, or move that file away");
  const Result<int64_t> page = disk.db_.number("PRAGMA page_size");
  if (!page) return page.error();
  const Result<int64_t> logged = disk.db_.number("SELECT journal_mode = 'wal' FROM pragma_journal_mode");
  if (!logged) return logged.error();
  if (*tables != 2 || *application != kApplication || *page != kDiskPage || *logged != 1)
    return damaged(path, "its head is damaged");
  if (Status prepared = disk.prepare_statements(); !prepared) return damaged(path, prepared.error().message);
  if (Status verified = disk.verify(); !verified) return verified.error();
  return disk;
}

Status Disk::prepare_statements() {
  const auto prepare = [this](Statement& statement, const char* sql) -> Status {
    Result<Statement> made = db_.prepare(sql);
    if (!made) return made.error();
    statement = std::move(*made);
    return Done{};
  };
  if (Status done = prepare(find_, "SELECT sum FROM row WHERE key = ?1"); !done) return done;
  if (Status done = prepare(put_,
                            "INSERT INTO row VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET kind = ?2,"
                            " number = ?3, expiry = ?4, value = ?5, sum = ?6");
      !done)
    return done;
  if (Status done = prepare(erase_, "DELETE FROM row WHERE key = ?1"); !done) return done;
  if (Status done = prepare(scan_, "SELECT * FROM row WHERE key > ?1 ORDER BY key LIMIT ?2"); !done) return done;
  return prepare(note_,
                 "INSERT INTO about VALUES(cast(?1 AS TEXT), ?2, ?3) ON CONFLICT DO UPDATE SET value = ?2, sum = ?3");
}

/// Reads everything (D2).
Status Disk::verify() {
  if (Status read = read_about(); !read) return read;
  Content met;
  std::string last;
  for (;;) {
    const Result<std::vector<Row>> rows = scan(last, kVerifyStep);
    if (!rows) return rows.error();
    if (rows->empty()) break;
    for (const Row& row : *rows) {
      if (row.key <= last) return damaged(path(), "its rows are out of order");
      last = row.key;
      ++met.rows;
      met.sum += checksum_of(row);
    }
  }
  if (met != content_)
    return damaged(path(), fmt::format("{} rows are there, {} were written", met.rows, content_.rows));
  Result<Statement> check = db_.prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  const bool answered = check->step();
  if (Status checked = db_.check(*check); !checked) return checked;
  return answered && check->bytes(0) == "ok" ? Status(Done{}) : Status(damaged(path(), "its structure is damaged"));
}

Status Disk::read_about() {
  Result<Statement> all = db_.prepare("SELECT name, value, sum FROM about");
  if (!all) return all.error();
  bool counted = false;
  while (all->step()) {
    const About about{all->bytes(0), all->bytes(1)};
    if (!all->has_types("tbi") || checksum_of(about) != static_cast<uint64_t>(all->number(2)))
      return damaged(path(), "what it says about itself is damaged");
    if (about.name == kAboutSegment && about.value.size() == sizeof(Identity))
      std::memcpy(segment_.emplace().data(), about.value.data(), sizeof(Identity));
    if (about.name == kAboutContent && about.value.size() == sizeof content_) {
      std::memcpy(&content_, about.value.data(), sizeof content_);
      counted = true;
    }
  }
  if (Status read = db_.check(*all); !read) return read;
  return counted ? Status(Done{}) : Status(damaged(path(), "it does not say how many rows it has"));
}

Result<std::vector<Row>> Disk::scan(std::string_view after, size_t limit) {
  std::vector<Row> rows;
  scan_.bind(1, after);
  scan_.bind(2, static_cast<int64_t>(limit));
  bool sound = true;
  while (sound && scan_.step()) {
    std::optional<Row> row = row_of(scan_);
    sound = row.has_value();
    if (row) rows.push_back(std::move(*row));
  }
  Status read = db_.check(scan_);
  scan_.reset();
  if (!read) return read.error();
  if (!sound) return damaged(path(), "a row's checksum does not match");
  return rows;
}

template <class Work>
Status Disk::in_transaction(const Work& work) {
  const Content before = content_;
  Status done = db_.run("BEGIN IMMEDIATE");
  if (!done) return done;
  bool changed = true;
  done = work(changed);
  if (done && changed) done = db_.run("COMMIT");
  if (done && changed) {
    // The batch is on disk. A log that cannot be emptied now is emptied behind the next one; until then it is replayed.
    if (Status emptied = db_.checkpoint(); !emptied && emptied.error().code == Code::corrupt) return emptied;
    return Done{};
  }
  content_ = before;
  const Status undone = db_.run("ROLLBACK");
  return done && !undone ? undone : done;  // SQLite may have rolled back by itself
}

Status Disk::commit(std::span<const RowChange> changes) {
  return in_transaction([&](bool& changed) { return apply(changes, changed); });
}

Status Disk::apply(std::span<const RowChange> changes, bool& changed) {
  changed = false;
  for (const RowChange& one : changes)
    if (Status done = change(one, changed); !done) return done;
  return changed ? write_content() : Status(Done{});
}

/// One key. What is there already is not written again.
Status Disk::change(const RowChange& change, bool& changed) {
  const Row& row = change.row;
  find_.bind(1, row.key);
  const bool there = find_.step();
  const uint64_t old = there ? static_cast<uint64_t>(find_.number(0)) : 0;
  Status found = db_.check(find_);
  find_.reset();
  if (!found) return found;
  const uint64_t sum = change.erase ? 0 : checksum_of(row);
  if (change.erase ? !there : there && old == sum) return Done{};

  Statement& statement = change.erase ? erase_ : put_;
  statement.bind(1, row.key);
  if (!change.erase) {
    statement.bind(2, static_cast<int64_t>(row.kind));
    statement.bind(3, row.number);
    statement.bind(4, static_cast<int64_t>(row.expiry));
    statement.bind(5, row.value);
    statement.bind(6, static_cast<int64_t>(sum));
  }
  statement.step();
  Status done = db_.check(statement);
  statement.reset();
  if (!done) return done;
  changed = true;
  content_.sum += sum - old;
  content_.rows += uint64_t{change.erase ? 0u : 1u} - uint64_t{there ? 1u : 0u};
  return Done{};
}

Status Disk::write_about(std::string_view name, std::string_view value) {
  note_.bind(1, name);
  note_.bind(2, value);
  note_.bind(3, static_cast<int64_t>(checksum_of({std::string(name), std::string(value)})));
  note_.step();
  Status done = db_.check(note_);
  note_.reset();
  return done;
}

Status Disk::write_content() {
  return write_about(kAboutContent, {reinterpret_cast<const char*>(&content_), sizeof content_});
}

Status Disk::set_segment(const Identity& segment) {
  if (segment_ == segment) return Done{};
  Status done = in_transaction([&](bool&) {
    return write_about(kAboutSegment, {reinterpret_cast<const char*>(segment.data()), segment.size()});
  });
  if (done) segment_ = segment;
  return done;
}

Status make_database(const std::string& path, const std::string& vfs, const std::function<Status(Disk&)>& fill) {
  if (Status made = make_empty_file(path); !made) return made;
  {
    Disk disk;
    Result<Sqlite> db = Sqlite::open(path, vfs);
    if (!db) return db.error();
    disk.db_ = std::move(*db);
    if (Status set = disk.db_.run("PRAGMA page_size=4096;"); !set) return set;
    if (Status set = disk.db_.run(kSettings); !set) return set;
    if (Status set = disk.db_.run("PRAGMA journal_mode=WAL;"); !set) return set;
    if (Status made = disk.db_.run(kSchema); !made) return made;
    if (Status prepared = disk.prepare_statements(); !prepared) return prepared;
    if (Status counted = disk.in_transaction([&](bool&) { return disk.write_content(); }); !counted) return counted;
    if (Status filled = fill(disk); !filled) return filled;
    if (Status emptied = disk.db_.checkpoint(); !emptied) return emptied;
  }
  return sync_file(path);
}

}  // namespace larder::persist
