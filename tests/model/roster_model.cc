// roster_model.cc – the roster under relacy: workers attach, work and die at any access; others bury them, and die at
// it too; successors take over slots and thread lines.
//
// Searched for: a slot owned twice, a live worker that is buried, an announcement, claim or page of a dead worker that
// stays after its burial, a burier that cleans a line its next owner has. Runs segment/roster.cc, cache/bury.cc, the
// index and the rings; the file locks are those of kernel.h.
#include <array>
#include <map>

#include "cache/bury.h"
#include "model/kernel.h"
#include "model/search.h"
#include "os/file_lock.h"
#include "os/process.h"

// The room below the roster, as far as the roster uses it.
namespace larder::os {

void ShmFile::close() {
  if (fd_ >= 0) model::Kernel::running().close(fd_);
  fd_ = -1;
}
ShmFile& ShmFile::operator=(ShmFile&& other) noexcept {
  close();
  std::swap(fd_, other.fd_);
  return *this;
}
Result<ShmFile> ShmFile::open(const std::string&, bool) { return ShmFile(model::Kernel::running().open()); }
Result<bool> try_lock_byte(int fd, uint64_t byte) {
  return model::Kernel::running().try_lock(fd, byte - segment::kWorkerLock);
}
void unlock_byte(int fd, uint64_t byte) { model::Kernel::running().unlock(fd, byte - segment::kWorkerLock); }
Result<LockHolder> lock_holder(int fd, uint64_t byte) {
  return LockHolder{model::Kernel::running().is_held(fd, byte - segment::kWorkerLock), 0};
}
ProcessIdentity this_process() { return {}; }

}  // namespace larder::os

namespace larder::segment {
namespace {

using index::HeaderWord;
using index::Match;
using index::SlotWord;
using page::PageWord;
using page::State;
using ring::PageQueue;
using ring::RingId;

constexpr uint32_t kSlots = 3, kLines = 4, kBuckets = 4, kPages = 3, kPageBytes = 16, kCells = 8;
constexpr uint32_t kPositions = kPages * kPageBytes / 8;
constexpr uint64_t kHash[2] = {0x2000'0000'0000'0005, 0x2000'0000'0001'0005};  // the same home and tag
constexpr uint64_t kMark = HazardWord::make(7, 7);                             // names a page of no cache

template <class... Words>
void clear(Words&... words) {
  (words.store_relaxed(0), ...);
}

struct World {
  model::Kernel kernel;
  Superblock super{};
  WorkerSlot workers[kSlots];
  ThreadLine lines[kLines];
  index::Bucket buckets[kBuckets];
  page::PageRecord records[kPages];
  ring::QueueWords words[3];
  base::Atomic64 cells[3][kCells];
  alignas(8) std::byte bytes[kPages * kPageBytes] = {};
  base::Atomic64 key_at[kPositions];  ///< whose entry stands at a position: key + 1
  rl::var<int> content[kPositions];   ///< its bytes: a race means that a page was recycled under its user
  rl::var<int> holder[kSlots];        ///< written by whoever owns a slot: a race means that two do
  rl::var<int> tenant[kLines];        ///< written by whoever has a line: a race means that two do
  std::map<uint64_t, bool> dead;      ///< by OwnerWord of everybody who got a place
  Tables tables;
  policy::Plane plane;
  Undertaker undertaker;

  World() {
    for (WorkerSlot& worker : workers) clear(worker.word);
    for (ThreadLine& line : lines) {
      clear(line.owner, line.work, line.claim_at, line.claim_word);
      for (base::Atomic64& pin : line.pins) clear(pin);
    }
    for (index::Bucket& bucket : buckets) {
      for (base::Atomic64& slot : bucket.slots) clear(slot);
      clear(bucket.header);
    }
    for (page::PageRecord& record : records) clear(record.word, record.tail, record.earliest);
    for (ring::QueueWords& queue : words) clear(queue.head, queue.tail);
    for (auto& queue : cells)
      for (base::Atomic64& cell : queue) clear(cell);
    for (base::Atomic64& key : key_at) clear(key);
    clear(super.lines_used, super.buried);
    for (uint32_t page = 0; page < kPages; ++page)
      cells[2][page].store_relaxed(ring::CellWord::PagePlus1::make(page + 1u));
    words[2].tail.store_relaxed(kPages);
    tables.super = &super;
    tables.workers = workers;
    tables.lines = lines;
    plane.index = index::Index(std::span<index::Bucket>(buckets));
    plane.rings = ring::Rings(&tables, 0, page::PageTable(records, bytes, kPages, kPageBytes),
                              PageQueue(&words[0], cells[0], kCells), PageQueue(&words[1], cells[1], kCells),
                              PageQueue(&words[2], cells[2], kCells));
    undertaker = [this,
                  bury = cache::make_undertaker(std::make_shared<const Tables>(tables), {plane})](uint64_t owner) {
      const auto buried = dead.find(owner);
      RL_ASSERT(buried == dead.end() || buried->second);  // else a live worker is buried
      holder[OwnerWord::Slot::get(owner) - 1]($) = 0;
      bury(owner);
    };
  }
};

/// A process of one thread: its place, and the line it works with.
class Worker {
 public:
  explicit Worker(World& world) : world_(world), locks_(std::move(*os::ShmFile::open({}, true))) {}

  /// Lives until it has done `deeds`, or dies before, by accident or because it was doomed.
  template <class Deeds>
  static void live(World& world, const Deeds& deeds) {
    Worker worker(world);  // outlives the throw: its death lets go of the lock
    try {
      if (worker.attach()) {
        deeds(worker);
        worker.leave();
      }
    } catch (const model::Died&) {
      worker.died();
    }
    world.kernel.spare();
  }

  void take_line() {
    line_ = claim_line(world_.tables, place_.owner);
    if (line_ == nullptr) return;
    world_.tenant[line_ - world_.lines]($) = static_cast<int>(place_.owner);
    RL_ASSERT(is_clear());
    line_->pins[3].store_sync(kMark);
  }
  /// What it announced is still there, and nothing else: nobody cleaned up behind a former tenant of the line.
  void keeps_line() {
    if (line_ == nullptr) return;
    RL_ASSERT(line_->owner.load_relaxed() == place_.owner);
    RL_ASSERT(line_->pins[3].load_relaxed() == kMark);
    RL_ASSERT(world_.tenant[line_ - world_.lines]($) == static_cast<int>(place_.owner));
  }
  void drop_line() {
    keeps_line();
    if (line_ != nullptr) release_line(*line_);
    line_ = nullptr;
  }

  /// Stores an entry of `key`, or gives up when no page is free.
  void put(uint32_t key) {
    if (line_ == nullptr) return;
    const uint32_t me = page_owner();
    uint64_t ticket = 0;
    std::optional<ring::Room> room;
    for (int tries = 0; tries < 4 && !room; ++tries) {
      room = rings().try_reserve(RingId::cold, 8, *line_, &ticket);
      if (!room && !rings().open_page(RingId::cold, ticket, me, 0)) return;
    }
    if (!room) return;
    world_.content[room->position]($) = static_cast<int>(key) + 1;
    world_.key_at[room->position].store_release(key + 1);
    const index::ClaimIntent intent{&line_->claim_at, &line_->claim_word, 0};
    const auto match = [this, key](uint32_t position) {
      return world_.key_at[position].load_acquire() == key + 1 ? Match::live : Match::other;
    };
    const index::Index& index = world_.plane.index;
    const auto done = index.publish(index.probe(kHash[key]), room->position, index::Presence::any, 3, intent, match);
    RL_ASSERT(done.what != index::Published::full);
    page::work_done(*line_);
  }

  /// Empties the oldest page, as policy::Hand does.
  void turn_hand() {
    const ring::Ticket oldest = rings().queue(RingId::cold).oldest();
    if (!oldest) return;
    const auto owned = rings().take(RingId::cold, oldest, page_owner());
    if (!owned) return;
    if (!rings().is_held(owned->page)) {
      sweep(owned->page);
      if (!rings().is_held(owned->page)) {
        for (uint32_t i = 0; i < kPageBytes / 8; ++i) {
          world_.content[owned->page * kPageBytes / 8 + i]($) = 0;
          world_.key_at[owned->page * kPageBytes / 8 + i].store_release(0);
        }
        rings().recycle(*owned, page_owner());
        return;
      }
    }
    RL_ASSERT(rings().set_aside(RingId::cold, *owned, page_owner()));
  }

  uint32_t bury() { return bury_dead(world_.tables, locks_, place_.slot, world_.undertaker); }

 private:
  bool attach() {
    const Result<Place> place = take_place(world_.tables, locks_, "model", world_.undertaker);
    if (!place) {
      RL_ASSERT(place.error().code == Code::no_slot);
      return false;
    }
    place_ = *place;
    RL_ASSERT(world_.dead.emplace(place_.owner, false).second);  // R2: an incarnation is used once
    world_.holder[place_.slot]($) = static_cast<int>(place_.owner);
    return true;
  }
  void leave() {
    keeps_line();
    RL_ASSERT(world_.holder[place_.slot]($) == static_cast<int>(place_.owner));
    world_.dead[place_.owner] = true;
    leave_place(world_.tables, locks_, place_);
    world_.kernel.spare();
  }
  void died() {
    if (place_.owner != 0) world_.dead[place_.owner] = true;
    locks_.close();
  }

  const ring::Rings& rings() const { return world_.plane.rings; }
  uint32_t page_owner() const { return static_cast<uint32_t>(OwnerWord::Slot::get(place_.owner)); }
  bool is_clear() const {
    bool clear = line_->work.load_relaxed() == 0 && line_->claim_at.load_relaxed() == 0;
    for (const base::Atomic64& pin : line_->pins) clear &= pin.load_relaxed() == 0;
    return clear;
  }
  void sweep(uint32_t page) {
    const index::Index& index = world_.plane.index;
    for (uint32_t number = 0; number < kBuckets; ++number)
      for (base::Atomic64& slot : world_.buckets[number].slots)
        for (uint64_t word = slot.load_acquire(); !SlotWord::empty(word); word = slot.load_acquire()) {
          if (rings().table().page_of(static_cast<uint32_t>(SlotWord::Position::get(word))) != page) break;
          if (SlotWord::pending(word)) index.help(index.home_of(number, word));
          if (SlotWord::pending(word) && slot.load_acquire() != word) continue;
          if (index.unlink(number, {&slot, word, Match::live})) break;
        }
  }

  World& world_;
  os::ShmFile locks_;
  Place place_{};
  ThreadLine* line_ = nullptr;
};

/// Everybody is gone: whoever comes now finds and leaves everything in order.
void expect_all_in_order(World& world) {
  Worker::live(world, [&world](Worker& last) {
    last.bury();
    RL_ASSERT(last.bury() == 0);
    int active = 0;
    for (const WorkerSlot& worker : world.workers) active += WorkerWord::Active::get(worker.word.load_acquire()) != 0;
    RL_ASSERT(active == 1);
    for (const ThreadLine& line : world.lines) {
      RL_ASSERT(line.owner.load_acquire() == 0 && line.work.load_acquire() == 0 && line.claim_at.load_acquire() == 0);
      for (const base::Atomic64& pin : line.pins) RL_ASSERT(pin.load_acquire() == 0);
    }
    std::array<int, 2> met{};
    for (const index::Bucket& bucket : world.buckets) {
      RL_ASSERT(HeaderWord::Op::get(bucket.header.load_acquire()) == 0);
      for (const base::Atomic64& slot : bucket.slots) {
        const uint64_t word = slot.load_acquire();
        RL_ASSERT(!SlotWord::pending(word));
        if (!SlotWord::live(word)) continue;
        const uint32_t position = static_cast<uint32_t>(SlotWord::Position::get(word));
        RL_ASSERT(PageWord::state(world.records[position * 8 / kPageBytes].word.load_acquire()) == State::ring);
        RL_ASSERT(++met[world.key_at[position].load_acquire() - 1] == 1);
      }
    }
    const ring::Rings& rings = world.plane.rings;
    for (uint32_t page = 0; page < kPages; ++page) {
      const uint64_t word = world.records[page].word.load_acquire();
      const bool free = PageWord::state(word) == State::free;
      RL_ASSERT(free || PageWord::state(word) == State::ring);
      const PageQueue& home = free ? rings.free_queue() : rings.queue(RingId::cold);
      RL_ASSERT(home.contains(page, PageWord::generation(word)));
      RL_ASSERT(!rings.is_held(page));
    }
  });
}

/// Nobody dies: a worker that leaves in order is not buried, and one that stays even less.
struct LeavingBesideABurier : rl::test_suite<LeavingBesideABurier, 2> {
  World world;
  void thread(unsigned me) {
    Worker::live(world, [me](Worker& worker) {
      worker.take_line();
      if (me == 0) RL_ASSERT(worker.bury() == 0);
      worker.keeps_line();
    });
  }
  void after() { expect_all_in_order(world); }
};

/// One dies anywhere between attach and leave; another buries, and works in what it got back.
struct ADeathAndABurier : rl::test_suite<ADeathAndABurier, 2> {
  World world;
  void thread(unsigned me) {
    if (me == 0) world.kernel.doom(rl::rand(160));
    Worker::live(world, [me](Worker& worker) {
      if (me == 1) worker.bury();
      worker.take_line();
      worker.put(0);
      if (me == 0) worker.turn_hand();
    });
  }
  void after() { expect_all_in_order(world); }
};

/// One dies, its burier dies at it, the next burier meets a successor that takes lines while they are given back.
struct ABurierDies : rl::test_suite<ABurierDies, 3> {
  World world;
  void before() {
    world.kernel.doom(8 + rl::rand(150));
    Worker::live(world, [](Worker& worker) {
      worker.take_line();
      worker.put(0);
      worker.turn_hand();
    });
  }
  void thread(unsigned me) {
    if (me == 0) world.kernel.doom(5 + rl::rand(120));
    Worker::live(world, [me](Worker& worker) {
      if (me < 2) worker.bury();
      worker.take_line();
      worker.keeps_line();
      worker.drop_line();
      if (me == 2) worker.take_line();
    });
  }
  void after() { expect_all_in_order(world); }
};

/// More lives than slots: places and lines pass from the dead and the departed to their successors.
struct SlotsAreUsedAgain : rl::test_suite<SlotsAreUsedAgain, 3> {
  World world;
  SlotsAreUsedAgain() { world.tables.workers = world.tables.workers.first(2); }
  void thread(unsigned me) {
    for (int life = 0; life < 2; ++life) {
      if (rl::rand(3) != 0) world.kernel.doom(rl::rand(200));
      Worker::live(world, [me](Worker& worker) {
        worker.take_line();
        worker.put(me % 2);
        worker.bury();
        if (me == 0) worker.turn_hand();
      });
    }
  }
  void after() { expect_all_in_order(world); }
};

}  // namespace
}  // namespace larder::segment

int main() {
  using namespace larder::segment;
  bool good = larder::model::search<LeavingBesideABurier>("roster: leaving beside a burier", 1);
  good &= larder::model::search<ADeathAndABurier>("roster: a death and a burier", 0);
  good &= larder::model::search<ABurierDies>("roster: a burier dies too", 0);
  good &= larder::model::search<SlotsAreUsedAgain>("roster: slots and lines are used again", 0);
  return good ? 0 : 1;
}
