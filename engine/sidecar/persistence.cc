// persistence.cc – see persistence.h.
#include "sidecar/persistence.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace larder::sidecar {

using persist::Clock;
using persist::Keep;

namespace {

constexpr milliseconds kShortest{20};  ///< between two passes

/// One store, and when its next pass is due. The thread's own while it runs.
struct Kept {
  Keep keep;
  milliseconds period;
  Clock::time_point due{};
  bool started = false;
};

milliseconds period_of(milliseconds interval) { return std::max(interval / 2, kShortest); }

}  // namespace

struct Persistence::Impl {
  persist::Say say;
  std::vector<Kept> stores;

  std::mutex mutex;  ///< of what follows; never held during work
  std::condition_variable wake;
  bool stopping = false;
  std::vector<KeptStore> wanted;  ///< settings to be taken over

  std::thread thread;

  void run();
  void take_over(const std::vector<KeptStore>& settings);
  Clock::time_point work();
};

void Persistence::Impl::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    const std::vector<KeptStore> settings = std::exchange(wanted, {});
    lock.unlock();
    take_over(settings);
    const Clock::time_point next = work();
    lock.lock();
    wake.wait_until(lock, next, [this] { return stopping || !wanted.empty(); });
  }
}

void Persistence::Impl::take_over(const std::vector<KeptStore>& settings) {
  for (const KeptStore& setting : settings)
    for (Kept& kept : stores) {
      if (!kept.started || kept.keep.options().store != setting.keep.store) continue;
      kept.period = period_of(setting.interval);
      kept.keep.set_durable(setting.keep.durable);
    }
}

/// One round of every store that is due. Returns when the next one is.
Clock::time_point Persistence::Impl::work() {
  Clock::time_point next = Clock::now() + milliseconds(60'000);
  for (Kept& kept : stores) {
    if (!kept.started) continue;
    const Clock::time_point now = Clock::now();
    if (now >= kept.due) {
      kept.due = now + kept.period;
      kept.keep.round(now + kept.period / 2);
    }
    next = std::min(next, kept.due);
  }
  return next;
}

Result<Persistence> Persistence::open(std::vector<KeptStore> stores, const persist::Say& say) {
  auto impl = std::make_unique<Impl>();
  impl->say = say;
  for (KeptStore& store : stores) {
    Result<Keep> keep = Keep::open(std::move(store.keep), say);
    if (!keep) return keep.error();
    impl->stores.push_back({std::move(*keep), period_of(store.interval)});
  }
  return Persistence(std::move(impl));
}

Persistence::Persistence(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Persistence::Persistence(Persistence&&) noexcept = default;
Persistence& Persistence::operator=(Persistence&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

Persistence::~Persistence() {
  if (impl_ == nullptr || !impl_->thread.joinable()) return;
  if (const Status stopped = stop(); !stopped) impl_->say(stopped.error().message);
}

Status Persistence::prepare(const Segment& unnamed) {
  for (Kept& kept : impl_->stores)
    if (Status prepared = kept.keep.prepare(unnamed); !prepared) return prepared;
  return Done{};
}

void Persistence::start(const Segment& segment) {
  for (Kept& kept : impl_->stores) {
    const Status started = kept.keep.start(segment);
    kept.started = static_cast<bool>(started);
    if (!started) impl_->say(fmt::format("nothing is written to disk: {}", started.error().message));
  }
  if (std::any_of(impl_->stores.begin(), impl_->stores.end(), [](const Kept& kept) { return kept.started; }))
    impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Persistence::apply(const std::vector<KeptStore>& stores) {
  const std::lock_guard lock(impl_->mutex);
  impl_->wanted = stores;
  impl_->wake.notify_one();
}

Status Persistence::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->wake.notify_one();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  Status result = Done{};
  for (Kept& kept : impl_->stores) {
    if (!kept.started) continue;
    if (Status flushed = kept.keep.flush(); !flushed) result = flushed;
    kept.started = false;
  }
  return result;
}

}  // namespace larder::sidecar
