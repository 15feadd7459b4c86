// upkeep.cc – what grows with caches and with bytes: larderd beside segments that nobody uses, and attaching to them;
// see parts.h.
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "observe/observe.h"
#include "scale/parts.h"
#include "support/clock.h"
#include "support/figures.h"
#include "support/shm_block.h"
#include "support/sidecar.h"
#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr uint64_t kSmallCache = 256 << 10;
constexpr uint32_t kLargeValue = 4000;
constexpr double kAttachLimit = 10;  ///< ms
constexpr double kShareLimit = 1;    ///< % of a CPU
constexpr uint32_t kAttaches = 9;

struct Upkeep {
  double share = 0;   ///< % of a CPU
  double rounds = 0;  ///< a second
};

uint64_t rounds_of(const std::string& segment) {
  const Result<observe::Inspector> inspector = observe::Inspector::open(segment);
  return inspector ? observe::read_figures(*inspector, {.census = false}).sidecar_cycles : 0;
}

/// larderd for so long, after the first seconds in which it sees everything for the first time.
Upkeep keep(const std::string& segment, double seconds) {
  const Sidecar sidecar(segment);
  usleep(2'000'000);
  const uint64_t rounds = rounds_of(segment);
  const int64_t cpu = sidecar.cpu_ns(), wall = wall_nanoseconds();
  usleep(static_cast<useconds_t>(seconds * 1e6));
  const double passed = double(wall_nanoseconds() - wall);
  return {100 * double(sidecar.cpu_ns() - cpu) / passed, double(rounds_of(segment) - rounds) / (passed * 1e-9)};
}

/// ms until a process of its own has attached and answered its first lookup; the median of some.
double attach_ms(const std::string& segment) {
  std::vector<double> times;
  for (uint32_t i = 0; i < kAttaches; ++i) {
    int ends[2];
    if (pipe(ends) != 0) fail("cannot make a pipe", "bench_scale");
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid < 0) fail("cannot fork", "bench_scale");
    if (pid == 0) {
      const int64_t before = wall_nanoseconds();
      open_cache(segment, "large").contains("anything");
      const int64_t spent = wall_nanoseconds() - before;
      _exit(write(ends[1], &spent, sizeof spent) == sizeof spent ? 0 : 1);
    }
    close(ends[1]);
    int64_t spent = 0;
    if (read(ends[0], &spent, sizeof spent) != sizeof spent) fail("a process could not attach", "bench_scale");
    close(ends[0]);
    waitpid(pid, nullptr, 0);
    times.push_back(double(spent) * 1e-6);
  }
  std::sort(times.begin(), times.end());
  return times[kAttaches / 2];
}

/// Bytes of memory that can be taken without anybody being pushed out; 0 = unknown.
uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(13)) << 10;
  return 0;
}

void print_limit(const char* what, double measured, double limit) {
  fmt::print("  {:<44} {:>8.3f}  wanted <= {:<5} {}\n", what, measured, limit,
             measured <= limit ? "reached" : "NOT REACHED");
}

}  // namespace

bool measure_caches(double seconds) {
  fmt::print("{:>8} {:>16} {:>12}\n", "caches", "larderd, % CPU", "rounds/s");
  for (const uint32_t caches : {1u, 16u, 256u}) {
    SegmentOptions options;
    for (uint32_t i = 0; i < caches; ++i) {
      CacheOptions& cache = options.caches.emplace_back();
      cache.name = fmt::format("cache{}", i);
      cache.size = kSmallCache;
    }
    const Ground ground(options);
    for (uint32_t i = 0; i < caches; ++i) {
      const Cache cache = open_cache(ground.name(), options.caches[i].name);
      for (int entry = 0; entry < 1000; ++entry) (void)cache.put(fmt::format("key{}", entry), std::string(200, 'v'));
    }
    const Upkeep upkeep = keep(ground.name(), seconds);
    fmt::print("{:>8} {:>16.3f} {:>12.1f}\n", caches, upkeep.share, upkeep.rounds);
  }
  return true;
}

bool measure_bytes(uint64_t bytes, double seconds) {
  const uint64_t needed = bytes + bytes / 16 + (uint64_t{1} << 30), free = available_memory();
  std::error_code error;
  const uint64_t room = std::filesystem::space("/dev/shm", error).available;
  if (free < needed || error || room < needed) {
    fmt::print("bytes: left out: a segment of {} MiB wants {} MiB, there are {} of memory and {} in /dev/shm\n",
               bytes >> 20, needed >> 20, free >> 20, room >> 20);
    return true;
  }
  SegmentOptions options;
  CacheOptions& cache = options.caches.emplace_back();
  cache.name = "large";
  cache.size = bytes;
  cache.expected_entry = uint32_t(kMeanKeyLength) + kLargeValue;
  cache.ttl = milliseconds(3'600'000);
  const int64_t begin = wall_nanoseconds();
  const Ground ground(options);
  const double made = double(wall_nanoseconds() - begin) * 1e-9;
  const double empty_attach = attach_ms(ground.name());
  uint64_t refused = 0;
  {
    const Cache mine = open_cache(ground.name(), "large");
    const std::string value(kLargeValue, 'v');
    Key key;
    const auto entries = static_cast<uint32_t>(bytes / (cache.expected_entry + 12));
    for (uint32_t id = 0; id < entries; ++id) refused += mine.put(key.form(id), value) == PutResult::stored ? 0 : 1;
  }
  const double full = double(wall_nanoseconds() - begin) * 1e-9;
  const double full_attach = attach_ms(ground.name());
  const Upkeep upkeep = keep(ground.name(), seconds);
  const CacheFigures figures = figures_of(ground.name(), "large");
  fmt::print("bytes: {} MiB in {} pages, made in {:.1f} s, full after {:.1f} s\n", bytes >> 20, figures.pages, made,
             full);
  print_limit("attach and first lookup, empty, ms", empty_attach, kAttachLimit);
  print_limit("attach and first lookup, full, ms", full_attach, kAttachLimit);
  print_limit("larderd, % of a CPU", upkeep.share, kShareLimit);
  fmt::print("  larderd makes {:.1f} rounds a second\n", upkeep.rounds);
  if (refused > 0) fmt::print("WRONG: {} puts were refused\n", refused);
  return refused == 0;
}

}  // namespace larder::bench
