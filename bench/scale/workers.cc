// workers.cc – what grows with workers: a crowd of processes on few CPUs; see parts.h.
//
// The workers are not pinned and more than there are CPUs, so each is stopped by the scheduler in the middle of an
// operation again and again, and all others go on. What may change with their number is the share of a CPU that each
// gets, and nothing else.
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <new>
#include <optional>
#include <vector>

#include "scale/parts.h"
#include "support/clock.h"
#include "support/figures.h"
#include "support/latency.h"
#include "support/shm_block.h"
#include "support/sidecar.h"
#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr const char* kCache = "crowd";
constexpr uint32_t kKeys = 200'000;
constexpr uint32_t kValueBytes = 200;
constexpr size_t kTraceRequests = size_t{1} << 20;
constexpr uint32_t kPutEvery = 20;

struct Done {
  uint64_t operations = 0, gets = 0, hits = 0, wrong = 0, refused = 0;
  int64_t cpu_ns = 0;
  Latency latency;
};

struct Board {
  explicit Board(uint32_t workers) : memory(sizeof(Shared) + workers * sizeof(Done)) {
    shared = new (memory.data()) Shared;
    done = new (memory.data() + sizeof(Shared)) Done[workers];
  }
  struct alignas(64) Shared {
    std::atomic<uint32_t> ready{0};
    std::atomic<bool> started{false}, stopped{false};
  };
  ShmBlock memory;
  Shared* shared;
  Done* done;
};

/// One worker's operations from start to stop. Those it does before and after are not counted.
Done work(const Cache& cache, const std::vector<uint32_t>& trace, size_t place, Board::Shared& board) {
  Done done;
  Ticks ticks;
  Key key;
  std::string value(kValueBytes, 'v');
  std::vector<std::byte> into(kValueBytes);
  board.ready.fetch_add(1);
  while (!board.started.load()) usleep(1000);
  const int64_t wall = wall_nanoseconds(), cpu = cpu_nanoseconds();
  const uint64_t first = Ticks::now();
  for (uint32_t turn = 0; (turn & 63) != 0 || !board.stopped.load(); ++turn) {
    const uint32_t id = trace[place = (place + 1) % trace.size()];
    const std::string_view name = key.form(id);
    const uint64_t begin = Ticks::now();
    if (turn % kPutEvery == 0) {
      stamp(value, id);
      done.refused += cache.put(name, value) == PutResult::stored ? 0 : 1;
    } else {
      ++done.gets;
      if (cache.get(name, into)) {
        ++done.hits;
        done.wrong += stamped(into.data(), id) ? 0 : 1;
      }
    }
    ticks.add(Ticks::now() - begin);
    ++done.operations;
  }
  done.cpu_ns = cpu_nanoseconds() - cpu;
  done.latency = ticks.latency(double(wall_nanoseconds() - wall) / double(Ticks::now() - first));
  return done;
}

struct Crowd {
  double seconds = 0;
  Done sum;  ///< latencies: medians of the workers'
  double larderd_share = 0;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

Crowd run_crowd(const Ground& ground, const std::vector<uint32_t>& trace, uint32_t workers, double seconds) {
  Board board(workers);
  std::vector<pid_t> pids;
  std::fflush(nullptr);
  for (uint32_t worker = 0; worker < workers; ++worker) {
    const pid_t pid = fork();
    if (pid < 0) fail("cannot fork a worker", "bench_scale");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const Cache cache = open_cache(ground.name(), kCache);
      board.done[worker] = work(cache, trace, worker * (trace.size() / workers), *board.shared);
      _exit(0);
    }
    pids.push_back(pid);
  }
  while (board.shared->ready.load() < workers) usleep(1000);
  const Sidecar sidecar(ground.name());
  const int64_t before = sidecar.cpu_ns(), begin = wall_nanoseconds();
  board.shared->started.store(true);
  usleep(static_cast<useconds_t>(seconds * 1e6));
  Crowd crowd;
  crowd.larderd_share = double(sidecar.cpu_ns() - before) / double(wall_nanoseconds() - begin);
  board.shared->stopped.store(true);
  crowd.seconds = double(wall_nanoseconds() - begin) * 1e-9;
  std::vector<double> p50, p99, p999;
  for (uint32_t worker = 0; worker < workers; ++worker) {
    int status = 0;
    if (waitpid(pids[worker], &status, 0) < 0 || status != 0) fail("a worker ended early", "bench_scale");
    const Done& done = board.done[worker];
    crowd.sum.operations += done.operations;
    crowd.sum.gets += done.gets;
    crowd.sum.hits += done.hits;
    crowd.sum.wrong += done.wrong;
    crowd.sum.refused += done.refused;
    crowd.sum.cpu_ns += done.cpu_ns;
    p50.push_back(done.latency.median);
    p99.push_back(done.latency.p99);
    p999.push_back(done.latency.p999);
  }
  crowd.sum.latency = {median(p50), median(p99), median(p999)};
  return crowd;
}

}  // namespace

bool measure_workers(uint32_t workers, double seconds) {
  CacheOptions cache;
  cache.name = kCache;
  cache.size = 16 << 20;
  cache.expected_entry = uint32_t(kMeanKeyLength) + kValueBytes;
  SegmentOptions options;
  options.caches = {cache};
  options.workers = workers + 8;
  options.threads = workers + 16;
  const Ground ground(options);
  const std::vector<uint32_t> trace = make_trace(Popularity::zipf, kKeys, kTraceRequests, 7);
  run_crowd(ground, trace, 2, seconds / 2);  // fills the cache
  fmt::print("{:>8} {:>12} {:>12} {:>10} {:>24} {:>9} {:>10}\n", "workers", "million/s", "ns of CPU", "hits %",
             "p50 / p99 / p99.9 ns", "refused", "larderd %");
  bool fine = true;
  for (const uint32_t count : {2u, workers}) {
    const Crowd crowd = run_crowd(ground, trace, count, seconds);
    const Done& sum = crowd.sum;
    const std::string latency =
        fmt::format("{:.0f} / {:.0f} / {:.0f}", sum.latency.median, sum.latency.p99, sum.latency.p999);
    fmt::print("{:>8} {:>12.2f} {:>12.1f} {:>10.2f} {:>24} {:>9} {:>10.2f}\n", count,
               double(sum.operations) / crowd.seconds * 1e-6, double(sum.cpu_ns) / double(sum.operations),
               100 * double(sum.hits) / double(sum.gets), latency, sum.refused, 100 * crowd.larderd_share);
    if (sum.wrong > 0) fmt::print("WRONG: {} values were not their key's\n", sum.wrong);
    fine = fine && sum.wrong == 0 && sum.refused == 0;
  }
  return fine;
}

}  // namespace larder::bench
