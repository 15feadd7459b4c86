// feeder.cc – see feeder.h.
#include "sidecar/feeder.h"

#include <algorithm>

#include "base/clock.h"
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

uint64_t least_ahead(const Region& region) { return 2 + region.plane.rings.limit() / 512; }

void Feeder::free(const Region& region, Seat& seat, uint64_t ahead) {
  segment::ThreadState* thread = region.member->thread();
  if (thread == nullptr) return;
  const int64_t before = base::thread_cpu_ns();
  const uint64_t freed = free_ahead(region, *thread, ahead, kPagesALook);
  if (freed == 0) return;
  region.member->flush(*thread, region.number);
  freed_ += freed;
  const double spent = double(base::thread_cpu_ns() - before) * 1e-9 / double(freed);
  seat.page_seconds = seat.page_seconds == 0 ? spent : (seat.page_seconds * 7 + spent) / 8;
}

/// Half of what is kept free is what the writers take until the next look; the other half is for a look that is late.
void Feeder::look(const Region& region, Seat& seat, Clock::time_point now) {
  const policy::Plane& plane = region.plane;
  const uint64_t taken = plane.rings.free_queue().head();
  const double seconds = duration<double>(now - seat.seen).count();
  const bool first = seat.seen == Clock::time_point{};
  if (!first && seconds > 0) seat.rate = std::max(double(taken - seat.taken) / seconds, seat.rate / 2);
  seat.seen = now;
  seat.taken = taken;
  const auto wanted = static_cast<uint64_t>(4 * seat.rate * duration<double>(kShortest).count());
  const uint64_t least = least_ahead(region), most = std::max(plane.most_ahead(), least);
  const uint64_t ahead = too_fast(seat) ? least : std::clamp(wanted, least, most);
  free(region, seat, ahead);
  const uint64_t kept = plane.reserve + ahead / 2, spare = plane.rings.free_pages();
  const double until = spare > kept ? double(spare - kept) / std::max(seat.rate, 1.0) : 0;
  const auto pause = duration_cast<Clock::duration>(duration<double>(std::min(until, 1.0)));
  const Clock::duration least_pause = too_fast(seat) ? kLongest : kShortest;
  seat.due = now + std::clamp<Clock::duration>(pause, least_pause, kLongest);
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

FeederThread::FeederThread(std::vector<Cache> caches, double share)
    : thread_([this, feeder = Feeder(std::move(caches), share)](const std::stop_token& stop) mutable {
        run(stop, std::move(feeder));
      }) {}

FeederThread::~FeederThread() = default;

void FeederThread::run(const std::stop_token& stop, Feeder feeder) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const Feeder::Clock::time_point next = feeder.round(Feeder::Clock::now());
    wake_.wait_until(lock, stop, next, [] { return false; });
  }
}

}  // namespace larder::sidecar
