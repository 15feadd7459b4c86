// keeper.cc – see keeper.h.
#include "sidecar/keeper.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "cache/region.h"
#include "os/file_lock.h"
#include "os/fork_guard.h"
#include "sidecar/budgets.h"
#include "sidecar/feeder.h"
#include "sidecar/keeper_apply.h"
#include "sidecar/sweep.h"
#include "sidecar/tuner.h"
#include "store/room.h"

namespace larder::sidecar {

using cache::Region;
using ring::RingId;

namespace {

constexpr uint64_t kTicketsACycle = 4096;  ///< pages of one ring whose expiry a cycle looks at
constexpr uint64_t kPagesACycle = 512;     ///< pages a cycle frees in one cache
/// A page of a store is emptied ahead of need if this share of it is garbage: the rest has to be copied.
constexpr uint32_t kWorthwhile = 8;

}  // namespace

struct Keeper::Impl {
  Segment segment;
  os::ShmFile lock;
  std::vector<Cache> caches;
  std::vector<Sweep> sweeps;  ///< [cache][ring]
  struct KeptStore {
    std::shared_ptr<const Region> region;
    store::ExpireCursor cursor;
  };
  std::vector<KeptStore> stores;
  std::optional<Tuner> tuner;
  std::optional<Budgets> budgets;

  explicit Impl(Segment kept) : segment(std::move(kept)) {}
  ~Impl() {
    tuner.reset();
    if (lock.descriptor() < 0) return;
    segment.member()->tables().super->sidecar_pid.store_relaxed(0);
    os::forget_descriptor(lock.descriptor());
  }

  uint64_t expire_some(size_t number, segment::ThreadState& thread);
  void keep_store(KeptStore& kept, segment::ThreadState& thread, Cycle& cycle);
};

uint64_t Keeper::Impl::expire_some(size_t number, segment::ThreadState& thread) {
  const Region& region = caches[number].region();
  return sweeps[2 * number].round(region, thread, kTicketsACycle) +
         sweeps[2 * number + 1].round(region, thread, kTicketsACycle);
}

void Keeper::Impl::keep_store(KeptStore& kept, segment::ThreadState& thread, Cycle& cycle) {
  const Region& region = *kept.region;
  cycle.expired += store::expire_some(region, thread, kept.cursor, kTicketsACycle);
  cycle.pages_emptied +=
      store::compact(region, thread, least_ahead(region), region.plane.rings.table().page_bytes() / kWorthwhile);
  region.member->flush(thread, region.number);
}

Result<Keeper> Keeper::take(Segment segment) {
  auto impl = std::make_unique<Impl>(std::move(segment));
  if (impl->segment.member()->read_only())
    return base::fail(Code::read_only, "{}: attached read-only", impl->segment.path());
  Result<os::ShmFile> lock = os::ShmFile::open(impl->segment.path(), true);
  if (!lock) return lock.error();
  const Result<bool> locked = os::try_lock_byte(lock->descriptor(), segment::kSidecarLock);
  if (!locked) return locked.error();
  segment::Superblock& super = *impl->segment.member()->tables().super;
  if (!*locked)
    return base::with_hint(base::fail(Code::busy, "segment {} is kept by another sidecar (pid {})",
                                      impl->segment.name(), super.sidecar_pid.load_relaxed()),
                           "one is enough; start with --wait to take over when it ends");
  impl->lock = std::move(*lock);
  os::close_in_child(impl->lock.descriptor());
  super.sidecar_pid.store_relaxed(static_cast<uint64_t>(getpid()));
  for (const std::string& name : impl->segment.cache_names()) {
    Result<Cache> cache = impl->segment.cache(name);
    if (!cache) return cache.error();
    impl->caches.push_back(*cache);
    for (const RingId ring : {RingId::cold, RingId::hot}) impl->sweeps.emplace_back(cache->region(), ring);
  }
  for (const std::string& name : impl->segment.store_names()) {
    auto region = cache::open_region(impl->segment.member(), name, cache::RegionKind::store);
    if (!region) return region.error();
    impl->stores.push_back({std::move(*region), {}});
  }
  impl->tuner.emplace(impl->caches, impl->segment.member()->tables());
  impl->budgets.emplace(impl->caches);
  return Keeper(std::move(impl));
}

Keeper::Keeper(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Keeper::Keeper(Keeper&&) noexcept = default;
Keeper& Keeper::operator=(Keeper&&) noexcept = default;
Keeper::~Keeper() = default;

Cycle Keeper::run_cycle() {
  Cycle cycle;
  cycle.buried = impl_->segment.bury_dead();
  segment::ThreadState* thread = impl_->segment.member()->thread();
  if (thread == nullptr) return cycle;
  for (size_t number = 0; number < impl_->caches.size(); ++number) {
    const Region& region = impl_->caches[number].region();
    cycle.expired += impl_->expire_some(number, *thread);
    policy::collect_if_due(region.plane, cache::owner_of(*thread), thread->tally(region.number));
    cycle.pages_emptied += free_ahead(region, *thread, least_ahead(region), kPagesACycle);
    region.member->flush(*thread, region.number);
  }
  for (Impl::KeptStore& kept : impl_->stores) impl_->keep_store(kept, *thread, cycle);
  cycle.budgets = impl_->budgets->go_on();
  cycle.switches = tune();
  impl_->segment.member()->tables().super->sidecar_cycles.add_relaxed(1);
  return cycle;
}

std::vector<Switch> Keeper::tune() { return impl_->tuner->run(); }

std::vector<std::string> Keeper::move_memory() { return impl_->budgets->move(impl_->tuner->counts()); }

uint64_t Keeper::expire_all(std::string_view cache) {
  segment::ThreadState* thread = impl_->segment.member()->thread();
  if (thread == nullptr) return 0;
  uint64_t expired = 0;
  for (const Cache& candidate : impl_->caches) {
    if (!cache.empty() && candidate.name() != cache) continue;
    const Region& region = candidate.region();
    for (const RingId ring : {RingId::cold, RingId::hot}) {
      const ring::PageQueue& queue = region.plane.rings.queue(ring);
      const uint64_t last = queue.tail(), first = queue.head();
      expired += expire_tickets(region, *thread, ring, first, queue.bounded(first, last));
    }
    region.member->flush(*thread, region.number);
  }
  return expired;
}

Result<uint64_t> Keeper::purge(std::string_view store) {
  const auto region = cache::open_region(impl_->segment.member(), store, cache::RegionKind::store);
  if (!region) return region.error();
  segment::ThreadState* thread = impl_->segment.member()->thread();
  if (thread == nullptr) return base::fail(Code::no_slot, "{}", impl_->segment.last_error());
  const uint64_t removed = store::expire_due(**region, *thread);
  impl_->segment.member()->flush(*thread, (*region)->number);
  return removed;
}

std::vector<Change> Keeper::apply(const SegmentOptions& wanted) {
  return apply_options(impl_->segment, impl_->caches, wanted);
}

const std::vector<Cache>& Keeper::caches() const { return impl_->caches; }

const Segment& Keeper::segment() const { return impl_->segment; }

}  // namespace larder::sidecar
