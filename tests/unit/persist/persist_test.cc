#include "persist_test.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace larder::test {

Row counter_row(const std::string& key, int64_t number) { return {key, RecordKind::counter, number, 0, {}}; }
Row value_row(const std::string& key, const std::string& value, uint64_t expiry) {
  return {key, RecordKind::value, 0, expiry, value};
}
RowChange put(Row row) { return {std::move(row), false}; }
RowChange erase(const std::string& key) { return {{key, RecordKind::value, 0, 0, {}}, true}; }

namespace {

template <class T>
T good(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().hint);
  return std::move(*result);
}

}  // namespace

Disk open_disk(const std::string& path, Told& told, const std::string& vfs) {
  return good(Disk::open({path, vfs}, told.say()));
}

Rows all_rows(Disk& disk) {
  Rows rows;
  std::string last;
  for (;;) {
    const auto some = good(disk.scan(last, 1000));
    if (some.empty()) return rows;
    last = some.back().key;
    for (const Row& row : some) rows[row.key] = row;
  }
}

void do_to(Rows& model, const std::vector<RowChange>& changes) {
  for (const RowChange& change : changes) {
    if (change.erase)
      model.erase(change.row.key);
    else
      model[change.row.key] = change.row;
  }
}

std::string read_file(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

Kept::Kept(uint64_t size, std::vector<uint8_t> durable) : options_(segment_options(segments_, {})) {
  StoreOptions store;
  store.size = size;
  store.page_size = 4096;
  store.durable = std::move(durable);
  options_.stores.push_back(store);
}

persist::KeepOptions Kept::keep_options(const std::string& vfs) const {
  return {"memory", options_.stores[0].durable, {database(), vfs}};
}

persist::Keep Kept::open(const std::string& vfs) { return good(persist::Keep::open(keep_options(vfs), told.say())); }

Segment Kept::create(persist::Keep& keep) {
  return good(cache::create_segment(options_, "keeper", [&](const Segment& unnamed) { return keep.prepare(unnamed); }));
}

std::unique_ptr<Store> Kept::store(const Segment& segment) { return good(segment.store("memory")); }

std::shared_ptr<const cache::Region> Kept::region(const Segment& segment) {
  return good(cache::open_region(segment.member(), "memory", cache::RegionKind::store));
}

Rows Kept::rows() {
  Disk disk = open_disk(database(), told);
  return all_rows(disk);
}

void work_all(persist::Keep& keep) { keep.round(persist::Clock::now() + std::chrono::seconds(60)); }

}  // namespace larder::test
