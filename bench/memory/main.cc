// main.cc – bench_memory: what an entry costs beside its key and value, and how much of a budget holds live entries.
//
//   bench_memory                 all of it, in about a minute
//   bench_memory --seconds 60    a longer churn
//
// Overhead: caches are filled with entries of one kind; everything a region takes beside keys, values and pages that
// are not filled is divided by the entries it holds. Effective memory: mailbox-like entries of mixed sizes and times to
// live churn, a keeper works as larderd does, and the entries that a reader would be given are added up again and
// again: what is missing to the budget is dead bytes, free pages and the ends of pages.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "larder/cache.h"
#include "larder/segment.h"
#include "observe/observe.h"
#include "sidecar/keeper.h"
#include "support/leftovers.h"
#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr uint64_t kMega = 1 << 20;
constexpr uint64_t kBudget = 64 * kMega;
constexpr milliseconds kKeeperInterval{20};  ///< as larderd's

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "bench_memory: {} {}\n", error.message, error.hint);
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error());
  return std::move(*result);
}

/// A private segment with one cache.
struct Stage {
  Segment segment;
  Leftover leftover;
  Cache cache;

  explicit Stage(const CacheOptions& wanted)
      : segment(must(Segment::create(options(wanted), "bench"))),
        leftover(segment.path()),
        cache(must(segment.cache(wanted.name))) {}
  static SegmentOptions options(const CacheOptions& wanted) {
    SegmentOptions all;
    all.name = fmt::format("bench-memory-{}", getpid());
    all.caches = {wanted};
    return all;
  }
  observe::Inspector inspector() const { return must(observe::Inspector::open(segment.name())); }
};

CacheOptions cache_of(uint32_t expected) {
  CacheOptions cache;
  cache.name = "entries";
  cache.size = kBudget;
  cache.expected_entry = expected;
  return cache;
}

/// One kind of entries: `least` to `most` bytes of key and value, evenly.
struct Kind {
  const char* name;
  uint32_t least, most;
  bool timed;  ///< the cache has a default time to live
};

void measure_overhead(const Kind& kind) {
  CacheOptions wanted = cache_of((kind.least + kind.most) / 2);
  if (kind.timed) wanted.ttl = std::chrono::hours(1);
  const Stage stage(wanted);
  std::mt19937_64 random(1);
  std::uniform_int_distribution<uint32_t> sizes(kind.least, kind.most);
  Key key;
  const std::string value(kind.most, 'v');
  for (uint32_t id = 0; id < 3 * kBudget / kind.least; ++id) {
    const std::string_view name = key.form(id);
    (void)stage.cache.put(name, std::string_view(value).substr(0, sizes(random) - name.size()));
  }
  const CacheFigures figures = observe::read_figures(stage.inspector()).caches.front();
  const auto each = [&](uint64_t bytes) { return double(bytes) / double(figures.entries); };
  const uint64_t unfilled = figures.budget - figures.payload_bytes - figures.header_bytes;
  fmt::print("{:<34} {:>9} {:>8.2f} {:>7.2f} {:>7.2f} {:>7.2f} {:>8.2f} {:>10.2f} {:>6.2f}\n", kind.name,
             figures.entries, each(figures.header_bytes), each(figures.index_bytes), each(figures.ghost_bytes),
             each(figures.table_bytes),
             each(figures.header_bytes + figures.index_bytes + figures.ghost_bytes + figures.table_bytes),
             each(unfilled), figures.load);
}

/// What a reader would be given now, in bytes of pages, and how much of it is keys and values.
struct Held {
  double live = 0, payload = 0;
};
Held look(const Stage& stage) {
  Held held;
  const observe::Inspector inspector = stage.inspector();
  const Status listed = observe::list_entries(inspector, stage.cache.name(), {}, [&](const observe::EntryInfo& entry) {
    const uint64_t payload = entry.key.size() + entry.value_bytes, header = entry.ttl_ms < 0 ? 4 : 8;
    held.payload += double(payload);
    held.live += double((header + payload + 7) / 8 * 8);
    return true;
  });
  if (!listed) give_up(listed.error());
  const double budget = double(observe::read_figures(inspector, {.census = false}).caches.front().budget);
  return {held.live / budget, held.payload / budget};
}

/// Mixed entries: log-normal sizes around 300 bytes, half of them with times to live of seconds, popular ones read and
/// now and then changed.
void churn(const Cache& cache, std::atomic<bool>& stop, uint64_t seed) {
  constexpr uint32_t kKeys = 2'000'000;
  const std::vector<uint32_t> trace = make_trace(Popularity::zipf, kKeys, 4 << 20, seed);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> sizes(std::log(300.0), 0.9);
  std::uniform_real_distribution<double> dice;
  std::uniform_int_distribution<int64_t> seconds(1, 20);
  const std::string value(32 << 10, 'v');
  std::string read;
  Key key;
  for (size_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
    const std::string_view name = key.form(trace[i % trace.size()]);
    const bool changed = dice(random) < 0.05;
    if (!changed && cache.get(name, read)) continue;
    PutOptions options;
    if (dice(random) < 0.5) options.ttl = milliseconds(1000 * seconds(random));
    (void)cache.put(name, std::string_view(value).substr(0, std::min<size_t>(size_t(sizes(random)) + 16, value.size())),
                    options);
  }
}

void measure_churn(double seconds) {
  const Stage stage(cache_of(300));
  sidecar::Keeper keeper = must(sidecar::Keeper::take(must(Segment::attach(stage.segment.name()))));
  std::atomic<bool> stop{false};
  std::thread kept([&] {
    for (; !stop.load(std::memory_order_relaxed); std::this_thread::sleep_for(kKeeperInterval)) keeper.run_cycle();
  });
  std::thread worker([&] { churn(stage.cache, stop, 1); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 2));  // full, and what lived shortest has expired
  std::vector<double> live, payload;
  for (int looks = 0; looks < 20; ++looks) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 40));
    const Held held = look(stage);
    live.push_back(held.live);
    payload.push_back(held.payload);
  }
  stop = true;
  worker.join();
  kept.join();
  const CacheFigures figures = observe::read_figures(stage.inspector()).caches.front();
  std::sort(live.begin(), live.end());
  std::sort(payload.begin(), payload.end());
  fmt::print("live entries, share of the budget:   median {:.3f} ({:.3f}-{:.3f})\n", live[live.size() / 2],
             live.front(), live.back());
  fmt::print("keys and values of them:             median {:.3f} ({:.3f}-{:.3f})\n", payload[payload.size() / 2],
             payload.front(), payload.back());
  const auto counted = [&](Counter counter) { return figures.counters[static_cast<size_t>(counter)]; };
  fmt::print("puts {}, hits {}, evictions {}, expirations {}; pages {}: {} cold, {} hot, {} free\n",
             counted(Counter::puts), counted(Counter::hits), counted(Counter::evictions), counted(Counter::expirations),
             figures.pages, figures.pages_cold, figures.pages_hot, figures.pages_free);
}

int run(double seconds) {
  fmt::print("{:<34} {:>9} {:>8} {:>7} {:>7} {:>7} {:>8} {:>10} {:>6}\n", "bytes an entry, 64 MiB", "entries", "header",
             "index", "ghosts", "tables", "overhead", "not filled", "load");
  measure_overhead({"100 bytes, no time to live", 100, 100, false});
  measure_overhead({"100 bytes, with a time to live", 100, 100, true});
  measure_overhead({"50 to 150 bytes, no time to live", 50, 150, false});
  measure_overhead({"50 to 150 bytes, with one", 50, 150, true});
  measure_overhead({"1000 bytes, with a time to live", 1000, 1000, true});
  measure_churn(seconds);
  return 0;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  CLI::App app("Measures what entries cost and how much of a budget holds live ones.");
  double seconds = 30;
  app.add_option("--seconds", seconds, "length of the churn")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return larder::bench::run(seconds);
}
