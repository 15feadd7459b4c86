// page_model.cc – pages, hazards, queues and thread lines under relacy: writers append, a hand recycles, a viewer reads
// in place.
//
// Searched for: bytes written into or viewed in a page that was recycled underneath (a data race on the content), a
// slot that points into a free page, a page in no queue, a line that a scan overlooks. Runs ring/rings.cc,
// ring/page_queue.cc, page/hazard.h and the line half of segment/roster.cc.
#include "index/slot.h"
#include "model/search.h"
#include "ring/rings.h"

namespace larder::ring {
namespace {

using index::SlotWord;
using page::PageRecord;
using page::PageWord;
using page::State;

constexpr uint32_t kPages = 3, kPageBytes = 16, kCells = 8, kLines = 3, kKeys = 2;

struct World {
  segment::Superblock super{};
  segment::ThreadLine lines[kLines];
  PageRecord records[kPages];
  QueueWords words[3];
  base::Atomic64 cells[3][kCells];
  alignas(8) std::byte bytes[kPages * kPageBytes] = {};
  base::Atomic64 slots[kKeys];                    ///< one index slot a key
  rl::var<int> content[kPages * kPageBytes / 8];  ///< what stands at a position: key + 1
  segment::Tables tables;
  Rings rings;

  World() {
    super.lines_used.store_relaxed(0);
    for (segment::ThreadLine& line : lines) {
      for (base::Atomic64* word : {&line.owner, &line.work, &line.claim_at, &line.claim_word}) word->store_relaxed(0);
      for (base::Atomic64& pin : line.pins) pin.store_relaxed(0);
    }
    for (PageRecord& record : records)
      for (base::Atomic64* word : {&record.word, &record.tail, &record.earliest}) word->store_relaxed(0);
    for (QueueWords& queue : words) {
      queue.head.store_relaxed(0);
      queue.tail.store_relaxed(0);
    }
    for (auto& queue : cells)
      for (base::Atomic64& cell : queue) cell.store_relaxed(0);
    for (base::Atomic64& slot : slots) slot.store_relaxed(0);
    for (uint32_t page = 0; page < kPages; ++page) cells[2][page].store_relaxed(CellWord::PagePlus1::make(page + 1u));
    words[2].tail.store_relaxed(kPages);
    tables.super = &super;
    tables.lines = lines;
    const page::PageTable table(records, bytes, kPages, kPageBytes);
    rings = Rings(&tables, 0, table, PageQueue(&words[0], cells[0], kCells), PageQueue(&words[1], cells[1], kCells),
                  PageQueue(&words[2], cells[2], kCells));
  }

  segment::ThreadLine& line(unsigned me) {
    segment::ThreadLine* mine = segment::claim_line(tables, segment::OwnerWord::Slot::make(me + 1));
    RL_ASSERT(mine != nullptr);
    return *mine;
  }

  /// Appends one entry of `key`, or gives up when no page is free.
  void append(unsigned me, segment::ThreadLine& mine, uint32_t key) {
    uint64_t ticket = 0;
    std::optional<Room> room;
    for (int tries = 0; tries < 4 && !room; ++tries) {
      room = rings.try_reserve(RingId::cold, 8, mine, &ticket);
      if (!room && !rings.open_page(RingId::cold, ticket, me + 1, 0)) return;
    }
    if (!room) return;
    content[room->position]($) = static_cast<int>(key) + 1;
    uint64_t word = slots[key].load_acquire();
    while (!slots[key].cas_sync(word, SlotWord::Live::make(1) | SlotWord::Position::make(room->position) |
                                          SlotWord::Version::make(SlotWord::Version::get(word) + 1))) {
    }
    page::work_done(mine);
  }

  /// Empties the oldest cold page, as policy::Hand does.
  void turn_hand(unsigned me) {
    const Ticket oldest = rings.queue(RingId::cold).oldest();
    if (!oldest) return;
    const auto owned = rings.take(RingId::cold, oldest, me + 1);
    if (!owned) return;
    if (!rings.is_held(owned->page)) {
      for (base::Atomic64& slot : slots) {
        uint64_t word = slot.load_acquire();
        while (SlotWord::live(word) && SlotWord::Position::get(word) * 8 / kPageBytes == owned->page &&
               !slot.cas_sync(word, SlotWord::Version::make(SlotWord::Version::get(word) + 1))) {
        }
      }
      if (!rings.is_held(owned->page)) {
        for (uint32_t i = 0; i < kPageBytes / 8; ++i) content[owned->page * kPageBytes / 8 + i]($) = 0;
        rings.recycle(*owned, me + 1);
        return;
      }
    }
    rings.set_aside(RingId::cold, *owned, me + 1);
  }

  void view(segment::ThreadLine& mine, uint32_t key) {
    const uint64_t word = slots[key].load_acquire();
    if (!SlotWord::live(word)) return;
    const uint32_t position = static_cast<uint32_t>(SlotWord::Position::get(word));
    mine.pins[0].store_sync(segment::HazardWord::make(0, position * 8 / kPageBytes));
    if (slots[key].load_sync() == word) {
      RL_ASSERT(content[position]($) == static_cast<int>(key) + 1);
      RL_ASSERT(content[position]($) == static_cast<int>(key) + 1);
    }
    mine.pins[0].store_release(0);
  }

  void check() {
    for (base::Atomic64& slot : slots) {
      const uint64_t word = slot.load_acquire();
      if (!SlotWord::live(word)) continue;
      const State state = PageWord::state(records[SlotWord::Position::get(word) * 8 / kPageBytes].word.load_acquire());
      RL_ASSERT(state == State::ring);
    }
    for (uint32_t page = 0; page < kPages; ++page) {
      const uint64_t word = records[page].word.load_acquire();
      const PageQueue& home = PageWord::state(word) == State::free ? rings.free_queue() : rings.queue(RingId::cold);
      RL_ASSERT(PageWord::state(word) == State::free || PageWord::state(word) == State::ring);
      RL_ASSERT(home.contains(page, PageWord::generation(word)));
    }
  }
};

struct WriterHandViewer : rl::test_suite<WriterHandViewer, 3> {
  World world;
  void before() {
    world.append(0, world.line(0), 0);
    segment::release_line(world.lines[0]);
  }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) world.append(me, mine, 1);
    if (me == 1) world.turn_hand(me);
    if (me == 2) world.view(mine, 0);
  }
  void after() { world.check(); }
};

struct WritersAndHand : rl::test_suite<WritersAndHand, 3> {
  World world;
  void before() {
    world.append(0, world.line(0), 0);
    segment::release_line(world.lines[0]);
  }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me == 0) world.append(me, mine, 0);
    if (me == 1) world.append(me, mine, 1);
    if (me == 2) {
      world.turn_hand(me);
      world.turn_hand(me);
    }
  }
  void after() { world.check(); }
};

struct TwoHands : rl::test_suite<TwoHands, 3> {
  World world;
  void before() {
    segment::ThreadLine& mine = world.line(0);
    for (uint32_t i = 0; i < 3; ++i) world.append(0, mine, i % kKeys);
    segment::release_line(mine);
  }
  void thread(unsigned me) {
    segment::ThreadLine& mine = world.line(me);
    if (me < 2) world.turn_hand(me);
    if (me == 2) world.append(me, mine, 1);
  }
  void after() { world.check(); }
};

/// A worker died with a page claimed or emptying; its burier and a live appender meet.
struct BuryAgainstWriter : rl::test_suite<BuryAgainstWriter, 2> {
  World world;
  void before() {
    segment::ThreadLine& mine = world.line(0);
    for (uint32_t i = 0; i < 3; ++i) world.append(0, mine, i % kKeys);
    segment::release_line(mine);
    RL_ASSERT(world.rings.take(RingId::cold, world.rings.queue(RingId::cold).oldest(), 3).has_value());
  }
  void thread(unsigned me) {
    if (me == 0)
      for (uint32_t page = 0; page < kPages; ++page) world.rings.finish_for(page, 3);
    if (me == 1) {
      segment::ThreadLine& mine = world.line(me);
      world.append(me, mine, 0);
      world.turn_hand(me);
    }
  }
  void after() { world.check(); }
};

}  // namespace
}  // namespace larder::ring

int main() {
  using namespace larder::ring;
  bool good = larder::model::search<WriterHandViewer>("pages: writer, hand, viewer", 1);
  good &= larder::model::search<WritersAndHand>("pages: two writers and a hand", 0);
  good &= larder::model::search<TwoHands>("pages: two hands and a writer", 0);
  good &= larder::model::search<BuryAgainstWriter>("pages: a burier and a writer", 0);
  return good ? 0 : 1;
}
