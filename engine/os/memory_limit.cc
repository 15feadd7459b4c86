// memory_limit.cc – see memory_limit.h. Files and fields: Documentation/admin-guide/cgroup-v1/memory.rst and
// cgroup-v2.rst of the Linux kernel.
#include "os/memory_limit.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

namespace larder::os {
namespace {

/// The names of one version's files, and of the fields of memory.stat that say what the file cache holds.
struct Version {
  const char* mounts[2];  ///< where it may be mounted
  const char* limit;
  const char* usage;
  const char* active_cache;
  const char* inactive_cache;
};
constexpr Version kFirst{{"/sys/fs/cgroup/memory", nullptr},
                         "/memory.limit_in_bytes",
                         "/memory.usage_in_bytes",
                         "total_active_file",
                         "total_inactive_file"};
constexpr Version kSecond{
    {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}, "/memory.max", "/memory.current", "active_file", "inactive_file"};

/// A file of one number. Nothing if it is not there or says "max".
std::optional<uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  uint64_t number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

uint64_t cache_of(const std::string& folder, const Version& version) {
  std::ifstream file(folder + "/memory.stat");
  uint64_t sum = 0, number = 0;
  for (std::string field; file >> field >> number;)
    if (field == version.active_cache || field == version.inactive_cache) sum += number;
  return sum;
}

std::optional<MemoryLimit> limit_of(const std::string& folder, const Version& version) {
  const auto limit = number_in(folder + version.limit), usage = number_in(folder + version.usage);
  if (!limit || !usage) return std::nullopt;
  const uint64_t cache = std::min(*usage, cache_of(folder, version));
  return MemoryLimit{folder, *limit, *limit - std::min(*limit, *usage - cache)};
}

/// The group at `path` below a mount and all around it; in a container the path may be its host's, and only the mount
/// itself be there.
void look(const char* mount, std::string path, const Version& version, std::optional<MemoryLimit>& least) {
  for (;; path.erase(path.rfind('/'))) {
    if (path == "/") path.clear();
    const auto found = limit_of(mount + path, version);
    if (found && (!least || found->left < least->left)) least = found;
    if (path.empty()) return;
  }
}

bool names_memory(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string one; std::getline(list, one, ',');)
    if (one == "memory") return true;
  return false;
}

}  // namespace

std::optional<MemoryLimit> memory_limit() {
  std::optional<MemoryLimit> least;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string number, controllers, path;
       std::getline(groups, number, ':') && std::getline(groups, controllers, ':') && std::getline(groups, path);) {
    if (path.empty() || path.front() != '/') continue;
    if (!controllers.empty() && !names_memory(controllers)) continue;
    const Version& version = controllers.empty() ? kSecond : kFirst;
    for (const char* mount : version.mounts)
      if (mount != nullptr) look(mount, path, version, least);
  }
  return least;
}

}  // namespace larder::os
