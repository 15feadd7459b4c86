// place.cc – checks of the place where segments live: directory, room, log-outs, huge pages.
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cache/build.h"
#include "config/config.h"
#include "doctor/patient.h"

namespace larder::doctor {

namespace {

constexpr uint64_t kLargeSegment = 64 << 20;  ///< from here on huge pages are worth a word
constexpr uid_t kFirstUser = 1000;            ///< lower ones are the system's

std::string mib(uint64_t bytes) { return fmt::format("{:.1f} MiB", double(bytes) / (1 << 20)); }

/// Memory that a file takes.
uint64_t bytes_of_file(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 ? static_cast<uint64_t>(st.st_blocks) * 512 : 0;
}

/// Bytes of what the configuration plans, or the defaults do.
uint64_t planned_bytes(const std::string& file) {
  if (file.empty()) return cache::memory_of(config::defaults().segment);
  const Result<config::Config> config = config::load(file);
  return config ? cache::memory_of(config->segment) : 0;
}

/// Options of the mount that a directory is on.
std::string mount_options(const std::string& directory) {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string line, found;
  size_t longest = 0;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string word, point;
    for (int i = 0; i < 5; ++i) words >> (i == 4 ? point : word);
    const bool under = directory == point || point == "/" || directory.starts_with(point + "/");
    if (!under || point.size() < longest) continue;
    longest = point.size();
    const size_t separator = line.find(" - ");
    found = separator == std::string::npos ? "" : line.substr(line.rfind(' ') + 1);
  }
  return found;
}

/// What the login manager is told of RemoveIPC; "yes" is its default.
bool removes_at_logout() {
  if (access("/run/systemd/system", F_OK) != 0) return false;
  std::ifstream settings("/etc/systemd/logind.conf");
  std::string line;
  bool removes = true;
  while (std::getline(settings, line))
    if (line.starts_with("RemoveIPC=")) removes = !(line.ends_with("=no") || line.ends_with("=false"));
  return removes;
}

}  // namespace

void check_directory(Patient& patient, Report& report) {
  const std::string& directory = patient.directory();
  struct stat st {};
  if (stat(directory.c_str(), &st) != 0)
    return report.error(fmt::format("{}: {}", directory, std::strerror(errno)),
                        "LARDER_DIR, --directory or the configuration names a place that is not there",
                        "create it on a tmpfs, or name another: --directory DIR");
  if (!S_ISDIR(st.st_mode))
    return report.error(fmt::format("{} is not a directory", directory), "a file has that name",
                        "name a directory: --directory DIR");
  struct statfs fs {};
  if (statfs(directory.c_str(), &fs) == 0 && fs.f_type != TMPFS_MAGIC)
    report.notice(fmt::format("{} is not in memory (file system type {:#x})", directory, uint64_t(fs.f_type)),
                  "the kernel writes changed pages of a segment to the disk below",
                  "let segments live on a tmpfs, such as /dev/shm: LARDER_DIR, segment.directory");
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    report.warning(fmt::format("uid {} may not make files in {}", geteuid(), directory),
                   fmt::format("its mode is {:04o}, its owner uid {}", st.st_mode & 07777, st.st_uid),
                   "run larderd as a user who may, or name another directory");
  if (!report.said_anything()) report.ok(directory);
}

void check_space(Patient& patient, Report& report) {
  struct statvfs space {};
  if (statvfs(patient.directory().c_str(), &space) != 0)
    return report.skipped(fmt::format("{}: {}", patient.directory(), std::strerror(errno)));
  const uint64_t left = uint64_t{space.f_bavail} * space.f_frsize, all = uint64_t{space.f_blocks} * space.f_frsize;
  const std::string there = fmt::format("{} of {} are free in {}", mib(left), mib(all), patient.directory());
  const std::string larger = fmt::format(
      "make the caches smaller, or the file system larger: mount -o remount,size=… {} (containers: --shm-size)",
      patient.directory());
  if (space.f_files != 0 && space.f_favail == 0)
    return report.error(fmt::format("no file can be made in {}", patient.directory()), "all its inodes are taken",
                        fmt::format("remove files: ls {}", patient.directory()));
  if (const uint64_t present = bytes_of_file(patient.path()); present != 0) {
    if (present <= left) return report.ok(there);
    return report.notice(fmt::format("a successor of {} would not fit beside the segment: {}", mib(present), there),
                         "all memory of a segment is reserved when it is made; a retired one stays until its last "
                         "worker leaves",
                         larger);
  }
  const uint64_t planned = planned_bytes(patient.question().config);
  if (planned <= left) return report.ok(there);
  report.error(fmt::format("the segment needs {}, {}", mib(planned), there),
               "all memory of a segment is reserved when it is made", larger);
}

void check_logout(Patient& patient, Report& report) {
  struct stat st {};
  const uid_t owner = stat(patient.path().c_str(), &st) == 0 ? st.st_uid : geteuid();
  if (patient.directory() != "/dev/shm" || owner < kFirstUser || !removes_at_logout())
    return report.ok("nobody clears the directory");
  report.notice(fmt::format("the segment vanishes when uid {} logs out", owner),
                "systemd's RemoveIPC=yes clears /dev/shm for normal users",
                "run larderd as a system user, or let segments live in a directory of your own (LARDER_DIR)");
}

void check_pages(Patient& patient, Report& report) {
  const uint64_t bytes = patient.figures().bytes;
  if (bytes < kLargeSegment) return report.ok("a small segment");
  struct statfs fs {};
  if (statfs(patient.directory().c_str(), &fs) != 0 || fs.f_type != TMPFS_MAGIC)
    return report.ok("this file system has none");
  const std::string options = mount_options(patient.directory());
  const size_t at = options.find("huge=");
  if (at != std::string::npos && !options.substr(at).starts_with("huge=never")) return report.ok(options.substr(at));
  report.notice(
      fmt::format("{} are in pages of 4 KiB", mib(bytes)),
      fmt::format("{} is mounted without huge=; the processor then looks up addresses more often", patient.directory()),
      fmt::format("before the segment is made: mount -o remount,huge=within_size {}", patient.directory()));
}

}  // namespace larder::doctor
