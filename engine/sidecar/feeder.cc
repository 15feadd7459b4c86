// feeder.cc – see feeder.h.
#include "sidecar/feeder.h"

#include <algorithm>

#include "cache/region.h"

namespace larder::sidecar {

using cache::Region;
using std::chrono::duration;
using std::chrono::duration_cast;

uint64_t free_ahead(const Region& region, segment::ThreadState& thread, uint64_t ahead, uint64_t limit) {
  if (region.mode() != CacheMode::evict) return 0;
  policy::Hand hand = region.hand(thread);
  uint64_t freed = 0;
  while (freed < limit && region.plane.rings.free_pages() < region.plane.reserve + ahead && hand.make_room()) ++freed;
  return freed;
}

uint64_t least_ahead(const Region& region) { return 2 + region.plane.rings.table().count() / 512; }

/// Half of what is kept free is what the writers take until the next look; the other half is for a look that is late.
void Feeder::look(const Region& region, Seat& seat, Clock::time_point now) {
  const policy::Plane& plane = region.plane;
  const uint64_t taken = plane.rings.free_queue().head();
  const double seconds = duration<double>(now - seat.seen).count();
  const bool first = seat.seen == Clock::time_point{};
  if (!first && seconds > 0) seat.rate = std::max(double(taken - seat.taken) / seconds, seat.rate / 2);
  seat.seen = now;
  seat.taken = taken;
  const double wanted = 4 * seat.rate * duration<double>(kShortest).count();
  const auto ahead =
      std::clamp(static_cast<uint64_t>(wanted), least_ahead(region), std::max(plane.most_ahead(), least_ahead(region)));
  if (segment::ThreadState* thread = region.member->thread()) {
    freed_ += free_ahead(region, *thread, ahead, kPagesALook);
    region.member->flush(*thread, region.number);
  }
  const uint64_t kept = plane.reserve + ahead / 2, free = plane.rings.free_pages();
  const double spare = free > kept ? double(free - kept) : 0;
  const duration<double> pause(spare < seat.rate ? spare / seat.rate : 1.0);
  seat.due =
      now + std::clamp(duration_cast<Clock::duration>(pause), Clock::duration(kShortest), Clock::duration(kLongest));
}

Feeder::Clock::time_point Feeder::round(Clock::time_point now) {
  Clock::time_point next = now + kLongest;
  for (size_t number = 0; number < caches_.size(); ++number) {
    Seat& seat = seats_[number];
    if (seat.due <= now) look(caches_[number].region(), seat, now);
    next = std::min(next, seat.due);
  }
  return next;
}

FeederThread::FeederThread(std::vector<Cache> caches)
    : thread_(
          [this, caches = std::move(caches)](const std::stop_token& stop) mutable { run(stop, std::move(caches)); }) {}

FeederThread::~FeederThread() = default;

void FeederThread::run(const std::stop_token& stop, std::vector<Cache> caches) {
  Feeder feeder(std::move(caches));
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const Feeder::Clock::time_point next = feeder.round(Feeder::Clock::now());
    wake_.wait_until(lock, stop, next, [] { return false; });
  }
}

}  // namespace larder::sidecar
