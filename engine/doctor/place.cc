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

#include "cache/build.h"
#include "config/config.h"
#include "doctor/patient.h"
#include "observe/inspector.h"
#include "os/huge_pages.h"
#include "os/memory_limit.h"
#include "os/numa.h"

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

/// What a segment can get: the file system's room, or, if that is less, what a control group leaves.
struct Room {
  uint64_t left;
  std::string there;
  std::string larger;  ///< how to get more
};
Room room_in(const std::string& directory, uint64_t left, uint64_t all) {
  const auto limit = os::memory_limit();
  struct statfs fs {};
  const bool in_memory = statfs(directory.c_str(), &fs) == 0 && fs.f_type == TMPFS_MAGIC;
  if (in_memory && limit && limit->left < left)
    return {
        limit->left,
        fmt::format("{} of the memory limit of {} are left in {}", mib(limit->left), mib(limit->limit), limit->group),
        "make the caches smaller, or raise the limit (systemd: MemoryMax=; containers: --memory)"};
  return {left, fmt::format("{} of {} are free in {}", mib(left), mib(all), directory),
          fmt::format("make the caches smaller, or the file system larger: mount -o remount,size=… {} (containers: "
                      "--shm-size)",
                      directory)};
}

std::string first_line(const char* file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
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
  const std::string& directory = patient.directory();
  struct statvfs space {};
  if (statvfs(directory.c_str(), &space) != 0)
    return report.skipped(fmt::format("{}: {}", directory, std::strerror(errno)));
  if (space.f_files != 0 && space.f_favail == 0)
    return report.error(fmt::format("no file can be made in {}", directory), "all its inodes are taken",
                        fmt::format("remove files: ls {}", directory));
  const Room room =
      room_in(directory, uint64_t{space.f_bavail} * space.f_frsize, uint64_t{space.f_blocks} * space.f_frsize);
  if (const uint64_t present = bytes_of_file(patient.path()); present != 0) {
    if (present <= room.left) return report.ok(room.there);
    return report.notice(
        fmt::format("a successor of {} would not fit beside the segment: {}", mib(present), room.there),
        "all memory of a segment is reserved when it is made; a retired one stays until its last worker leaves",
        room.larger);
  }
  const uint64_t planned = planned_bytes(patient.question().config);
  if (planned <= room.left) return report.ok(room.there);
  report.error(fmt::format("the segment needs {}, {}", mib(planned), room.there),
               "all memory of a segment is reserved when it is made", room.larger);
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
  const uint64_t huge = os::bytes_in_huge_pages(patient.segment()->impl().opened.mapping.data(), bytes);
  const std::string share = fmt::format("{} of {} are in pages of 2 MiB", mib(huge), mib(bytes));
  if (huge >= bytes / 2) return report.ok(share);
  const bool denied =
      first_line("/sys/kernel/mm/transparent_hugepage/shmem_enabled").find("[deny]") != std::string::npos;
  report.notice(
      share,
      denied ? "the system denies them to shared memory; the processor then looks up addresses more often"
             : "Linux gives them since 6.1, as far as it has memory in such pieces when a segment is made",
      denied ? "before the segment is made: echo advise >/sys/kernel/mm/transparent_hugepage/shmem_enabled"
             : "make the segment soon after the machine was started, or after: echo 1 >/proc/sys/vm/compact_memory");
}

void check_nodes(Patient& patient, Report& report) {
  const size_t nodes = os::nodes_of_machine().size();
  const std::string placement = os::placement_at((*patient.segment()).impl().opened.mapping.data());
  if (nodes == 1) return report.ok("the machine has one");
  if (patient.figures().bytes < kLargeSegment || placement != "default") return report.ok(placement);
  report.notice(fmt::format("{} are on the node of the process that made the segment", mib(patient.figures().bytes)),
                fmt::format("the machine has {} nodes, and workers on the others reach it more slowly", nodes),
                "before the segment is made: numa = \"interleave\" in [segment]");
}

}  // namespace larder::doctor
