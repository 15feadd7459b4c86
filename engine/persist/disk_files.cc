// disk_files.cc – see disk_files.h.
#include "persist/disk_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>

#include "base/error.h"

namespace larder::persist {

namespace {

std::string directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

Status sync(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return base::with_errno("cannot open " + path);
  const int failed = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  return failed == 0 ? Status(Done{}) : Status(base::with_errno("syncing " + path, failed));
}

}  // namespace

Status make_directory_of(const std::string& path) {
  const std::string directory = directory_of(path);
  if (mkdir(directory.c_str(), 0700) == 0) return sync(directory_of(directory), O_RDONLY | O_DIRECTORY);
  if (errno == EEXIST) return Done{};
  return base::with_hint(base::with_errno("cannot make " + directory),
                         "make it, owned by larderd's user, or set persistence.directory");
}

bool file_exists(const std::string& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0;
}

uint64_t file_size(const std::string& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 ? static_cast<uint64_t>(st.st_size) : 0;
}

void remove_database(const std::string& path) {
  for (const char* more : {"-wal", "-journal", ""}) unlink((path + more).c_str());
}

Status make_empty_file(const std::string& path) {
  remove_database(path);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return base::with_hint(base::with_errno("cannot make " + path),
                           "persistence.directory must be writable for larderd's user, and its disk not full");
  close(fd);
  return Done{};
}

Status move_file(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return base::with_errno("cannot rename " + from + " to " + to);
  return sync(directory_of(to), O_RDONLY | O_DIRECTORY);
}

Status sync_file(const std::string& path) { return sync(path, O_RDWR); }

std::string name_aside(const std::string& path) {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  gmtime_r(&now, &date);
  char text[24];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &date);
  const std::string name = path + ".damaged-" + text;
  for (int number = 1;; ++number) {
    std::string candidate = number == 1 ? name : fmt::format("{}-{}", name, number);
    if (!file_exists(candidate) && !file_exists(candidate + "-wal")) return candidate;
  }
}

}  // namespace larder::persist
