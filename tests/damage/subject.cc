#include "damage/subject.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "base/clock.h"
#include "cache/region_layout.h"
#include "damage/use.h"
#include "segment/superblock.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

SegmentOptions subject_options(const TempDirectory& directory) {
  SegmentOptions options =
      segment_options(directory, {cache_options("main", 64 << 10, 1024), cache_options("large", 256 << 10, 4096),
                                  cache_options("strict", 16 << 10, 512)});
  options.workers = 6;
  options.threads = 8;
  options.caches[2].mode = CacheMode::refuse;
  options.caches[0].idle = std::chrono::minutes(5);
  options.stores.emplace_back();
  options.stores[0].size = 64 << 10;
  options.stores[0].page_size = 4096;
  options.stores[0].durable = {'d'};
  options.stores[0].droppable = {'x'};
  return options;
}

void move_creation(std::string& image, int64_t milliseconds) {
  auto& super = *reinterpret_cast<segment::Superblock*>(image.data());
  super.created_ms += milliseconds;
  super.checksum = segment::superblock_checksum(super);
}

constexpr uint32_t kSteps = 6000;  ///< of use before the image is taken

}  // namespace

std::string subject_image(Leaving leaving) {
  const TempDirectory directory;
  create_segment(subject_options(directory));
  Process worker([&] {
    const Segment segment = attach_segment(directory.path(), "filler");
    Use use(segment, 42, Use::Only::data);
    for (uint32_t step = 0; step < kSteps; ++step) use.step();
    if (leaving == Leaving::killed) _exit(0);  // with views, a builder and its place
    return 0;
  });
  const Ending ending = worker.wait();
  if (!ending.ok()) throw std::runtime_error("the worker that fills the segment " + ending.text());
  std::string image = read_image(directory);
  move_creation(image, -base::now_ms());
  return image;
}

void begin_now(std::string& image) { move_creation(image, base::now_ms()); }

std::vector<Part> parts_of(const std::string& image) {
  const auto& super = *reinterpret_cast<const segment::Superblock*>(image.data());
  std::vector<Part> parts;
  const auto add = [&](std::string name, uint64_t at, uint64_t size) { parts.push_back({std::move(name), at, size}); };
  add("superblock", 0, sizeof super);
  add("roster", super.workers_at, super.worker_slots * sizeof(segment::WorkerSlot));
  add("lines", super.threads_at, super.thread_lines * sizeof(segment::ThreadLine));
  add("directory", super.directory_at, super.cache_count * sizeof(segment::DirectoryEntry));
  add("counters", super.counters_at, uint64_t{super.worker_slots} * super.cache_count * super.counter_row_words * 8);
  add("samples", super.samples_at, super.thread_lines * sizeof(segment::SampleRing));
  for (uint32_t number = 0; number < super.cache_count; ++number) {
    const auto& entry = reinterpret_cast<const segment::DirectoryEntry*>(image.data() + super.directory_at)[number];
    const auto& s = reinterpret_cast<const cache::RegionHeader*>(image.data() + entry.region_at)->shape;
    const std::string name = std::string(entry.name) + " ";
    const auto part = [&](const char* what, uint64_t at, uint64_t size) {
      add(name + what, entry.region_at + at, size);
    };
    part("shape", 0, sizeof s);
    part("header", sizeof s, sizeof(cache::RegionHeader) - sizeof s);
    part("buckets", s.buckets_at, uint64_t{s.buckets} * sizeof(index::Bucket));
    part("ghosts", s.ghosts_at, uint64_t{s.ghost_lines} * sizeof(policy::GhostLine));
    part("recent", s.recent_at, uint64_t{s.recent_lines} * sizeof(policy::GhostLine));
    part("tags", s.tags_at, uint64_t{s.tag_slots} * sizeof(uint32_t));
    part("records", s.records_at, uint64_t{s.pages} * sizeof(page::PageRecord));
    part("cells", s.cells_at, (uint64_t{s.ring_cells} * 2 + s.free_cells) * 8);
    part("pages", s.pages_at, uint64_t{s.pages} * s.page_bytes);
  }
  return parts;
}

void write_image(const TempDirectory& directory, const std::string& image) {
  const int file = open((directory / kSegmentFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ftruncate(file, static_cast<off_t>(image.size())) == 0 &&
                       pwrite(file, image.data(), image.size(), 0) == static_cast<ssize_t>(image.size());
  if (file >= 0) close(file);
  if (!written) throw std::runtime_error("cannot write the segment's file");
}

std::string read_image(const TempDirectory& directory) {
  const int file = open((directory / kSegmentFile).c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (file < 0 || fstat(file, &facts) != 0) throw std::runtime_error("cannot read the segment's file");
  std::string image(static_cast<size_t>(facts.st_size), '\0');
  const ssize_t got = pread(file, image.data(), image.size(), 0);
  close(file);
  if (got != facts.st_size) throw std::runtime_error("the segment's file is short");
  return image;
}

}  // namespace larder::test
