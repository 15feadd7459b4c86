// resizer.cc – see resizer.h.
#include "cache/resizer.h"

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "os/file_lock.h"
#include "os/fork_guard.h"
#include "os/huge_pages.h"
#include "os/process.h"
#include "policy/clear_out.h"

namespace larder::cache {

using policy::BudgetChangeWords;
using policy::BudgetWords;
using policy::Mercy;

namespace {

constexpr uint32_t kStepShare = 64;  ///< the limit goes down by such a part of the largest budget at once
constexpr uint32_t kLeastStep = 4;   ///< pages

/// True if a worker of this pid namespace is stopped: who knows in the middle of what.
bool any_stopped(const segment::Tables& tables) {
  return std::any_of(tables.workers.begin(), tables.workers.end(), [](const segment::WorkerSlot& worker) {
    return segment::WorkerWord::Active::get(worker.word.load_acquire()) != 0 &&
           os::is_stopped({worker.pid, worker.start_ticks, worker.pid_namespace});
  });
}

void note_change(BudgetWords& words, uint32_t from, uint32_t to, policy::BudgetCause cause,
                 std::optional<uint32_t> peer) {
  const uint64_t number = words.changes.load_relaxed();
  BudgetChangeWords& row = words.change[number % policy::kBudgetChanges];
  row.unix_ms.store_relaxed(static_cast<uint64_t>(base::unix_ms()));
  row.from.store_relaxed(from);
  row.to.store_relaxed(to);
  row.why.store_relaxed(BudgetChangeWords::Why::Cause::make(static_cast<uint64_t>(cause)) |
                        BudgetChangeWords::Why::Peer::make(peer ? *peer + 1 : 0));
  words.changes.store_release(number + 1);
}

}  // namespace

Result<Resizer> Resizer::take(const Region& region) {
  segment::Member& member = *region.member;
  if (member.read_only()) return base::fail(Code::read_only, "{}: attached read-only", member.path());
  segment::ThreadState* thread = member.thread();
  if (thread == nullptr) return base::fail(Code::no_slot, "{}", member.last_error());
  Result<os::ShmFile> lock = member.file().reopen(true);
  if (!lock) return lock.error();
  const Result<bool> locked = os::try_lock_byte(lock->descriptor(), segment::kResizeLock + region.number);
  if (!locked) return locked.error();
  if (!*locked)
    return base::with_hint(base::fail(Code::busy, "somebody else is changing the budget of this cache"),
                           "larderd does so now and then, and `larder resize`; try again");
  os::close_in_child(lock->descriptor());
  return Resizer(region, *thread, std::move(*lock));
}

Resizer::~Resizer() {
  if (lock_.descriptor() >= 0) os::forget_descriptor(lock_.descriptor());
}

uint64_t Resizer::region_at() const { return region_->member->tables().directory[region_->number].region_at; }

uint32_t Resizer::reserved() const {
  const policy::Plane& plane = region_->plane;
  const uint64_t pages = region_->header->budget.reserved.load_relaxed();
  return static_cast<uint32_t>(std::clamp<uint64_t>(pages, plane.rings.limit(), plane.rings.table().count()));
}

Mercy Resizer::mercy() const { return region_->mode() == CacheMode::refuse ? Mercy::all : Mercy::policy; }

Status Resizer::aim(uint32_t pages, policy::BudgetCause cause, std::optional<uint32_t> peer) {
  BudgetWords& words = region_->header->budget;
  const uint32_t limit = region_->plane.rings.limit();
  const bool settled = words.resizing.load_relaxed() == 0;
  if (pages == limit && settled) return Done{};
  words.resizing.store_release(static_cast<uint64_t>(base::unix_ms()));
  region_->header->goal.store_release(pages);
  if (pages > limit)
    if (Status grown = grow(pages); !grown) {
      if (settled) {  // nothing was reserved, so nothing is left to do
        words.reserved.store_release(limit);
        words.resizing.store_release(0);
      }
      return grown;
    }
  note_change(words, limit, pages, cause, peer);
  return Done{};
}

/// `reserved` is raised first: whoever finds memory beyond the limit after a death knows how far it may reach.
Status Resizer::grow(uint32_t pages) {
  RegionHeader& header = *region_->header;
  const uint32_t limit = region_->plane.rings.limit();
  const RegionShape& shape = header.shape;
  header.budget.reserved.store_release(std::max(reserved(), pages));
  header.budget.quiet.store_release(0);
  const uint64_t from = region_at() + shape.pages_at + uint64_t{limit} * shape.page_bytes;
  const os::Extent added{from, spare_extent(shape, region_at(), pages).at - from};
  if (Status memory = lock_.reserve(added); !memory) {
    header.goal.store_release(limit);
    return memory;
  }
  os::gather_into_huge_pages(region_->member->base() + added.at, added.bytes);
  header.limit.store_sync(pages);
  bring_pages_in();
  return Done{};
}

/// Pages that were being put out while the limit rose come in by themselves (ring/rings.h, G3).
void Resizer::bring_pages_in() {
  const ring::Rings& rings = region_->plane.rings;
  for (uint32_t page = 0; page < rings.limit(); ++page) rings.bring_in(page, owner_of(*thread_));
}

/// With nothing to be dropped: true if what is beyond the new limit finds room below it.
bool Resizer::fits_below(uint32_t limit) const {
  const policy::Plane& plane = region_->plane;
  const ring::Runs runs(plane.rings);
  for (uint32_t page = limit; page < plane.rings.limit(); ++page)
    if (runs.head(page).state >= page::State::building && runs.head(page).state != page::State::out) return false;
  policy::Hand hand = region_->hand(*thread_);
  const uint64_t needed = uint64_t{plane.rings.limit()} - limit + plane.reserve;
  for (uint32_t turn = 0; turn < plane.rings.limit() && plane.rings.free_pages() < needed; ++turn)
    if (!hand.make_room(Mercy::all)) return false;
  return plane.rings.free_pages() >= needed;
}

/// One step down. False if what is live must stay and does not fit.
bool Resizer::lower(uint32_t wanted) {
  RegionHeader& header = *region_->header;
  const uint32_t limit = region_->plane.rings.limit();
  const uint32_t step = std::max(kLeastStep, header.shape.pages / kStepShare);
  const uint32_t next = limit - wanted > step ? limit - step : wanted;
  if (mercy() == Mercy::all && !fits_below(next)) {
    header.goal.store_release(limit);
    return false;
  }
  header.budget.quiet.store_release(0);
  header.limit.store_sync(next);
  return true;
}

Result<Progress> Resizer::step() {
  BudgetWords& words = region_->header->budget;
  const policy::Plane& plane = region_->plane;
  if (words.resizing.load_acquire() == 0) return Progress::done;
  const auto wanted = static_cast<uint32_t>(std::clamp<uint64_t>(
      region_->header->goal.load_acquire(), least_pages(region_->header->shape), plane.rings.table().count()));
  if (wanted > plane.rings.limit())
    if (Status grown = grow(wanted); !grown) return grown.error();
  if (wanted < plane.rings.limit() && !lower(wanted)) return Progress::refused;
  policy::Hand hand = region_->hand(*thread_);
  policy::ClearOut clear(plane, hand, thread_->tally(region_->number), owner_of(*thread_), reserved());
  const uint32_t before = clear.left(), left = before == 0 ? 0 : clear.run(mercy());
  if (wanted < plane.rings.limit()) return Progress::going;
  if (left == 0) return give_memory_back();
  words.quiet.store_release(0);
  return left < before ? Progress::going : Progress::held;
}

Result<Progress> Resizer::give_memory_back() {
  RegionHeader& header = *region_->header;
  BudgetWords& words = header.budget;
  const uint32_t limit = region_->plane.rings.limit();
  const uint64_t since = words.quiet.load_acquire();
  if (since == 0) bring_pages_in();  // what a grower that died left out
  if (reserved() > limit) {
    const auto now = static_cast<uint64_t>(base::now_ms()) + 1;
    const bool over = since != 0 && now >= since + static_cast<uint64_t>(kGrace.count());
    const bool begins = since == 0 || (over && any_stopped(region_->member->tables()));  // the second begins (anew)
    if (begins) words.quiet.store_release(now);
    if (begins || !over) return Progress::waiting;
    // To the end of the region: a late look may have brought memory in beyond what was reserved.
    if (Status given = lock_.give_back(spare_extent(header.shape, region_at(), limit)); !given) return given.error();
    words.reserved.store_release(limit);
  }
  words.quiet.store_release(0);
  words.resizing.store_release(0);
  return Progress::done;
}

Result<Progress> Resizer::go_on() {
  for (;;) {
    Result<Progress> progress = step();
    if (!progress || *progress != Progress::going) return progress;
  }
}

Budget budget_of(const RegionHeader& header, const policy::Plane& plane, uint64_t region_at) {
  const RegionShape& shape = header.shape;
  const uint64_t page = shape.page_bytes, limit = plane.rings.limit();
  const auto pages = [&](const base::Atomic64& word) { return std::min<uint64_t>(word.load_relaxed(), shape.pages); };
  const auto reserved = static_cast<uint32_t>(std::max(limit, pages(header.budget.reserved)));
  const uint64_t spare = spare_extent(shape, region_at, reserved).bytes;
  Budget budget;
  budget.bytes = limit * page;
  budget.wanted = pages(header.goal) * page;
  budget.least = least_pages(shape) * page;
  budget.most = shape.pages * page;
  budget.reserved = shape.region_size - shape.pages_at - spare;
  budget.settled = header.budget.resizing.load_acquire() == 0;
  return budget;
}

}  // namespace larder::cache
