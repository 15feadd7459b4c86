#include "sim_vfs.h"

#include <algorithm>
#include <filesystem>

#include "persist_test.h"

namespace larder::test {

struct SimVfs::File {
  sqlite3_file base;
  SimVfs* sim;
  std::string* path;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
};

namespace {

constexpr size_t kSector = 512;

void write_into(std::string& content, uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  content.replace(offset, bytes.size(), bytes);
}

/// Any of the sectors that the write touches reach the disk.
void write_torn(std::string& content, uint64_t offset, std::string_view bytes, Random& random) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = std::min(bytes.size() - at, kSector - (offset + at) % kSector);
    if (random.below(2) == 0) write_into(content, offset + at, bytes.substr(at, length));
    at += length;
  }
}

}  // namespace

const sqlite3_io_methods* SimVfs::methods() {
  static const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods m{};
    m.iVersion = 1;
    m.xClose = [](sqlite3_file* file) {
      sqlite3_file* real = File::of(file).real();
      const int code = real->pMethods->xClose(real);
      delete File::of(file).path;
      return code;
    };
    m.xRead = [](sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
      sqlite3_file* real = File::of(file).real();
      const int code = File::of(file).sim->ask(DiskStep::read);
      return code != SQLITE_OK ? code : real->pMethods->xRead(real, to, size, at);
    };
    m.xWrite = [](sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
      File& own = File::of(file);
      if (const int code = own.sim->ask(DiskStep::write); code != SQLITE_OK) return code;
      own.sim->note({DiskStep::write, *own.path, static_cast<uint64_t>(at),
                     std::string(static_cast<const char*>(from), static_cast<size_t>(size))});
      return own.real()->pMethods->xWrite(own.real(), from, size, at);
    };
    m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      File& own = File::of(file);
      if (const int code = own.sim->ask(DiskStep::truncate); code != SQLITE_OK) return code;
      own.sim->note({DiskStep::truncate, *own.path, static_cast<uint64_t>(size), {}});
      return own.real()->pMethods->xTruncate(own.real(), size);
    };
    m.xSync = [](sqlite3_file* file, int flags) {
      File& own = File::of(file);
      if (const int code = own.sim->ask(DiskStep::sync); code != SQLITE_OK) return code;
      own.sim->note({DiskStep::sync, *own.path, 0, {}});
      return own.real()->pMethods->xSync(own.real(), flags);
    };
    m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xFileSize(real, size);
    };
    m.xLock = [](sqlite3_file* file, int level) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xLock(real, level);
    };
    m.xUnlock = [](sqlite3_file* file, int level) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xUnlock(real, level);
    };
    m.xCheckReservedLock = [](sqlite3_file* file, int* out) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xCheckReservedLock(real, out);
    };
    m.xFileControl = [](sqlite3_file* file, int op, void* argument) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xFileControl(real, op, argument);
    };
    m.xSectorSize = [](sqlite3_file* file) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xSectorSize(real);
    };
    m.xDeviceCharacteristics = [](sqlite3_file* file) {
      sqlite3_file* real = File::of(file).real();
      return real->pMethods->xDeviceCharacteristics(real);
    };
    return m;
  }();
  return &kMethods;
}

SimVfs::SimVfs() : real_(sqlite3_vfs_find(nullptr)) {
  static int number = 0;
  name_ = "sim" + std::to_string(++number);
  vfs_ = *real_;
  vfs_.pNext = nullptr;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  sqlite3_vfs_register(&vfs_, 0);
}

SimVfs::~SimVfs() { sqlite3_vfs_unregister(&vfs_); }

int SimVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  auto* sim = static_cast<SimVfs*>(vfs->pAppData);
  File& own = File::of(file);
  own.base.pMethods = nullptr;
  const int code = sim->real_->xOpen(sim->real_, name, own.real(), flags, out);
  if (code != SQLITE_OK) return code;
  own.sim = sim;
  own.path = new std::string(name == nullptr ? "" : name);
  own.base.pMethods = methods();
  return SQLITE_OK;
}

int SimVfs::remove(sqlite3_vfs* vfs, const char* name, int sync) {
  auto* sim = static_cast<SimVfs*>(vfs->pAppData);
  if (const int code = sim->ask(DiskStep::remove); code != SQLITE_OK) return code;
  sim->note({DiskStep::remove, name, 0, {}});
  return sim->real_->xDelete(sim->real_, name, sync);
}

void SimVfs::note(Event event) {
  if (recording_) log_.push_back(std::move(event));
}

void SimVfs::record(const std::vector<std::string>& paths) {
  recording_ = true;
  log_.clear();
  start_.clear();
  for (const std::string& path : paths)
    if (std::filesystem::exists(path)) start_[path] = read_file(path);
}

std::map<std::string, std::string> SimVfs::after_cut(size_t events, Random& random) const {
  std::map<std::string, std::string> files = start_;
  std::map<std::string, size_t> synced;  // events before this are on disk
  for (size_t i = 0; i < events; ++i)
    if (log_[i].step == DiskStep::sync) synced[log_[i].file] = i;
  for (size_t i = 0; i < events; ++i) {
    const Event& event = log_[i];
    const auto last = synced.find(event.file);
    const bool certain = last != synced.end() && i < last->second;
    if (event.step == DiskStep::write) {
      if (certain || random.below(3) == 0)
        write_into(files[event.file], event.offset, event.bytes);
      else
        write_torn(files[event.file], event.offset, event.bytes, random);
    } else if (certain || random.below(2) == 0) {
      if (event.step == DiskStep::truncate) files[event.file].resize(event.offset);
      if (event.step == DiskStep::remove) files.erase(event.file);
    }
  }
  return files;
}

}  // namespace larder::test
