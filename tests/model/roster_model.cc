// roster_model.cc – the roster under relacy: workers attach, work and die at any access; others bury them, and die at
// it too; successors take over slots and thread lines.
//
// Searched for: a slot owned twice, a live worker that is buried, an announcement, claim or page of a dead worker that
// stays after its burial, a burier that cleans a line its next owner has. Runs segment/roster.cc, cache/bury.cc, the
// index and the rings; the file locks are those of kernel.h.
#include <map>

#include "cache/bury.h"
#include "model/kernel.h"
#include "model/search.h"
#include "model/world.h"
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

constexpr uint32_t kSlots = 3;
constexpr uint64_t kMark = HazardWord::make(7, 7);  // names a page of no cache

struct World : model::World {
  model::Kernel kernel;
  WorkerSlot workers[kSlots];
  rl::var<int> holder[kSlots];         ///< written by whoever owns a slot: a race means that two do
  rl::var<int> tenant[model::kLines];  ///< written by whoever has a line: a race means that two do
  std::map<uint64_t, bool> dead;       ///< by OwnerWord of everybody who got a place
  Undertaker undertaker;

  World() {
    for (WorkerSlot& worker : workers) model::clear(worker.word);
    tables.workers = workers;
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

  void put(uint32_t key) {
    if (line_ != nullptr) world_.put(*line_, page_owner(), key);
  }
  void turn_hand() { world_.turn_hand(page_owner()); }

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

  uint32_t page_owner() const { return static_cast<uint32_t>(OwnerWord::Slot::get(place_.owner)); }
  bool is_clear() const {
    bool clear = line_->work.load_relaxed() == 0 && line_->claim_at.load_relaxed() == 0;
    for (const base::Atomic64& pin : line_->pins) clear &= pin.load_relaxed() == 0;
    return clear;
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
    for (uint32_t page = 0; page < model::kPages; ++page) RL_ASSERT(!world.plane.rings.is_held(page));
    world.expect_in_order();
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
  const bool good = larder::model::search<LeavingBesideABurier>("roster: leaving beside a burier", 1) &&
                    larder::model::search<ADeathAndABurier>("roster: a death and a burier", 0) &&
                    larder::model::search<ABurierDies>("roster: a burier dies too", 0) &&
                    larder::model::search<SlotsAreUsedAgain>("roster: slots and lines are used again", 0);
  return good ? 0 : 1;
}
