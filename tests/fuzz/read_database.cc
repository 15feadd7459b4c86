// A damaged SQLite file, and its write-ahead log: two bytes say how many of the rest are the log's.
#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>

#include "fuzz/targets.h"
#include "persist/page_records.h"
#include "support/temp_directory.h"

namespace larder::fuzz {
namespace {

void write(const std::string& path, std::string_view bytes) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (file >= 0) close(file);
  if (!written) throw std::runtime_error("cannot write " + path);
}

}  // namespace

void read_database(std::string_view bytes) {
  if (bytes.size() < 2) return;
  static const test::TempDirectory directory;
  const std::string path = directory / "store.db";
  const size_t logged = static_cast<uint8_t>(bytes[0]) | static_cast<uint8_t>(bytes[1]) << 8;
  bytes.remove_prefix(2);
  write(path + "-wal", bytes.substr(0, logged));
  write(path, bytes.substr(std::min(logged, bytes.size())));
  const auto pages = persist::FilePages::open(path);
  if (!pages) return;
  persist::Finds finds;
  finds.row = [](persist::Row row) { require(persist::is_sound(row), "a row is delivered that is not sound"); };
  finds.about = [](const persist::About&) {};
  for (uint32_t number = 1; number <= pages->count() && number <= 64; ++number)
    if (const auto page = pages->read(number)) (void)persist::read_records(*pages, *page, finds);
}

}  // namespace larder::fuzz
