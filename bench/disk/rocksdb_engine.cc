// rocksdb_engine.cc – RocksDB: write batches whose log is synced.
#include <fmt/format.h>
#include <rocksdb/db.h>

#include <cstdlib>
#include <cstring>

#include "disk/engine.h"

namespace larder::bench {
namespace {

class RocksdbEngine final : public DiskEngine {
 public:
  explicit RocksdbEngine(const std::string& directory) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = 8 << 20;
    options.max_background_jobs = 1;
    options.compression = rocksdb::kNoCompression;
    rocksdb::DB* db = nullptr;
    check(rocksdb::DB::Open(options, directory + "/bench.rocks", &db));
    db_.reset(db);
  }
  const char* name() const override { return "RocksDB"; }

  void commit(std::span<const DiskRow> rows) override {
    rocksdb::WriteBatch batch;
    for (const DiskRow& row : rows) {
      char body[25] = {};  // kind, number, expiry, checksum
      std::memcpy(body + 1, &row.number, 8);
      check(batch.Put(row.key, rocksdb::Slice(body, sizeof body)));
    }
    rocksdb::WriteOptions durable;
    durable.sync = true;
    check(db_->Write(durable, &batch));
  }

  uint64_t load(const std::function<void(std::string_view, int64_t)>& visit) override {
    std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator({}));
    uint64_t count = 0;
    for (row->SeekToFirst(); row->Valid(); row->Next(), ++count) {
      int64_t number = 0;
      std::memcpy(&number, row->value().data() + 1, 8);
      visit({row->key().data(), row->key().size()}, number);
    }
    check(row->status());
    return count;
  }

 private:
  static void check(const rocksdb::Status& status) {
    if (status.ok()) return;
    fmt::print(stderr, "bench_disk: RocksDB: {}\n", status.ToString());
    std::exit(1);
  }
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

std::unique_ptr<DiskEngine> open_rocksdb(const std::string& directory) {
  return std::make_unique<RocksdbEngine>(directory);
}

}  // namespace larder::bench
