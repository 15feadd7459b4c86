// main.cc – bench_store: the store beside Redis and memcached over Unix sockets, in the same run.
//
// Each worker process does one operation after the other (no pipelining: that is how a mail server's worker asks), on
// keys of its own trace. Throughput is measured in one pass, latencies in another that reads the clock around every
// operation. Contestants take turns, so that what the machine does meanwhile hits all alike.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/rival.h"
#include "support/clock.h"
#include "support/crew.h"
#include "support/workload.h"

namespace larder::bench {
namespace {

enum Contestant : uint32_t { kLarder, kRedis, kMemcached, kContestants };
constexpr std::array kNames{"larder", "redis", "memcached"};

enum Task : uint32_t { kGet, kSet, kIncrement, kIncrementHot, kIncrementMillion, kRate, kLock, kTasks };
constexpr std::array kTaskNames{
    "get", "set", "incr", "incr, one hot counter", "incr, a million", "rate check", "lock and unlock"};

constexpr uint32_t kKeys = 10'000;
constexpr uint32_t kMillion = 1'000'000;
constexpr size_t kValueBytes = 64;
constexpr uint64_t kTimed = uint64_t{1} << 31;  ///< in Order::operations: measure each operation

struct Options {
  std::string only;
  double seconds = 0.3;
  int rounds = 3;
};

/// One worker's connections, opened when first used.
class Client {
 public:
  Client(const Servers& servers, uint32_t worker)
      : servers_(servers),
        worker_(worker),
        trace_(make_trace(Popularity::zipf, kKeys, size_t{1} << 20, 77 + worker)),
        cold_(make_trace(Popularity::uniform, kMillion, size_t{1} << 20, 99 + worker)) {}

  Report run(const Order& order) {
    Rival& rival = *opened(order.kind / kTasks);
    const auto task = static_cast<Task>(order.kind % kTasks);
    const uint64_t operations = order.operations & ~kTimed;
    if ((order.operations & kTimed) != 0) return timed(rival, task, operations);
    Report report;
    const int64_t begin = wall_nanoseconds();
    for (uint64_t i = 0; i < operations; ++i) report.wrong += !once(rival, task);
    report.wall_ns = wall_nanoseconds() - begin;
    return report;
  }

 private:
  Rival* opened(uint32_t contestant) {
    std::unique_ptr<Rival>& rival = rivals_[contestant];
    if (!rival)
      rival = contestant == kLarder  ? open_larder(servers_)
              : contestant == kRedis ? open_redis(servers_)
                                     : open_memcached(servers_);
    return rival.get();
  }

  bool once(Rival& rival, Task task) {
    const size_t at = place_++ & ((size_t{1} << 20) - 1);
    switch (task) {
      case kGet: return rival.get(key('v', trace_[at]), out_) && stamped(out_.data(), trace_[at]);
      case kSet: stamp(value_, trace_[at]); return rival.set(key('v', trace_[at]), value_);
      case kIncrement: return rival.increment(key('c', trace_[at]));
      case kIncrementHot: return rival.increment("h-one-hot-counter");
      case kIncrementMillion: return rival.increment(key('m', cold_[at]));
      case kRate: return rival.check_rate(key('r', trace_[at]));
      case kLock: return rival.lock_and_unlock(key(worker_ == 0 ? 'x' : 'y', trace_[at]));
      case kTasks: break;
    }
    return false;
  }

  /// Median and 99.9th percentile go back as hits and cpu_ns.
  Report timed(Rival& rival, Task task, uint64_t operations) {
    std::vector<int64_t> times(operations);
    Report report;
    for (int64_t& time : times) {
      const int64_t begin = wall_nanoseconds();
      report.wrong += !once(rival, task);
      time = wall_nanoseconds() - begin;
    }
    std::sort(times.begin(), times.end());
    report.hits = static_cast<uint64_t>(times[times.size() / 2]);
    report.cpu_ns = times[times.size() * 999 / 1000];
    return report;
  }

  std::string_view key(char kind, uint32_t id) {
    text_[0] = kind;
    text_.resize(1);
    return text_.append(form_.form(id));
  }

  const Servers& servers_;
  uint32_t worker_;
  std::vector<uint32_t> trace_, cold_;
  std::array<std::unique_ptr<Rival>, kContestants> rivals_;
  size_t place_ = 0;
  Key form_;
  std::string text_ = " ", out_, value_ = std::string(kValueBytes, 'v');
};

struct Cell {
  std::vector<double> per_second;
  std::vector<double> median_ns, p999_ns;
  uint64_t wrong = 0;
};
double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    for (uint32_t workers = 1; workers <= kMaxCrew; ++workers)
      crews_.push_back(std::make_unique<Crew>(workers, [this](uint32_t worker) -> Crew::Work {
        auto client = std::make_shared<Client>(servers_, worker);
        return [client](const Order& order) { return client->run(order); };
      }));
  }

  bool run() {
    fill();
    fmt::print("{:<22} {:>1} {:<10} {:>12} {:>10} {:>10}   {}\n", "operation", "w", "store", "ops/s", "p50 ns",
               "p99.9 ns", "larder : it");
    bool reached = true, right = true;
    for (uint32_t task = 0; task < kTasks; ++task)
      for (uint32_t workers = 1; workers <= kMaxCrew; ++workers) {
        if (std::string(kTaskNames[task]).find(options_.only) == std::string::npos) continue;
        std::map<uint32_t, Cell> cells;
        for (int round = 0; round < options_.rounds; ++round)
          for (const uint32_t contestant : present()) measure(contestant, task, workers, cells[contestant]);
        reached &= report(task, workers, cells);
        for (const auto& [contestant, cell] : cells) right &= cell.wrong == 0;
      }
    fmt::print("\nWanted: 100 x the operations a second of Redis and memcached, p99.9 below their median: {}\n",
               reached ? "reached" : "NOT REACHED everywhere");
    if (!right) fmt::print("Some answers were WRONG.\n");
    return right;
  }

 private:
  std::vector<uint32_t> present() const {
    std::vector<uint32_t> all{kLarder};
    if (servers_.has_redis()) all.push_back(kRedis);
    if (servers_.has_memcached()) all.push_back(kMemcached);
    return all;
  }

  void fill() {
    for (const uint32_t contestant : present()) {
      const std::unique_ptr<Rival> rival = contestant == kLarder  ? open_larder(servers_)
                                           : contestant == kRedis ? open_redis(servers_)
                                                                  : open_memcached(servers_);
      Key form;
      std::string value(kValueBytes, 'v');
      for (uint32_t id = 0; id < kKeys; ++id) {
        stamp(value, id);
        if (!rival->set("v" + std::string(form.form(id)), value)) fail("cannot fill the store", kNames[contestant]);
      }
      for (uint32_t id = 0; contestant == kLarder && id < kMillion; ++id)
        if (!rival->increment("m" + std::string(form.form(id)))) fail("cannot fill the counters", "larder");
    }
    for (const uint32_t contestant : present())
      if (contestant != kLarder) fmt::print("beside {} over a Unix socket\n", kNames[contestant]);
    if (!servers_.has_redis()) fmt::print("redis-server did not start: left out\n");
    if (!servers_.has_memcached()) fmt::print("memcached did not start: left out\n");
  }

  void measure(uint32_t contestant, uint32_t task, uint32_t workers, Cell& cell) {
    Crew& crew = *crews_[workers - 1];
    const uint32_t kind = contestant * kTasks + task;
    crew.run({kind, 64});  // opens connections, touches memory
    uint64_t operations = 1024;
    double rate = 0;
    for (double lasted = 0; lasted < options_.seconds * 0.7; operations *= 2) {  // as many as fill the time
      const auto reports = crew.run({kind, operations});
      int64_t longest = 1;
      for (const Report& report : reports) {
        longest = std::max(longest, report.wall_ns);
        cell.wrong += report.wrong;
      }
      lasted = double(longest) * 1e-9;
      rate = double(operations) * workers / lasted;
    }
    cell.per_second.push_back(rate);
    double median = 0, p999 = 0;
    for (const Report& report : crew.run({kind, kTimed | uint64_t(std::max(2000.0, rate / workers / 10))})) {
      median = std::max(median, double(report.hits));
      p999 = std::max(p999, double(report.cpu_ns));
      cell.wrong += report.wrong;
    }
    cell.median_ns.push_back(median);
    cell.p999_ns.push_back(p999);
  }

  bool report(uint32_t task, uint32_t workers, const std::map<uint32_t, Cell>& cells) const {
    const Cell& ours = cells.at(kLarder);
    bool reached = true;
    for (const auto& [contestant, cell] : cells) {
      std::string ratio;
      if (contestant != kLarder) {
        const double times = middle(ours.per_second) / middle(cell.per_second);
        const bool below = middle(ours.p999_ns) < middle(cell.median_ns);
        ratio = fmt::format("{:.0f} x, p99.9 {} its median", times, below ? "below" : "ABOVE");
        reached &= times >= 100 && below;
      }
      fmt::print("{:<22} {:>1} {:<10} {:>12.0f} {:>10.0f} {:>10.0f}   {}\n", kTaskNames[task], workers,
                 kNames[contestant], middle(cell.per_second), middle(cell.median_ns), middle(cell.p999_ns), ratio);
    }
    std::fflush(stdout);
    return reached;
  }

  Options options_;
  Servers servers_;
  std::vector<std::unique_ptr<Crew>> crews_;
};

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  larder::bench::Options options;
  CLI::App app("Measures store operations beside Redis and memcached.");
  app.add_option("--only", options.only, "only operations whose name contains this");
  app.add_option("--seconds", options.seconds, "least time of a repetition")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "repetitions of every contestant")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  return larder::bench::Bench(options).run() ? 0 : 1;
}
