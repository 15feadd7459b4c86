// run_model.cc – runs under relacy: a builder publishes and opens, an unlinker frees, a viewer reads in place, a burier
// finishes.
//
// Searched for: a run that is freed while somebody reads it or while an entry refers to it, one that is left loose by
// all, a page of it that is lost or given to two. Runs ring/runs.cc and ring/rings.cc over the index and hazards of
// page_model.cc; whether an entry refers to a run is asked of the index, as policy/loose.cc does.
#include "model/search.h"
#include "model/world.h"
#include "ring/runs.h"

namespace larder::model {
namespace {

constexpr uint32_t kFirst = 1, kSpan = 2, kDead = 3;

/// Page 0 is for entries, pages 1 and 2 are a run. An entry is plain, or refers to the run.
struct RunWorld : World {
  base::Atomic64 refers[kPositions];  ///< 1 + generation of the run's head; 0 = a plain entry
  rl::var<int> value[kPages];         ///< the bytes of a page of the run

  RunWorld() {
    for (base::Atomic64& reference : refers) clear(reference);
  }
  ring::Runs runs() const { return ring::Runs(plane.rings); }

  segment::ThreadLine& line(unsigned me) {
    segment::ThreadLine* mine = segment::claim_line(tables, segment::OwnerWord::Slot::make(me + 1));
    RL_ASSERT(mine != nullptr);
    return *mine;
  }
  /// Claims the pages of the run: the free queue gives page 0 first, which opens the ring.
  ring::Run gather(segment::ThreadLine& mine, uint32_t owner) {
    uint64_t ticket = 0;
    if (!plane.rings.try_reserve(RingId::cold, 8, mine, &ticket))
      RL_ASSERT(plane.rings.open_page(RingId::cold, ticket, owner, 0));
    page::work_done(mine);
    const auto head = plane.rings.take_free(owner, 0), tail = plane.rings.take_free(owner, 0);
    RL_ASSERT(head && tail && head->page == kFirst && tail->page == kFirst + 1);
    return {kFirst, kSpan, head->generation};
  }
  void fill(uint32_t content_is) {
    for (uint32_t page = kFirst; page < kFirst + kSpan; ++page) value[page]($) = static_cast<int>(content_is);
  }

  /// Publishes an entry of key 0 that refers to the run, and opens the run.
  void publish(segment::ThreadLine& mine, uint32_t owner, const ring::Run& run) {
    runs().begin(run, kHash[0], owner);
    uint64_t ticket = 0;
    const std::optional<ring::Room> room = plane.rings.try_reserve(RingId::cold, 8, mine, &ticket);
    RL_ASSERT(room.has_value());
    refers[room->position].store_release(run.generation + 1);
    key_at[room->position].store_release(1);
    const index::ClaimIntent intent{&mine.claim_at, &mine.claim_word, 0};
    plane.index.publish(probe(0), room->position, index::Presence::any, 3, intent, matcher(0));
    page::work_done(mine);
    open(run, owner);
  }
  void open(const ring::Run& run, uint32_t owner) {
    runs().open(run, RingId::cold, owner);
    for (;;) {
      const index::Found found = entry_of(run.generation);
      if (!found) return release(run.generation, owner);
      if (index::still_holds(*found.slot, found.word)) return;
    }
  }
  index::Found entry_of(uint32_t generation) {
    return plane.index.find(probe(0), [&](uint32_t position) {
      return refers[position].load_acquire() == generation + 1 ? Match::live : Match::other;
    });
  }

  /// Unlinks key 0 and frees its run.
  void remove(uint32_t owner) {
    const index::Found removed = plane.index.remove(probe(0), matcher(0));
    if (!removed) return;
    const uint64_t reference = refers[removed.position()].load_acquire();
    if (reference != 0) release(static_cast<uint32_t>(reference - 1), owner);
  }
  void release(uint32_t generation, uint32_t owner) {
    const ring::HeadWord seen = runs().head(kFirst);
    if (seen.generation != generation || seen.state != page::State::run) return;
    runs().free_loose(kFirst, generation, owner);
  }
  /// Once nobody holds it: what policy::collect_runs does.
  void collect(uint32_t owner) {
    const ring::HeadWord seen = runs().head(kFirst);
    if (seen.state == page::State::run && !entry_of(seen.generation)) release(seen.generation, owner);
  }

  void view_run(segment::ThreadLine& mine) {
    const index::Found found = plane.index.find(probe(0), matcher(0));
    if (!found || refers[found.position()].load_acquire() == 0) return;
    page::announce_pin(mine, 0, 0, kFirst);
    if (index::still_holds(*found.slot, found.word))
      for (uint32_t page = kFirst; page < kFirst + kSpan; ++page) RL_ASSERT(value[page]($) == 1);
    page::unpin(mine, 0);
  }
  /// Takes what is free and writes to it: a race with a reader if it was freed too early.
  void reuse(uint32_t owner) {
    for (uint32_t taken = 0; taken < kSpan; ++taken) {
      const auto page = plane.rings.take_free(owner, 0);
      if (!page) return;
      if (page->page >= kFirst) value[page->page]($) = 2;
      plane.rings.give_back(*page, owner);
    }
  }

  void expect_conserved() {
    collect(1);
    const ring::HeadWord head = runs().head(kFirst);
    const bool linked = static_cast<bool>(entry_of(head.generation));
    RL_ASSERT(head.state == (linked ? page::State::run : page::State::free));
    const uint64_t tail = records[kFirst + 1].word.load_acquire();
    RL_ASSERT(PageWord::state(tail) == (linked ? page::State::tail : page::State::free));
    for (uint32_t page = kFirst; !linked && page < kFirst + kSpan; ++page)
      RL_ASSERT(plane.rings.free_queue().contains(page, PageWord::generation(records[page].word.load_acquire())));
  }
};

/// Somebody removes the key while its run is published; somebody else reads it.
struct BuilderUnlinkerViewer : rl::test_suite<BuilderUnlinkerViewer, 3> {
  RunWorld world;
  ring::Run run;
  void before() {
    segment::ThreadLine& mine = world.line(0);
    run = world.gather(mine, 1);
    world.fill(1);
    segment::release_line(mine);
  }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) world.publish(mine, me + 1, run);
    if (me == 1) {
      world.remove(me + 1);
      world.reuse(me + 1);
    }
    if (me == 2) world.view_run(mine);
  }
  void after() { world.expect_conserved(); }
};

/// Two unlinkers and a viewer of a run that is there.
struct UnlinkersViewer : rl::test_suite<UnlinkersViewer, 3> {
  RunWorld world;
  void before() {
    segment::ThreadLine& mine = world.line(0);
    const ring::Run run = world.gather(mine, 1);
    world.fill(1);
    world.publish(mine, 1, run);
    segment::release_line(mine);
  }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) world.view_run(mine);
    if (me > 0) {
      world.remove(me + 1);
      world.collect(me + 1);
      world.reuse(me + 1);
    }
  }
  void after() { world.expect_conserved(); }
};

/// Two free the same run, take what is free, and keep it. The one who is late must not clean a page that is taken.
struct TwoFreers : rl::test_suite<TwoFreers, 2> {
  static constexpr uint64_t kUsed = 8;  ///< what the taker of a page says of it
  RunWorld world;
  ring::Run run;
  base::Atomic64 taken[kPages];
  void before() {
    for (base::Atomic64& one : taken) clear(one);
    run = world.gather(world.line(0), 1);
    world.runs().begin(run, kHash[0], 1);
    world.runs().open(run, RingId::cold, 1);
  }
  void thread(unsigned me) {
    world.runs().free_loose(kFirst, run.generation, me + 1);
    while (const auto page = world.plane.rings.take_free(me + 1, 0)) {
      world.records[page->page].tail.store_release(kUsed);
      taken[page->page].add_relaxed(1);
    }
  }
  void after() {
    for (uint32_t page = kFirst; page < kFirst + kSpan; ++page) {
      RL_ASSERT(taken[page].load_relaxed() == 1);
      RL_ASSERT(world.records[page].tail.load_acquire() == kUsed);
    }
  }
};

/// A worker died after it published, before it opened; its burier meets an unlinker and a viewer.
struct BurierUnlinkerViewer : rl::test_suite<BurierUnlinkerViewer, 3> {
  RunWorld world;
  void before() {
    segment::ThreadLine& mine = world.line(0);
    const ring::Run run = world.gather(mine, kDead);
    world.fill(1);
    world.runs().begin(run, kHash[0], kDead);
    uint64_t ticket = 0;
    const auto room = world.plane.rings.try_reserve(RingId::cold, 8, mine, &ticket);
    RL_ASSERT(room.has_value());
    world.refers[room->position].store_release(run.generation + 1);
    world.key_at[room->position].store_release(1);
    const index::ClaimIntent intent{&mine.claim_at, &mine.claim_word, 0};
    world.plane.index.publish(world.probe(0), room->position, index::Presence::any, 3, intent, world.matcher(0));
    page::work_done(mine);
    segment::release_line(mine);
  }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) {
      for (uint32_t page = 0; page < kPages; ++page)
        if (!world.runs().finish_for(page, kDead)) world.plane.rings.finish_for(page, kDead);
      world.collect(kDead);
    }
    if (me == 1) {
      world.remove(me + 1);
      world.reuse(me + 1);
    }
    if (me == 2) world.view_run(mine);
  }
  void after() { world.expect_conserved(); }
};

}  // namespace
}  // namespace larder::model

int main() {
  using namespace larder::model;
  const bool good = search<BuilderUnlinkerViewer>("runs: builder, unlinker, viewer", 0) &&
                    search<UnlinkersViewer>("runs: two unlinkers and a viewer", 0) &&
                    search<TwoFreers>("runs: two free one run") &&
                    search<BurierUnlinkerViewer>("runs: a burier, an unlinker, a viewer", 0);
  return good ? 0 : 1;
}
