// superblock.cc – see superblock.h.
#include "segment/superblock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "os/file_lock.h"
#include "os/process.h"

namespace larder::segment {

using base::fail;
using base::with_hint;

uint64_t superblock_checksum(const Superblock& super) {
  constexpr size_t kFrom = offsetof(Superblock, name);
  return base::checksum(reinterpret_cast<const std::byte*>(&super) + kFrom, offsetof(Superblock, state) - kFrom);
}

namespace {

/// True if its creator was told another name of the boot than this process.
bool names_another_boot(const Superblock& super) {
  constexpr os::BootId kUnknown{};
  os::BootId made{};
  std::memcpy(made.data(), super.boot, sizeof super.boot);
  const os::BootId here = os::boot_id();
  return made != here && made != kUnknown && here != kUnknown;
}

}  // namespace

bool from_another_boot(const os::ShmFile& file, const Superblock& super) {
  constexpr int64_t kStarts = 60'000;  // two starts of a machine are further apart, ms
  const int64_t now = base::now_ms();
  // Unsigned: of a damaged superblock in use, any difference is possible.
  const uint64_t started = static_cast<uint64_t>(super.created_unix_ms) - static_cast<uint64_t>(super.created_ms);
  const auto apart = static_cast<int64_t>(static_cast<uint64_t>(base::unix_ms() - now) - started);
  const bool another_start = apart > kStarts || apart < -kStarts;
  if (super.created_ms <= now && !(another_start && names_another_boot(super))) return false;
  const Result<bool> used = os::is_locked(file.descriptor());
  return used && !*used;
}

namespace {

constexpr const char* kAnew = "remove it (`larder remove`) and let larderd create it anew";

/// A file others may write is nobody's segment: refuse before believing a byte of it.
Status check_access(const std::string& path, const os::FileFacts& facts) {
  if ((facts.mode & 0007) != 0)
    return with_hint(fail(Code::permission, "{}: mode {:04o} lets everybody in", path, facts.mode), "chmod o= " + path);
  const bool shared_by_group = (facts.mode & 0060) != 0;
  if (facts.owner != geteuid() && facts.owner != 0 && geteuid() != 0 && !shared_by_group)
    return with_hint(
        fail(Code::permission, "{}: owned by uid {}, which is neither this user nor root", path, facts.owner),
        "run as the owner, or create the segment with a group (mode 0660)");
  return Done{};
}

bool table_fits(uint64_t at, uint64_t count, uint64_t each, uint64_t size) {
  return at % 64 == 0 && at <= size && count <= (size - at) / each;
}

/// `super` is a private copy of the file's first bytes.
Status check_superblock(const std::string& path, const Superblock& super, uint64_t file_size) {
  if (super.magic != kMagic)
    return with_hint(fail(Code::foreign, "{} is not a Larder segment", path), "was something else given this name?");
  if (super.layout != kLayoutVersion)
    return with_hint(fail(Code::layout, "{}: layout {}, this build speaks {}", path, super.layout, kLayoutVersion),
                     kAnew);
  if (super.abi != abi_fingerprint())
    return with_hint(fail(Code::layout, "{}: made by a build with other sizes (ABI {:08x}, this build {:08x})", path,
                          super.abi, abi_fingerprint()),
                     kAnew);
  if (super.size > file_size)
    return with_hint(fail(Code::truncated, "{}: {} bytes, the segment has {}", path, file_size, super.size), kAnew);
  if (super.checksum != superblock_checksum(super))
    return with_hint(fail(Code::corrupt, "{}: the superblock's checksum does not match", path), kAnew);
  const bool tables = table_fits(super.workers_at, super.worker_slots, sizeof(WorkerSlot), super.size) &&
                      table_fits(super.threads_at, super.thread_lines, sizeof(ThreadLine), super.size) &&
                      table_fits(super.directory_at, super.cache_count, sizeof(DirectoryEntry), super.size) &&
                      table_fits(super.counters_at, uint64_t{super.worker_slots} * super.cache_count,
                                 uint64_t{super.counter_row_words} * 8, super.size) &&
                      table_fits(super.samples_at, super.thread_lines, sizeof(SampleRing), super.size);
  const bool counts = super.worker_slots >= 1 && super.worker_slots <= kMaxWorkers && super.cache_count >= 1 &&
                      super.cache_count <= kMaxCaches && super.counter_row_words == kCounterRowWords;
  if (!tables || !counts) return with_hint(fail(Code::corrupt, "{}: a table lies outside of the segment", path), kAnew);
  return Done{};
}

Status check_state(const std::string& path, SegmentState state, Retired retired) {
  if (state == SegmentState::ready || (state == SegmentState::retired && retired == Retired::accept)) return Done{};
  if (state == SegmentState::retired)
    return with_hint(fail(Code::retired, "{}: the segment was retired", path),
                     "attach again: its successor has the same name");
  return with_hint(
      fail(Code::unfinished, "{}: the segment was never finished (state {})", path, static_cast<uint64_t>(state)),
      kAnew);
}

/// `checked` is the private copy: what it says is not read again from memory that others write to.
Tables open_tables(std::byte* base, const Superblock& checked) {
  Tables tables;
  tables.super = reinterpret_cast<Superblock*>(base);
  tables.workers = {reinterpret_cast<WorkerSlot*>(base + checked.workers_at), checked.worker_slots};
  tables.lines = {reinterpret_cast<ThreadLine*>(base + checked.threads_at), checked.thread_lines};
  tables.directory = {reinterpret_cast<DirectoryEntry*>(base + checked.directory_at), checked.cache_count};
  tables.samples = {reinterpret_cast<SampleRing*>(base + checked.samples_at), checked.thread_lines};
  tables.counters = reinterpret_cast<base::Atomic64*>(base + checked.counters_at);
  return tables;
}

}  // namespace

Result<OpenedFile> open_segment(const std::string& path, bool writable, Retired retired) {
  Result<os::ShmFile> file = os::ShmFile::open(path, writable);
  if (!file) return file.error();
  return open_segment(std::move(*file), path, writable, retired);
}

Result<OpenedFile> open_segment(os::ShmFile file, const std::string& path, bool writable, Retired retired) {
  const Result<os::FileFacts> facts = file.facts();
  if (!facts) return facts.error();
  if (Status allowed = check_access(path, *facts); !allowed) return allowed.error();

  alignas(Superblock) std::byte copy[sizeof(Superblock)];
  const Result<size_t> got = file.read_start(copy, sizeof copy);
  if (!got) return got.error();
  uint64_t magic = 0;
  if (*got >= sizeof magic) std::memcpy(&magic, copy, sizeof magic);
  if (magic != kMagic)
    return with_hint(fail(Code::foreign, "{} is not a Larder segment", path), "was something else given this name?");
  if (*got < sizeof copy)
    return with_hint(fail(Code::truncated, "{}: {} bytes, less than a superblock", path, *got), kAnew);
  const auto& super = *reinterpret_cast<const Superblock*>(copy);
  if (Status checked = check_superblock(path, super, facts->size); !checked) return checked.error();

  Result<os::Mapping> mapping = os::Mapping::map(file, super.size, writable);
  if (!mapping) return mapping.error();
  const Tables tables = open_tables(mapping->data(), super);
  const auto state = static_cast<SegmentState>(tables.super->state.load_acquire());
  if (Status usable = check_state(path, state, retired); !usable) return usable.error();
  if (retired == Retired::refuse && from_another_boot(file, super))
    return with_hint(
        fail(Code::retired, "{}: it was made before this machine was started, and is of no use since", path), kAnew);
  return OpenedFile{std::move(file), std::move(*mapping), tables};
}

}  // namespace larder::segment
