#include "support/temp_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace larder::test {

namespace {

std::string parent() {
  const char* set = std::getenv("LARDER_TEST_DIR");
  return set != nullptr && *set != 0 ? set : "/dev/shm";
}

}  // namespace

TempDirectory::TempDirectory() : path_(parent() + "/larder-test-XXXXXX"), owner_(getpid()) {
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error(fmt::format("cannot make {}: {}; the tests need a writable /dev/shm, or LARDER_TEST_DIR",
                                         path_, std::strerror(errno)));
  }
}

TempDirectory::~TempDirectory() {
  if (getpid() != owner_) return;
  std::error_code failure;
  std::filesystem::remove_all(path_, failure);
  if (failure) fmt::print(stderr, "cannot remove {}: {}\n", path_, failure.message());
}

std::vector<std::string> TempDirectory::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace larder::test
