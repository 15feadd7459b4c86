// engine_run.cc – see engine_run.h.
#include "engine_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "larder/segment.h"
#include "observe/observe.h"
#include "segment/member.h"
#include "sidecar/keeper.h"

namespace larder::bench {
namespace {

constexpr size_t kBatch = 48;  ///< requests between two rounds of the sidecar: their samples fit the stream
constexpr size_t kLooks = 24;  ///< at the bytes held, during a run
constexpr int kTrials = 5;     ///< of the memory given to the engine
// A cache of a few hundred entries has too few pages of the usual size for any policy to work on (docs/hit-ratios.md).
constexpr uint64_t kSmallBudget = 150'000;
constexpr uint32_t kSmallPage = 256;
constexpr double kMostHeld = 1.005, kLeastHeld = 0.99;
constexpr double kFillings = 2.5;  ///< budgets that pass through the cache before a trial of equal entries ends

/// What an operator would configure who knows the trace: the index has room for the light entries that rule 6 keeps.
uint32_t expected_entry(const Trace& trace) {
  return static_cast<uint32_t>(std::clamp(trace.average_bytes() / (trace.unit ? 1 : 4), 1.0, double(kMaxPageBytes)));
}

/// Pages of eight average entries where sizes differ; 0 = the engine's choice.
uint32_t page_size(const Trace& trace, uint64_t budget, uint64_t memory) {
  if (trace.unit) return budget < kSmallBudget ? kSmallPage : 0;
  const uint64_t page = std::bit_ceil(static_cast<uint64_t>(trace.average_bytes() * 8));
  return static_cast<uint32_t>(std::clamp<uint64_t>(std::min(page, std::bit_floor(memory / 8)), 1024, 64 << 10));
}

/// A private segment with one cache, removed at the end.
class Rig {
 public:
  Rig(const Trace& trace, uint64_t budget, uint64_t memory, const EngineCase& how)
      : name_(fmt::format("bench-traces-{}", getpid())) {
    SegmentOptions options;
    options.name = name_;
    options.workers = options.threads = 4;
    CacheOptions cache;
    cache.name = "trace";
    cache.size = memory;
    cache.expected_entry = expected_entry(trace);
    cache.page_size = page_size(trace, budget, memory);
    cache.policy = how.policy;
    options.caches.push_back(cache);
    open(options, how);
  }
  ~Rig() {
    keeper_.reset();
    if (segment_ && !segment_->retire()) fmt::print(stderr, "bench_traces: segment {} stays behind\n", name_);
  }

  const std::string& failure() const { return failure_; }
  /// One request; true for a hit.
  bool request(uint64_t hash, uint32_t bytes, EngineRun& run) {
    char key[8];
    std::memcpy(key, &hash, sizeof key);
    const std::string_view name(key, sizeof key);
    if (cache_->get(name, read_)) return true;
    const size_t value = bytes - std::min<size_t>(bytes, sizeof key);
    if (value > value_.size()) value_.resize(value);
    run.too_large += cache_->put(name, std::string_view(value_).substr(0, value)) == PutResult::too_large;
    return false;
  }
  uint32_t tune() { return keeper_ ? static_cast<uint32_t>(keeper_->tune().size()) : 0; }
  /// What the sidecar predicts, once everything was counted.
  std::vector<observe::CurvePoint> curve() {
    cache_.reset();
    segment_->member()->flush(*segment_->member()->thread(), 0);
    keeper_->tune();
    const auto inspector = observe::Inspector::open(name_, {});
    return inspector ? observe::read_policies(*inspector).front().curve : std::vector<observe::CurvePoint>{};
  }
  uint64_t payload() const {
    const auto inspector = observe::Inspector::open(name_, {});
    return inspector ? observe::read_figures(*inspector).caches.front().payload_bytes : 0;
  }

 private:
  void open(const SegmentOptions& options, const EngineCase& how) {
    auto segment = Segment::create(options);
    if (!segment) return fail(segment.error());
    segment_ = *segment;
    auto cache = segment_->cache("trace");
    if (!cache) return fail(cache.error());
    cache_ = *cache;
    if (!how.tuned) return;
    auto attached = Segment::attach(name_);
    if (!attached) return fail(attached.error());
    auto keeper = sidecar::Keeper::take(*attached);
    if (!keeper) return fail(keeper.error());
    keeper_.emplace(std::move(*keeper));
  }
  void fail(const Error& error) { failure_ = error.message; }

  std::string name_, failure_;
  std::optional<Segment> segment_;
  std::optional<Cache> cache_;
  std::optional<sidecar::Keeper> keeper_;
  std::string value_ = std::string(kMaxPageBytes, 'v');
  std::vector<std::byte> read_ = std::vector<std::byte>(kMaxPageBytes);
};

EngineRun replay(const Trace& trace, uint64_t budget, const EngineCase& how, size_t requests) {
  EngineRun run;
  run.memory = how.memory;
  Rig rig(trace, budget, how.memory, how);
  run.failure = rig.failure();
  if (!run.failure.empty()) return run;
  uint64_t held = 0;
  size_t look_at = 0;
  for (size_t i = 0; i < requests; ++i) {
    run.misses += rig.request(trace.hash[trace.id[i]], trace.bytes[i], run) ? 0 : 1;
    if (how.tuned && i % kBatch == 0) run.switches += rig.tune();
    if (i < look_at && i + 1 < requests) continue;
    held = std::max(held, rig.payload());
    look_at += std::max<size_t>(requests / kLooks, 1);
  }
  run.held = double(held) / double(budget);
  if (how.tuned) run.curve = rig.curve();
  return run;
}

/// Requests after which a cache of equal entries has turned over a few times; all of them where sizes differ.
size_t enough_requests(const Trace& trace, uint64_t budget) {
  if (!trace.unit) return trace.id.size();
  std::vector<bool> seen(trace.hash.size());
  double passed = 0;
  for (size_t i = 0; i < trace.id.size(); ++i) {
    if (seen[trace.id[i]]) continue;
    seen[trace.id[i]] = true;
    passed += trace.bytes[i];
    if (passed > kFillings * double(budget)) return i + 1;
  }
  return trace.id.size();
}

/// The most memory in which the engine holds no more than the budget, nearly.
uint64_t memory_for(const Trace& trace, uint64_t budget, EngineCase how) {
  how.tuned = false;
  const size_t requests = enough_requests(trace, budget);
  const double paged = double(trace.distinct_paged) / double(trace.distinct_bytes);
  double given = double(budget) * paged * 1.02;
  uint64_t best = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    how.memory = std::clamp(uint64_t(given), kMinCacheBytes, kMaxCacheBytes);
    const EngineRun run = replay(trace, budget, how, requests);
    if (!run.failure.empty() || run.held <= 0) break;
    if (run.held <= kMostHeld) best = std::max(best, how.memory);
    if ((run.held <= kMostHeld && run.held >= kLeastHeld) || (run.held > kMostHeld && how.memory == kMinCacheBytes))
      break;
    given *= std::clamp(0.998 / run.held, 0.5, 2.0);
  }
  return best != 0 ? best : std::clamp(uint64_t(given), kMinCacheBytes, kMaxCacheBytes);
}

}  // namespace

EngineRun run_engine(const Trace& trace, uint64_t budget, const EngineCase& how) {
  EngineCase sized = how;
  if (sized.memory == 0) sized.memory = memory_for(trace, budget, how);
  return replay(trace, budget, sized, trace.id.size());
}

}  // namespace larder::bench
