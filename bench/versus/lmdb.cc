// lmdb.cc – LMDB on a file in memory, without any synchronising to disk: a sorted tree that readers see without a lock.
//
// Every write is a transaction of its own, every batch one transaction; writers wait for each other. It does not evict.
#include <lmdb.h>

#include "versus/drive.h"

namespace larder::bench::versus {
namespace {

constexpr unsigned kFlags = MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_NOTLS;

void need(int code, const char* what) {
  if (code == MDB_SUCCESS) return;
  fail(mdb_strerror(code), what);
}

MDB_val value_of(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

/// An environment as one process has it.
class Environment {
 public:
  Environment(const std::string& file, const DataSet& data) {
    need(mdb_env_create(&environment_), "lmdb");
    need(mdb_env_set_mapsize(environment_, (size_t{64} << 20) + data.keys * 2 * size_t(data.payload() + kAllowance)),
         "lmdb");
    need(mdb_env_open(environment_, file.c_str(), kFlags, 0600), file.c_str());
    MDB_txn* begin = nullptr;
    need(mdb_txn_begin(environment_, nullptr, 0, &begin), "lmdb");
    need(mdb_dbi_open(begin, nullptr, 0, &table_), "lmdb");
    need(mdb_txn_commit(begin), "lmdb");
  }
  ~Environment() { mdb_env_close(environment_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  MDB_env* environment() const { return environment_; }
  MDB_dbi table() const { return table_; }

 private:
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
};

class Handle {
 public:
  explicit Handle(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {
    need(mdb_txn_begin(environment_->environment(), nullptr, MDB_RDONLY, &reading_), "lmdb");
    mdb_txn_reset(reading_);
  }
  Handle(Handle&& other) noexcept
      : environment_(std::move(other.environment_)), reading_(std::exchange(other.reading_, nullptr)) {}
  ~Handle() { mdb_txn_abort(reading_); }

  bool get(std::string_view key, std::span<std::byte> out) {
    need(mdb_txn_renew(reading_), "lmdb");
    const bool found = read(key, out.data());
    mdb_txn_reset(reading_);
    return found;
  }

  uint32_t get_many(const Batch& keys, std::span<std::byte> out) {
    need(mdb_txn_renew(reading_), "lmdb");
    uint32_t hits = 0;
    for (size_t k = 0; k < kBatch; ++k) hits |= uint32_t{read(keys[k], &out[k * (out.size() / kBatch)])} << k;
    mdb_txn_reset(reading_);
    return hits;
  }

  bool put(std::string_view key, std::string_view value) { return write({&key, 1}, {&value, 1}); }
  bool put_many(const Batch& keys, const Batch& values) { return write(keys, values); }

 private:
  /// All of them or none.
  bool write(std::span<const std::string_view> keys, std::span<const std::string_view> values) {
    MDB_txn* writing = nullptr;
    need(mdb_txn_begin(environment_->environment(), nullptr, 0, &writing), "lmdb");
    for (size_t k = 0; k < keys.size(); ++k) {
      MDB_val key = value_of(keys[k]);
      MDB_val value = value_of(values[k]);
      if (mdb_put(writing, environment_->table(), &key, &value, 0) == MDB_SUCCESS) continue;
      mdb_txn_abort(writing);
      return false;
    }
    return mdb_txn_commit(writing) == MDB_SUCCESS;
  }

  bool read(std::string_view key, std::byte* out) {
    MDB_val wanted = value_of(key);
    MDB_val found{};
    if (mdb_get(reading_, environment_->table(), &wanted, &found) != MDB_SUCCESS) return false;
    std::memcpy(out, found.mv_data, found.mv_size);
    return true;
  }

  std::unique_ptr<Environment> environment_;
  MDB_txn* reading_ = nullptr;
};

class Host {
 public:
  explicit Host(const Setting& setting) : data_(setting.data), file_(setting.directory + "/data") {
    Environment environment(file_, data_);
    MDB_txn* filling = nullptr;
    need(mdb_txn_begin(environment.environment(), nullptr, 0, &filling), "lmdb");
    fill(data_, "lmdb", [&](std::string_view text, std::string_view content) {
      MDB_val key = value_of(text);
      MDB_val value = value_of(content);
      return mdb_put(filling, environment.table(), &key, &value, 0) == MDB_SUCCESS;
    });
    need(mdb_txn_commit(filling), "lmdb");
    MDB_stat facts{};
    need(mdb_env_stat(environment.environment(), &facts), "lmdb");
    memory_ = {(facts.ms_branch_pages + facts.ms_leaf_pages + facts.ms_overflow_pages) * facts.ms_psize,
               facts.ms_entries};
  }

  /// An environment must not cross a fork: every worker opens its own.
  Handle open() const { return Handle(std::make_unique<Environment>(file_, data_)); }
  std::optional<Memory> memory() const { return memory_; }

 private:
  DataSet data_;
  std::string file_;
  Memory memory_;
};

}  // namespace

std::unique_ptr<Contestant> start_lmdb(const Setting& setting) {
  return forked(std::make_unique<Host>(setting), setting);
}

}  // namespace larder::bench::versus
