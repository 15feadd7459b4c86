// page_model.cc – pages, hazards, queues and thread lines under relacy: writers append, hands recycle, a viewer reads
// in place, a resizer moves the limit.
//
// Searched for: bytes written into or viewed in a page that was recycled underneath or lost its memory (a data race on
// the content), a slot that points into a free page, a page in no queue or out below the limit, a line that a scan
// overlooks. Runs ring/rings.cc,
// ring/page_queue.cc, page/hazard.h, the index and the line half of segment/roster.cc.
#include "model/search.h"
#include "model/world.h"

namespace larder::model {
namespace {

/// Threads are workers of their own; a thread's page owner is its number + 1.
struct Pages : World {
  segment::ThreadLine& line(unsigned me) {
    segment::ThreadLine* mine = segment::claim_line(tables, segment::OwnerWord::Slot::make(me + 1));
    RL_ASSERT(mine != nullptr);
    return *mine;
  }
  void fill(std::initializer_list<uint32_t> keys) {
    segment::ThreadLine& mine = line(0);
    for (const uint32_t key : keys) put(mine, 1, key);
    segment::release_line(mine);
  }
};

struct WriterHandViewer : rl::test_suite<WriterHandViewer, 3> {
  Pages world;
  void before() { world.fill({0}); }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) world.put(mine, me + 1, 1);
    if (me == 1) world.turn_hand(me + 1);
    if (me == 2) world.view(mine, 0);
  }
  void after() { world.expect_in_order(); }
};

struct WritersAndHand : rl::test_suite<WritersAndHand, 3> {
  Pages world;
  void before() { world.fill({0}); }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me < 2) world.put(mine, me + 1, me);
    if (me == 2) {
      world.turn_hand(me + 1);
      world.turn_hand(me + 1);
    }
  }
  void after() { world.expect_in_order(); }
};

struct TwoHands : rl::test_suite<TwoHands, 3> {
  Pages world;
  void before() { world.fill({0, 1, 0}); }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me < 2) world.turn_hand(me + 1);
    if (me == 2) world.put(mine, me + 1, 1);
  }
  void after() { world.expect_in_order(); }
};

/// A hand moves the only entry and recycles its page: whoever looks for the key finds it all the time.
struct MovingHandAndReaders : rl::test_suite<MovingHandAndReaders, 3> {
  Pages world;
  void before() { world.fill({0}); }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) world.turn_hand(me + 1, &mine);
    if (me == 1) RL_ASSERT(world.has(0));
    if (me == 2) world.view(mine, 0);
  }
  void after() {
    world.expect_in_order();
    RL_ASSERT(world.has(0));
  }
};

/// A worker died with a page emptying; its burier and a live writer meet.
struct BuryAgainstWriter : rl::test_suite<BuryAgainstWriter, 2> {
  static constexpr uint32_t kDead = 3;
  Pages world;
  void before() {
    world.fill({0, 1, 0});
    RL_ASSERT(world.plane.rings.take(RingId::cold, world.plane.rings.queue(RingId::cold).oldest(), kDead).has_value());
  }
  void thread(unsigned me) {
    if (me == 0)
      for (uint32_t page = 0; page < kPages; ++page) world.plane.rings.finish_for(page, kDead);
    if (me == 1) {
      world.put(world.line(me), me + 1, 0);
      world.turn_hand(me + 1);
    }
  }
  void after() { world.expect_in_order(); }
};

/// The limit rises while a page beyond it is being freed, and free ones are put out: they come in, whoever is first.
/// What each does is short, so that the few accesses that matter meet.
struct GrowerFreerAndTaker : rl::test_suite<GrowerFreerAndTaker, 3> {
  Pages world;
  std::optional<ring::OwnedPage> owned;
  void before() {
    world.fill({0});
    owned = world.plane.rings.take(RingId::cold, world.plane.rings.queue(RingId::cold).oldest(), 2);
    world.forget(0);
    world.limit.store_relaxed(0);
  }
  void thread(unsigned me) {
    if (me == 0) {
      world.limit.store_sync(kPages);
      for (uint32_t page = 0; page < kPages; ++page) world.plane.rings.bring_in(page, me + 1);
    }
    if (me == 1) world.plane.rings.recycle(*owned, me + 1);
    if (me == 2)
      if (const auto taken = world.plane.rings.take_free(me + 1, 0)) world.plane.rings.give_back(*taken, me + 1);
  }
  void after() { world.expect_in_order(); }
};

/// Two bring in the same page; each takes what is free, and keeps it. The one who is late must not give it away again.
struct TwoBringIn : rl::test_suite<TwoBringIn, 2> {
  static constexpr uint32_t kOut = kPages - 1;
  Pages world;
  base::Atomic64 takers;
  void before() {
    takers.store_relaxed(0);
    world.limit.store_relaxed(kOut);
    while (world.plane.rings.take_free(3, 0)) {
    }
    world.limit.store_relaxed(kPages);
    RL_ASSERT(PageWord::state(world.records[kOut].word.load_acquire()) == page::State::out);
  }
  void thread(unsigned me) {
    world.plane.rings.bring_in(kOut, me + 1);
    if (const auto taken = world.plane.rings.take_free(me + 1, 0)) {
      RL_ASSERT(taken->page == kOut);
      takers.add_relaxed(1);
    }
  }
  void after() { RL_ASSERT(takers.load_relaxed() == 1); }
};

/// The limit falls while pages are taken and freed: no page loses its memory under a writer.
struct ShrinkerWriterAndHand : rl::test_suite<ShrinkerWriterAndHand, 3> {
  Pages world;
  void before() { world.fill({0}); }
  void thread(unsigned me) {
    if (me == 0) world.resize(1, me + 1);
    if (me == 1) {
      segment::ThreadLine& mine = world.line(me);
      world.put(mine, me + 1, 1);
      world.put(mine, me + 1, 0);
    }
    if (me == 2) world.turn_hand(me + 1);
  }
  void after() { world.expect_in_order(); }
};

/// The limit falls and rises again beside a writer and a hand: a page that somebody saw out below the old limit.
struct ThereAndBack : rl::test_suite<ThereAndBack, 3> {
  Pages world;
  void before() { world.fill({0, 1, 0}); }
  void thread(unsigned me) {
    if (me == 0) {
      world.resize(1, me + 1);
      world.resize(kPages, me + 1);
      world.resize(2, me + 1);
    }
    if (me == 1) world.put(world.line(me), me + 1, 1);
    if (me == 2) {
      world.turn_hand(me + 1);
      world.turn_hand(me + 1);
    }
  }
  void after() { world.expect_in_order(); }
};

}  // namespace
}  // namespace larder::model

int main() {
  using namespace larder::model;
  const bool good = search<WriterHandViewer>("pages: writer, hand, viewer", 0) &&
                    search<WritersAndHand>("pages: two writers and a hand", 0) &&
                    search<TwoHands>("pages: two hands and a writer", 0) &&
                    search<MovingHandAndReaders>("pages: a hand that moves an entry, readers", 0) &&
                    search<BuryAgainstWriter>("pages: a burier and a writer", 0) &&
                    search<GrowerFreerAndTaker>("pages: the limit rises, one frees, one takes", 0) &&
                    search<TwoBringIn>("pages: two bring in one page") &&
                    search<ShrinkerWriterAndHand>("pages: the limit falls, a writer and a hand", 0) &&
                    search<ThereAndBack>("pages: the limit falls and rises, a writer and a hand", 0);
  return good ? 0 : 1;
}
