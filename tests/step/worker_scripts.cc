// worker_scripts.cc – scripts about being attached, upkeep and budgets; see cache_scripts.h.
#include <fmt/format.h>

#include "sidecar/keeper.h"
#include "step/cache_scripts.h"
#include "step/cache_state.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr uint64_t kLess = 10 << 10;  ///< than the 16 KiB of the world

/// One that changes nothing, whatever is there.
CacheScript of_worker(std::string name, std::string answer, std::function<std::string(Worker&)> run) {
  return {std::move(name), std::move(run), [answer](MapCache&) { return answer; }};
}

CacheScript attach() {
  const auto run = [](Worker& worker) {
    worker.segment = attach_segment(worker.directory, "stepped");
    worker.cache = open_cache(*worker.segment, "main");
    return read_answer(*worker.cache, "plain-0000");
  };
  const auto on_map = [](MapCache& map) { return map.contains("plain-0000") ? "hit 1" : "miss"; };
  return {"attach", run, on_map, false, true};
}

std::string leave(Worker& worker) {
  (void)worker.cache->view("plain-0000");  // so that there is a thread line to give back
  worker.cache.reset();
  worker.segment.reset();
  return "left";
}

std::string keep(Worker& worker) {
  auto keeper = sidecar::Keeper::take(*worker.segment);
  if (!keeper) return "wrong: " + keeper.error().message;
  keeper->run_cycle();
  keeper->expire_all();
  return "kept";
}

CacheScript resize(std::string name, uint64_t bytes, bool leaves_little) {
  const auto body = [bytes](auto& cache) {
    const Result<Budget> resized = cache.resize(bytes);
    if (!resized) return resized.error().code == Code::busy ? "busy" : "wrong: " + resized.error().message;
    return fmt::format("{} bytes", resized->bytes);
  };
  CacheScript script = both(std::move(name), body);
  script.leaves_little = leaves_little;
  return script;
}

}  // namespace

std::vector<CacheScript> worker_scripts() {
  CacheScript keeper = of_worker("keeper", "kept", &keep);
  keeper.takes_pages = true;  // it frees pages ahead of need
  return {
      attach(),
      of_worker("detach", "left", &leave),
      of_worker("bury", "0 buried", [](Worker& w) { return fmt::format("{} buried", w.segment->bury_dead()); }),
      keeper,
      both("budget",
           [](auto& cache) {
             const Budget now = cache.budget();
             return fmt::format("{} of {} bytes, {}", now.bytes, now.wanted, now.settled);
           }),
      resize("grow", kWorldMost, false),
      resize("shrink", kLess, true),
  };
}

}  // namespace larder::test
