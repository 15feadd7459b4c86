// file_pages.cc – see file_pages.h.
#include "persist/file_pages.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace larder::persist {

namespace {

constexpr size_t kLogHead = 32;
constexpr size_t kFrameHead = 24;
constexpr uint32_t kLogMagic = 0x377f0682;  // its last bit: checksums are of big-endian words

uint32_t big(const uint8_t* at) { return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3]; }

/// The running checksum of a log.
struct LogSum {
  bool big_endian = false;
  uint32_t first = 0;
  uint32_t second = 0;

  void add(const uint8_t* at, size_t size) {
    for (size_t i = 0; i + 8 <= size; i += 8) {
      first += word(at + i) + second;
      second += word(at + i + 4) + first;
    }
  }
  bool is(const uint8_t* at) const { return big(at) == first && big(at + 4) == second; }

 private:
  uint32_t word(const uint8_t* at) const {
    if (big_endian) return big(at);
    uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
};

bool read_exactly(int fd, void* to, size_t size, uint64_t at) {
  return pread(fd, to, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
}

}  // namespace

Result<FilePages> FilePages::open(const std::string& path) {
  FilePages pages(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (pages.fd_ < 0) return base::with_errno("cannot read " + path);
  struct stat st {};
  if (fstat(pages.fd_, &st) != 0) return base::with_errno("cannot read " + path);
  pages.count_ = static_cast<uint32_t>((static_cast<uint64_t>(st.st_size) + kDiskPage - 1) / kDiskPage);
  pages.read_log(path + "-wal");
  return pages;
}

FilePages::FilePages(FilePages&& other) noexcept
    : fd_(other.fd_), count_(other.count_), logged_(std::move(other.logged_)) {
  other.fd_ = -1;
}

FilePages::~FilePages() {
  if (fd_ >= 0) close(fd_);
}

std::optional<DiskPage> FilePages::read(uint32_t number) const {
  if (number == 0 || number > count_) return std::nullopt;
  if (const auto logged = logged_.find(number); logged != logged_.end()) return logged->second;
  DiskPage page{};
  const ssize_t got = pread(fd_, page.data(), page.size(), static_cast<off_t>((number - 1) * uint64_t{kDiskPage}));
  if (got <= 0) return std::nullopt;
  return page;
}

/// Takes the frames of every transaction that is whole; what follows the first frame that does not fit was never
/// committed, or is damaged.
void FilePages::read_log(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return;
  std::array<uint8_t, kLogHead> head{};
  LogSum sum;
  bool good = read_exactly(fd, head.data(), head.size(), 0) && (big(head.data()) & ~1u) == kLogMagic &&
              big(head.data() + 8) == kDiskPage;
  sum.big_endian = (head[3] & 1) != 0;
  sum.add(head.data(), 24);
  good = good && sum.is(head.data() + 24);
  std::map<uint32_t, DiskPage> open_transaction;
  std::array<uint8_t, kFrameHead> frame{};
  for (uint64_t at = kLogHead; good; at += kFrameHead + kDiskPage) {
    DiskPage page{};
    good = read_exactly(fd, frame.data(), frame.size(), at) &&
           read_exactly(fd, page.data(), page.size(), at + kFrameHead) &&
           std::equal(head.begin() + 16, head.begin() + 24, frame.begin() + 8);
    sum.add(frame.data(), 8);
    sum.add(page.data(), page.size());
    good = good && sum.is(frame.data() + 16);
    if (!good) break;
    open_transaction[big(frame.data())] = page;
    const uint32_t pages_then = big(frame.data() + 4);
    if (pages_then == 0) continue;
    count_ = pages_then;
    for (auto& [number, content] : open_transaction) logged_[number] = content;
    open_transaction.clear();
  }
  close(fd);
}

}  // namespace larder::persist
