// replay_worker.cc – the hidden verb `replay-worker`: replays every N-th request of a trace and times each call.
//
// Calls are timed with the processor's time stamp counter, calibrated against the steady clock at the start; what one
// measurement costs is included in every figure and reported beside them.
#include <fmt/format.h>
#include <x86intrin.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <thread>

#include "common/crew.h"
#include "common/interrupt.h"
#include "larder/segment.h"
#include "program.h"
#include "replay/replay_options.h"
#include "replay/trace.h"
#include "worker_options.h"

namespace larder::tools {

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kBlock = 16384;

/// Ticks of the time stamp counter in nanoseconds.
class Ticks {
 public:
  static uint64_t now() { return __rdtsc(); }
  Ticks() {
    const auto begin = Clock::now();
    const uint64_t first = now();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const uint64_t last = now();
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
    ns_per_tick_ = double(ns) / double(last - first);
  }
  uint64_t ns(uint64_t ticks) const { return static_cast<uint64_t>(std::llround(double(ticks) * ns_per_tick_)); }
  /// The least time between two readings.
  uint64_t own_ns() const {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 1000; ++i) {
      const uint64_t first = now();
      least = std::min(least, now() - first);
    }
    return ns(least);
  }

 private:
  double ns_per_tick_ = 1;
};

class Replayer {
 public:
  Replayer(const ReplayWorkerOptions& options, Cache cache)
      : options_(options), cache_(std::move(cache)), read_(kMaxPageBytes), value_(kMaxPageBytes, '\x5a') {
    figures_.timer_ns = ticks_.own_ns();
  }

  void replay(const TraceRecord& record) {
    char bytes[kTraceKeyBytes];
    std::memcpy(bytes, &record.key, sizeof bytes);
    const std::string_view key(bytes, sizeof bytes);
    const uint64_t before = Ticks::now();
    Lookup answer = cache_.get(key, read_);
    if (answer.kind == Lookup::too_small) {
      read_.resize(answer.size);
      answer = cache_.get(key, read_);
    }
    const uint64_t after = Ticks::now();
    ++figures_.requests;
    figures_.get_ns.add(ticks_.ns(after - before));
    figures_.call_ns += ticks_.ns(after - before);
    if (answer.kind == Lookup::hit) {
      ++figures_.hits;
      return;
    }
    ++figures_.misses;
    if (answer.kind != Lookup::miss) ++figures_.failed;
    store(record, key);
  }

  ReplayFigures& figures() { return figures_; }

 private:
  void store(const TraceRecord& record, std::string_view key) {
    const uint64_t size = options_.record_bytes > 0 ? options_.record_bytes : record.size;
    const uint64_t value_bytes = size - std::min<uint64_t>(size, kTraceKeyBytes);
    if (value_bytes > value_.size()) value_.resize(value_bytes, '\x5a');
    PutOptions options;
    if (record.ttl > 0) options.ttl = std::chrono::seconds(record.ttl);
    const uint64_t before = Ticks::now();
    const PutResult result = cache_.put(key, std::string_view(value_).substr(0, value_bytes), options);
    const uint64_t after = Ticks::now();
    figures_.put_ns.add(ticks_.ns(after - before));
    figures_.call_ns += ticks_.ns(after - before);
    switch (result) {
      case PutResult::stored: ++figures_.stored; break;
      case PutResult::too_large: ++figures_.too_large; break;
      case PutResult::no_room: ++figures_.no_room; break;
      default: ++figures_.failed;
    }
  }

  ReplayWorkerOptions options_;
  Cache cache_;
  Ticks ticks_;
  ReplayFigures figures_;
  std::vector<std::byte> read_;
  std::string value_;
};

/// Replays this worker's share of the file.
Status run_share(const ReplayWorkerOptions& options, TraceReader& reader, Replayer& replayer) {
  std::vector<TraceRecord> block(kBlock);
  uint64_t position = 0;
  while (!interrupt::requested()) {
    auto got = reader.read(block);
    if (!got) return got.error();
    if (*got == 0) return Done{};
    for (size_t i = 0; i < *got; ++i, ++position) {
      if (options.requests > 0 && position >= options.requests) return Done{};
      if (position % options.workers == options.number) replayer.replay(block[i]);
    }
  }
  return Done{};
}

int run_replay_worker(const Program& program, const ReplayWorkerOptions& options) {
  interrupt::install();
  auto seat = Seat::parse(options.seat);
  if (!seat) return report(seat.error());
  auto reader = TraceReader::open(options.file);
  if (!reader) return report(reader.error());
  auto segment = Segment::attach(program.segment, {.directory = program.directory, .kind = "replay"});
  if (!segment) return report(segment.error());
  auto cache = segment->cache(options.cache);
  if (!cache) return report(cache.error());
  const auto replayer = std::make_unique<Replayer>(options, *cache);
  seat->pass_gate();
  const Status replayed = run_share(options, *reader, *replayer);
  if (!replayed) return report(replayed.error());
  replayer->figures().done = 1;
  const Status written = seat->write(replayer->figures());
  return written ? int(kExitOk) : report(written.error());
}

}  // namespace

void add_replay_worker(Program& program) {
  add_worker<ReplayWorkerOptions>(program, "replay-worker", "One worker process of `larder replay`",
                                  &run_replay_worker);
}

}  // namespace larder::tools
