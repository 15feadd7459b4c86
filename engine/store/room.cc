// room.cc – see room.h.
#include "store/room.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/compactor.h"
#include "store/durable.h"
#include "store/pressure.h"
#include "store/record.h"

namespace larder::store {

using cache::Region;
using ring::PageQueue;
using ring::RingId;
using ring::Room;
using ring::Ticket;

namespace {

constexpr uint32_t kVictims = 64;   ///< pages one search for room compacts
constexpr uint32_t kRecounted = 8;  ///< pages one search for room counts anew: a refusal must stay cheap

/// Visits the tickets of both rings, oldest first.
template <class Visit>
void each_ticket(const Region& region, const Visit& visit) {
  for (const RingId ring : {RingId::cold, RingId::hot}) {
    const PageQueue& queue = region.plane.rings.queue(ring);
    const uint64_t last = queue.tail(), first = queue.head(), end = queue.bounded(first, last);
    for (uint64_t number = first; number < end; ++number)
      if (const Ticket ticket = queue.at(number)) visit(ring, ticket, number + 1 == end);
  }
}

struct Victim {
  RingId ring = RingId::cold;
  Ticket ticket;
  uint64_t dead = 0;
  uint64_t dead_in_all = 0;
};

/// The page with most garbage, and how much garbage there is. Open pages count only if a quarter of them is garbage.
/// `unmoved` could not be emptied just now: one that somebody holds, and stands still, must not hide all the others.
Victim choose_victim(const Region& region, const std::vector<uint32_t>& unmoved) {
  const page::PageTable& table = region.plane.rings.table();
  Victim best;
  each_ticket(region, [&](RingId ring, const Ticket& ticket, bool open) {
    if (ticket.page() >= table.count()) return;
    const uint64_t dead = std::min<uint64_t>(table.record(ticket.page()).dead.load_relaxed(), table.page_bytes());
    if (open && dead < table.page_bytes() / 4) return;
    if (std::find(unmoved.begin(), unmoved.end(), ticket.page()) != unmoved.end()) return;
    best.dead_in_all += dead;
    if (dead <= best.dead) return;
    best.ring = ring;
    best.ticket = ticket;
    best.dead = dead;
  });
  return best;
}

/// Pages that nothing dies in would stay at a queue's old end for ever while its numbers run on: they go to the new
/// end before the queue's cells run out.
void rotate(const Region& region, segment::ThreadState& thread) {
  const auto owner = static_cast<uint32_t>(segment::OwnerWord::Slot::get(thread.owner));
  for (const RingId ring : {RingId::cold, RingId::hot}) {
    const PageQueue& queue = region.plane.rings.queue(ring);
    for (uint64_t turns = 0; queue.span() > queue.capacity() / 2 && turns < kVictims; ++turns) {
      const Ticket oldest = queue.oldest();
      if (!oldest) break;
      if (const auto owned = region.plane.rings.take(ring, oldest, owner))
        region.plane.rings.set_aside(ring, *owned, owner);
    }
  }
}

bool enough(const Region& region, uint64_t wanted) {
  return region.plane.rings.free_pages() >= region.plane.reserve + wanted;
}

/// Counts the garbage of some pages anew, going on where the last call by anybody ended.
void recount_some(const Region& region, segment::ThreadState& thread, uint32_t pages) {
  Compactor compactor(region, thread);
  const uint32_t count = region.plane.rings.table().count();
  for (uint32_t i = 0; i < std::min(pages, count); ++i)
    compactor.recount(static_cast<uint32_t>(region.header->store.recount_at.add_relaxed(1) % count));
}

/// The stages of one search for room, cheapest first. Each go_on() does something that may have made room.
class Search {
 public:
  Search(const Region& region, segment::ThreadState& thread) : region_(region), thread_(thread), seen_(progress()) {}

  /// False if there is nothing more to try.
  bool go_on() {
    while (held() - held_before_ <= kFailures) {
      if (compact(region_, thread_, 1) > 0) return true;
      switch (stage_) {
        case Stage::expire:
          stage_ = Stage::bury;
          if (expire_due(region_, thread_) > 0) return true;
          break;
        case Stage::bury:
          stage_ = Stage::recount;
          if (region_.member->bury_dead() > 0) return true;
          break;
        case Stage::recount:
          stage_ = Stage::press;
          recount_some(region_, thread_, give_up_tombstones(region_) ? UINT32_MAX : kRecounted);
          break;
        case Stage::press:
          if (!pressed_out_ && drop_soonest(region_, thread_) > 0) return true;
          pressed_out_ = true;
          stage_ = Stage::others;
          break;
        case Stage::others: return others_at_work();
      }
    }
    return false;  // nobody else explains so many: the queue that pages would go to is damaged
  }

 private:
  enum class Stage : uint8_t { expire, bury, recount, press, others };

  /// Changes whenever anybody else opens, empties or frees a page.
  uint64_t progress() const {
    const ring::Rings& rings = region_.plane.rings;
    segment::Tally& own = thread_.tally(region_.number);
    return rings.queue(RingId::cold).tail() + rings.queue(RingId::hot).tail() + rings.free_queue().tail() -
           own[Counter::pages_emptied] - own[Counter::pages_held];
  }
  /// True while other threads turn pages over: what they hold in their hands is about to be room. One that holds a page
  /// and does nothing is not waited for, but for a moment, in which nothing is tried again: it may be stopped, or the
  /// page lost to damage, and every refusal would cost as much.
  bool others_at_work() {
    stage_ = Stage::press;
    for (uint64_t idle = 0; progress() == seen_; ++idle) {
      if (pages_in_hand() == 0) return false;
      if (idle >= kPatience) return !std::exchange(last_try_, true);
    }
    seen_ = progress();
    return ++rounds_ < kRounds;
  }
  /// Pages that this thread could not empty.
  uint64_t held() const { return thread_.tally(region_.number)[Counter::pages_held]; }
  uint64_t pages_in_hand() const {
    const page::PageTable& table = region_.plane.rings.table();
    uint64_t count = 0;
    for (uint32_t page = 0; page < table.count(); ++page) {
      const page::State state = page::PageWord::state(table.record(page).word.load_relaxed());
      count += state == page::State::emptying || state == page::State::claimed ? 1 : 0;
    }
    return count;
  }

  static constexpr uint64_t kPatience = 256;   ///< looks at the pages in others' hands without any progress
  static constexpr uint64_t kRounds = 10'000;  ///< looks in all
  static constexpr uint64_t kFailures = 512;   ///< pages that could not be emptied, in all

  const Region& region_;
  segment::ThreadState& thread_;
  const uint64_t held_before_ = held();
  Stage stage_ = Stage::expire;
  bool last_try_ = false;     ///< after the moment
  bool pressed_out_ = false;  ///< nothing was left to drop: a look at all records is not made again
  uint64_t seen_;
  uint64_t rounds_ = 0;
};

}  // namespace

uint64_t expire_due(const Region& region, segment::ThreadState& thread) {
  Compactor compactor(region, thread);
  uint64_t unlinked = 0;
  each_ticket(region, [&](RingId ring, const Ticket& ticket, bool) { unlinked += compactor.expire(ring, ticket); });
  return unlinked;
}

uint64_t expire_some(const Region& region, segment::ThreadState& thread, ExpireCursor& cursor, uint64_t pages) {
  Compactor compactor(region, thread);
  uint64_t unlinked = 0;
  for (const RingId ring : {RingId::cold, RingId::hot}) {
    const PageQueue& queue = region.plane.rings.queue(ring);
    const uint64_t head = queue.head(), tail = queue.tail();
    uint64_t& next = cursor.next[static_cast<size_t>(ring)];
    if (next < head || next >= tail) next = head;
    for (const uint64_t end = std::min(tail, next + pages); next < end; ++next)
      if (const Ticket ticket = queue.at(next)) unlinked += compactor.expire(ring, ticket);
  }
  return unlinked;
}

uint64_t compact(const Region& region, segment::ThreadState& thread, uint64_t wanted, uint64_t least) {
  rotate(region, thread);
  Compactor compactor(region, thread);
  uint64_t freed = 0;
  std::vector<uint32_t> unmoved;
  for (uint32_t turn = 0; turn < kVictims && !enough(region, wanted); ++turn) {
    const Victim victim = choose_victim(region, unmoved);
    if (!victim.ticket || victim.dead < least || victim.dead_in_all < region.plane.rings.table().page_bytes()) break;
    if (compactor.empty(victim.ring, victim.ticket))
      ++freed;
    else
      unmoved.push_back(victim.ticket.page());
  }
  return freed;
}

std::optional<Room> try_reserve(const ring::Rings& rings, RingId ring, uint32_t bytes, segment::ThreadLine& line,
                                uint64_t* ticket) {
  const std::optional<Room> room = rings.try_reserve(ring, bytes, line, ticket);
  const page::PageTable& table = rings.table();
  if (!room || table.offset_of(room->position) % kRecordAlign == kRecordStart) return room;
  table.record(room->page).tail.store_release(table.page_bytes());
  page::work_done(line);
  return std::nullopt;
}

std::optional<Room> make_room(const Region& region, segment::ThreadState& thread, uint32_t bytes, bool spare) {
  const ring::Rings& rings = region.plane.rings;
  const auto owner = static_cast<uint32_t>(segment::OwnerWord::Slot::get(thread.owner));
  const uint64_t keep = spare ? 0 : region.plane.reserve;
  std::optional<Search> search;
  for (;;) {
    uint64_t ticket = 0;
    if (std::optional<Room> room = try_reserve(rings, RingId::cold, bytes, *thread.line, &ticket)) return room;
    if (rings.open_page(RingId::cold, ticket, owner, keep)) continue;
    // What compaction has gained lies in the page that it fills.
    if (std::optional<Room> room = try_reserve(rings, RingId::hot, bytes, *thread.line, &ticket)) return room;
    ++thread.tally(region.number)[Counter::inline_hands];
    if (!search) search.emplace(region, thread);
    if (!search->go_on()) return std::nullopt;
  }
}

}  // namespace larder::store
