// lines.cc – what grows with thread lines: a hand scans all of them, twice a page; see parts.h.
//
// The lines belong to threads of another process that did one put each and sleep. Their lines are never written
// meanwhile: what is measured is the scan, not what it costs to fetch a line that another CPU has just changed.
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include "scale/parts.h"
#include "support/clock.h"
#include "support/figures.h"
#include "support/shm_block.h"
#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr const char* kCache = "lines";
constexpr uint32_t kValueBytes = 64;
constexpr uint32_t kKept = 20'000;
constexpr uint32_t kRounds = 5;

/// A process whose threads hold so many lines, until it is killed.
class Holders {
 public:
  Holders(const Ground& ground, uint32_t lines) {
    int ends[2];
    if (pipe(ends) != 0) fail("cannot make a pipe", "bench_scale");
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ < 0) fail("cannot fork", "bench_scale");
    if (pid_ == 0) hold(ground, lines, ends[1]);
    close(ends[1]);
    for (uint32_t i = 0; i < lines; ++i) {
      char taken = 0;
      if (read(ends[0], &taken, 1) != 1) fail("a thread found no line", "bench_scale");
    }
    close(ends[0]);
  }
  ~Holders() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Holders(const Holders&) = delete;
  Holders& operator=(const Holders&) = delete;

 private:
  [[noreturn]] static void hold(const Ground& ground, uint32_t lines, int taken) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Cache cache = open_cache(ground.name(), kCache);
    for (uint32_t i = 0; i < lines; ++i)
      std::thread([&cache, taken] {
        if (cache.put("anything", "value") == PutResult::detached) _exit(1);  // it found no line
        if (write(taken, "t", 1) == 1)
          for (;;) pause();
      }).detach();
    for (;;) pause();
  }
  pid_t pid_ = -1;
};

}  // namespace

bool measure_lines(double seconds) {
  CacheOptions cache;
  cache.name = kCache;
  cache.expected_entry = uint32_t(kMeanKeyLength) + kValueBytes;
  cache.size = uint64_t{kKept} * (cache.expected_entry + 12);
  SegmentOptions options;
  options.caches = {cache};
  options.threads = 600;
  const Ground ground(options);
  const Cache mine = open_cache(ground.name(), kCache);
  std::string value(kValueBytes, 'v');
  Key key;
  uint32_t next = 0;
  uint64_t refused = 0;
  const auto puts = [&](uint64_t count) {
    const int64_t before = cpu_nanoseconds();
    for (uint64_t i = 0; i < count; ++i, next = (next + 1) % kAbsentBit)
      refused += mine.put(key.form(next), value) == PutResult::stored ? 0 : 1;
    return double(cpu_nanoseconds() - before) / double(count);
  };
  const double first = puts(200'000);
  const auto count = static_cast<uint64_t>(seconds * 1e9 / first / kRounds);
  const uint64_t pages_before = figures_of(ground.name(), kCache)[Counter::pages_emptied];
  puts(count);
  const uint64_t pages = figures_of(ground.name(), kCache)[Counter::pages_emptied] - pages_before;
  const double puts_a_page = double(count) / double(pages);
  fmt::print("{:>8} {:>14} {:>14} {:>16}\n", "lines", "ns of a put", "puts a page", "ns a page more");
  double least_lines = 0;
  for (const uint32_t lines : {2u, 64u, 512u}) {
    const Holders holders(ground, lines - 1);
    std::vector<double> rounds;
    for (uint32_t round = 0; round < kRounds; ++round) rounds.push_back(puts(count));
    std::sort(rounds.begin(), rounds.end());
    const double ns = rounds[kRounds / 2];
    if (least_lines == 0) least_lines = ns;
    fmt::print("{:>8} {:>14.1f} {:>14.1f} {:>16.0f}\n", lines, ns, puts_a_page, (ns - least_lines) * puts_a_page);
  }
  if (refused > 0) fmt::print("WRONG: {} puts were refused\n", refused);
  return refused == 0;
}

}  // namespace larder::bench
