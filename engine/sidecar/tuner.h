// tuner.h – the sidecar's ear: takes the workers' samples, and switches each cache to the setting that misses least.
//
// What it is    run() empties every stream of samples (segment/samples.h), feeds the caches' tuners (tune/), stores a
//               better setting where one is found, and writes down what it knows (policy/tune_words.h). It also says
//               which keys are sampled: enough for about CacheTuner::kEntries in a simulated cache, fewer when
//               a stream overflows.
// Invariants    V1 a cache whose configuration says `tune = false` is simulated but never switched. V2 a setting is
//               replaced only by one of arms_for(). V3 what comes from the segment is checked: cache numbers, counts.
// Concurrency   one thread, the holder of the sidecar lock.
// Crash         the settings stay as they are; streams fill up and drop, until the next sidecar empties them. A clean
//               end stops the sampling.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "larder/cache.h"
#include "segment/roster.h"
#include "sidecar/switch.h"
#include "tune/cache_tuner.h"
#include "tune/mover.h"

namespace larder::sidecar {

class Tuner {
 public:
  /// The caches of one segment; they outlive the tuner.
  Tuner(const std::vector<Cache>& caches, const segment::Tables& tables);
  ~Tuner();
  Tuner(const Tuner&) = delete;
  Tuner& operator=(const Tuner&) = delete;

  /// One round over what was sampled since the last.
  std::vector<Switch> run();
  /// What the simulations of each cache have counted so far, in the order of the caches.
  std::vector<tune::CurveCount> counts() const;

 private:
  struct Seat {
    const Cache* cache = nullptr;
    std::unique_ptr<tune::CacheTuner> tuner;
    uint64_t configured = 0;        ///< SettingWord that the tuner was made for
    double entry_bytes = 0;         ///< the average it was made for
    uint32_t pages = 0;             ///< the budget it was made for
    uint64_t epoch = 0;             ///< tuners made before it, and it
    uint32_t least_bits = 0;        ///< sampled no more often than that, because streams overflowed
    uint64_t samples = 0;           ///< of this round
    uint64_t published = 0;         ///< lookups at the last publish()
    uint64_t published_before = 0;  ///< lookups of the tuners before this one
    uint64_t live_before = 0;       ///< lookups of the cache when the tuner was made
  };
  void prepare(Seat& seat);
  void make(Seat& seat, double entry_bytes);
  uint64_t live_lookups(const Seat& seat) const;
  void take(const segment::Sample& sample, uint32_t now, std::vector<Switch>& switches);
  void apply(Seat& seat, const tune::Verdict& verdict);
  void publish(Seat& seat);
  void relieve();
  uint64_t samples_dropped() const;

  const segment::Tables& tables_;
  std::vector<Seat> seats_;
  std::vector<int32_t> seat_of_;  ///< by number of the region; -1 = none
  uint64_t dropped_ = 0;
};

}  // namespace larder::sidecar
