// store_model.cc – the records of a store under relacy: frozen cells and relocation, with the engine's own operations.
//
// Searched for: an increment that is lost or applied twice while a compactor moves the record, or dies at it; a change
// that survives the removal or replacement that was answered after it; a swap that lands after the removal of its
// value; a version that shrinks; a record that comes back after somebody met it expired; a page that is lost or
// recycled under a record. Runs store/operation.cc, compactor.cc and room.cc, the index, the rings and the hazards.
#include <time.h>

#include "model/search.h"
#include "model/store_world.h"
#include "segment/member.h"

// The program's clock is the model's.
extern "C" int clock_gettime(clockid_t, timespec* time) {
  time->tv_sec = larder::model::model_ms / 1000;
  time->tv_nsec = larder::model::model_ms % 1000 * 1'000'000;
  return 0;
}

// There is no roster: who searches for room finds nobody dead.
namespace larder::segment {
uint32_t Member::bury_dead() { return 0; }
}  // namespace larder::segment

namespace larder::model {
namespace {

/// Two count while a compactor moves the record, once and once more.
struct CountersAndCompactor : rl::test_suite<CountersAndCompactor, 3> {
  StoreWorld world;
  int64_t answers[2] = {};
  void before() { RL_ASSERT(world.increment(3) == 1); }
  void thread(unsigned me) {
    if (me < 2) answers[me] = world.increment(me);
    if (me == 2) {
      world.compact(me);
      world.compact(me, ring::RingId::hot);
    }
  }
  void after() {
    RL_ASSERT(answers[0] + answers[1] == 5);  // 2 and 3, in either order
    RL_ASSERT(world.number(3) == 3);
    world.expect_in_order();
  }
};

/// Two count on a record that a compactor froze and left: both put a copy in its place, one after the other.
struct CountersOnFrozen : rl::test_suite<CountersOnFrozen, 2> {
  StoreWorld world;
  int64_t answers[2] = {};
  void before() {
    RL_ASSERT(world.increment(3) == 1);
    const Look look = world.operation(3).look();
    base::Pair seen = look.cell;
    RL_ASSERT(store::cell_of(look.entry.words).cas(seen, {seen.first, Meta::Frozen::set(seen.second, 1)}));
  }
  void thread(unsigned me) { answers[me] = world.increment(me); }
  void after() {
    RL_ASSERT(answers[0] + answers[1] == 5);
    RL_ASSERT(world.number(3) == 3);
    world.expect_in_order();
  }
};

/// Two count where nothing is: one creates the counter, the other one counts on.
struct CountersFromNothing : rl::test_suite<CountersFromNothing, 2> {
  StoreWorld world;
  int64_t answers[2] = {};
  void thread(unsigned me) { answers[me] = world.increment(me); }
  void after() {
    RL_ASSERT(answers[0] + answers[1] == 3);
    RL_ASSERT(world.number(0) == 2);
    world.expect_in_order();
  }
};

/// Any of them dies anywhere; its burier and others go on.
struct CountersAndDeaths : rl::test_suite<CountersAndDeaths, 3> {
  StoreWorld world;
  int64_t answered = 0;
  void before() {
    RL_ASSERT(world.increment(3) == 1);
    world.compact(3);  // the record lies in the hot ring, so that it moves between two of its pages
  }
  void thread(unsigned me) {
    if (rl::rand(2) == 0) world.kernel.doom(rl::rand(110));
    world.live(me, [this, me] {
      if (me == 2) return world.compact(me, ring::RingId::hot);
      world.increment(me);
      ++answered;
    });
  }
  void after() {
    world.bury();
    const int64_t in_flight = int{world.died[0]} + int{world.died[1]}, found = world.number(3);
    RL_ASSERT(found >= 1 + answered && found <= 1 + answered + in_flight);
    RL_ASSERT(world.increment(3) == found + 1);
    world.compact(3, ring::RingId::hot);
    RL_ASSERT(world.number(3) == found + 1);
    world.expect_in_order();
  }
};

/// One replaces the record blindly: what is counted before is gone, what is counted after stays.
struct CounterAndReplacer : rl::test_suite<CounterAndReplacer, 3> {
  StoreWorld world;
  int64_t answer = 0;
  void before() { RL_ASSERT(world.increment(3) == 1); }
  void thread(unsigned me) {
    if (me == 0) answer = world.increment(me);
    if (me == 1) world.set(me, 100);
    if (me == 2) world.compact(me);
  }
  void after() {
    RL_ASSERT(answer == 2 || answer == 101);
    RL_ASSERT(world.number(3) == (answer == 2 ? 100 : 101));
    world.expect_in_order();
  }
};

struct CounterAndRemover : rl::test_suite<CounterAndRemover, 3> {
  StoreWorld world;
  int64_t answer = 0;
  void before() { RL_ASSERT(world.increment(3) == 1); }
  void thread(unsigned me) {
    if (me == 0) answer = world.increment(me);
    if (me == 1) RL_ASSERT(world.erase(me));
    if (me == 2) world.compact(me);
  }
  void after() {
    RL_ASSERT(answer == 2 || answer == 1);
    RL_ASSERT(world.number(3) == (answer == 2 ? -1 : 1));
    world.expect_in_order();
  }
};

/// One removes exactly what it saw, another replaces it: the other one's stays.
struct ExactRemoverAndReplacer : rl::test_suite<ExactRemoverAndReplacer, 3> {
  StoreWorld world;
  void before() { RL_ASSERT(world.increment(3) == 1); }
  void thread(unsigned me) {
    if (me == 0) world.erase_number(me, 1);
    if (me == 1) world.set(me, 100);
    if (me == 2) world.compact(me);
  }
  void after() {
    RL_ASSERT(world.number(3) == 100);
    world.expect_in_order();
  }
};

/// As CounterAndRemover, for a durable key, whose removal is a change of the cell.
struct DurableCounterAndRemover : rl::test_suite<DurableCounterAndRemover, 3> {
  StoreWorld world;
  int64_t answer = 0;
  void before() { RL_ASSERT(world.increment(3, kDurable) == 1); }
  void thread(unsigned me) {
    if (me == 0) answer = world.increment(me, kDurable);
    if (me == 1) RL_ASSERT(world.erase(me, kDurable));
    if (me == 2) world.compact(me);
  }
  void after() {
    RL_ASSERT(answer == 2 || answer == 1);
    RL_ASSERT(world.number(3, kDurable) == (answer == 2 ? -1 : 1));
    world.expect_in_order();
  }
};

/// Two remove one durable record: one of them did it.
struct TwoRemovers : rl::test_suite<TwoRemovers, 2> {
  StoreWorld world;
  bool removed[2] = {};
  void before() { RL_ASSERT(world.increment(3, kDurable) == 1); }
  void thread(unsigned me) { removed[me] = world.erase(me, kDurable); }
  void after() {
    RL_ASSERT(removed[0] != removed[1]);
    RL_ASSERT(world.number(3, kDurable) == -1);
  }
};

/// Two swap one version, one removes it: one of the swaps gets it at most, and a removal that was answered is the last
/// of its value.
struct SwapWorld : StoreWorld {
  uint64_t swapped[2] = {};
  uint64_t first = 0;
  void begin(std::string_view key) {
    RL_ASSERT(increment(3, key) == 1);
    Operation doing = operation(3, key);  // a value in the counter's place; its number is its version
    RL_ASSERT(doing.replace(doing.look(), {Kind::value, {}, 0, 0}, &first) == Step::done);
  }
  void act(unsigned me, std::string_view key) {
    if (me < 2) swapped[me] = swap(me, first, key);
    if (me == 2) RL_ASSERT(erase(me, key));
  }
  void end(std::string_view key) {
    RL_ASSERT(swapped[0] == 0 || swapped[1] == 0);
    RL_ASSERT((swapped[0] == 0 || swapped[0] > first) && (swapped[1] == 0 || swapped[1] > first));
    RL_ASSERT(number(3, key) == -1);
  }
};
struct SwapsAndRemover : rl::test_suite<SwapsAndRemover, 3> {
  SwapWorld world;
  void before() { world.begin(kKey); }
  void thread(unsigned me) { world.act(me, kKey); }
  void after() { world.end(kKey); }
};
struct DurableSwapsAndRemover : rl::test_suite<DurableSwapsAndRemover, 3> {
  SwapWorld world;
  void before() { world.begin(kDurable); }
  void thread(unsigned me) { world.act(me, kDurable); }
  void after() { world.end(kDurable); }
};

/// A reader sees versions grow while a compactor moves what others swap.
struct VersionsGrow : rl::test_suite<VersionsGrow, 3> {
  StoreWorld world;
  uint64_t first = 0;
  void before() {
    RL_ASSERT(world.increment(3) == 1);
    Operation doing = world.operation(3);
    RL_ASSERT(doing.replace(doing.look(), {Kind::value, {}, 0, 0}, &first) == Step::done);
  }
  void thread(unsigned me) {
    if (me == 0) {
      const uint64_t second = world.swap(me, first);
      RL_ASSERT(second > first);
      RL_ASSERT(world.swap(me, second) > second);
    }
    if (me == 1) world.compact(me);
    if (me == 2) {
      const int64_t seen = world.number(me);
      RL_ASSERT(seen >= static_cast<int64_t>(first));
      RL_ASSERT(world.number(me) >= seen);
    }
  }
  void after() { world.expect_in_order(); }
};

/// A record expires while one touches it and a compactor moves it: once somebody met it expired, it stays away.
struct TouchAndExpiry : rl::test_suite<TouchAndExpiry, 3> {
  StoreWorld world;
  bool touched = false, absent = false;
  void before() {
    RL_ASSERT(world.increment(3) == 1);
    RL_ASSERT(world.touch(3, 100));
  }
  void thread(unsigned me) {
    if (me == 0) touched = world.touch(me, 1000);
    if (me == 1) {
      model_ms = 200;
      absent = world.number(me) == -1;
    }
    if (me == 2) world.compact(me);
  }
  void after() {
    RL_ASSERT(!(touched && absent));
    RL_ASSERT((world.number(3) == -1) == !touched);
    world.expect_in_order();
  }
};

/// A page is emptied, freed and opened again while one is between its look at a record of it and its change: the record
/// that stands there by now is another one's.
struct PageComesBack : rl::test_suite<PageComesBack, 2> {
  StoreWorld world;
  int64_t answer = 0, other = 0;
  void before() {
    RL_ASSERT(world.increment(3) == 1);
    world.compact(3);
    world.region.plane.reserve = 0;
    for (const char* key : {"a", "b", "c", "e", "f", "g"}) RL_ASSERT(world.increment(3, key) == 1);  // one page is free
  }
  void thread(unsigned me) {
    if (me == 0) answer = world.increment(me);
    if (me == 1) {
      world.compact(me, ring::RingId::hot);
      other = world.increment(me, "x");
    }
  }
  void after() {  // if the page was held and stayed, there was no room
    RL_ASSERT(answer == 2 || answer == kFull);
    RL_ASSERT(other == 1 || other == kFull);
    RL_ASSERT(world.number(3) == (answer == 2 ? 2 : 1) && world.number(3, "x") == (other == 1 ? 1 : -1));
    world.expect_in_order();
  }
};

/// A full page is emptied while a writer fills another and a reader looks: the record is always there.
struct ReaderAndMover : rl::test_suite<ReaderAndMover, 3> {
  StoreWorld world;
  void before() { RL_ASSERT(world.increment(3) == 1); }
  void thread(unsigned me) {
    if (me == 0) world.compact(me);
    if (me == 1) RL_ASSERT(world.number(me) >= 1);
    if (me == 2) world.increment(me, "other");
  }
  void after() {
    RL_ASSERT(world.number(3) == 1 && world.number(3, "other") == 1);
    world.expect_in_order();
  }
};

/// Somebody has all free pages for a while: a compactor that finds no room for the record leaves it where it is.
struct CompactorWithoutRoom : rl::test_suite<CompactorWithoutRoom, 3> {
  StoreWorld world;
  void before() { RL_ASSERT(world.increment(3) == 1); }
  void thread(unsigned me) {
    const ring::Rings& rings = world.region.plane.rings;
    if (me == 0) {
      const uint32_t owner = me + 1;
      std::optional<ring::OwnedPage> taken[kPages];
      for (auto& page : taken) page = rings.take_free(owner, 0);
      for (const auto& page : taken)
        if (page) rings.give_back(*page, owner);
    }
    if (me == 1) world.compact(me);
    if (me == 2) RL_ASSERT(world.number(me) == 1);
  }
  void after() {
    RL_ASSERT(world.number(3) == 1);
    world.expect_in_order();
  }
};

}  // namespace
}  // namespace larder::model

int main() {
  using namespace larder::model;
  const bool good = search<CountersAndCompactor>("store: two count, a compactor moves", 0) &&
                    search<CountersOnFrozen>("store: two count on a frozen record") &&
                    search<CountersFromNothing>("store: two count where nothing is", 1) &&
                    search<CountersAndDeaths>("store: the same, any of them dies", 0) &&
                    search<CounterAndReplacer>("store: one counts, one replaces blindly", 0) &&
                    search<CounterAndRemover>("store: one counts, one removes", 0) &&
                    search<DurableCounterAndRemover>("store: the same, durable", 0) &&
                    search<ExactRemoverAndReplacer>("store: one removes what it saw, one replaces", 1) &&
                    search<TwoRemovers>("store: two remove one durable record") &&
                    search<SwapsAndRemover>("store: two swap, one removes", 0) &&
                    search<DurableSwapsAndRemover>("store: the same, durable", 1) &&
                    search<VersionsGrow>("store: swaps, a compactor, a reader", 0) &&
                    search<TouchAndExpiry>("store: a touch, an expiry, a compactor", 1) &&
                    search<PageComesBack>("store: a page comes back under a change") &&
                    search<ReaderAndMover>("store: a reader, a compactor, a writer", 0) &&
                    search<CompactorWithoutRoom>("store: a compactor without room", 0);
  return good ? 0 : 1;
}
