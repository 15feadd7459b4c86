// store_world.h – a store small enough to be searched: one key, four pages, and the engine's own operations on it.
//
// What it is    the tables of a segment and one store region over checked words. Operation and Compactor are the
//               engine's own (store/operation.cc, store/compactor.cc), and so are rooms, index, rings, hazards and
//               lines. A record's cell is a checked pair of its own that stands for the two words (record.h, cell_of);
//               its other bytes are ordered memory (ordered/base/atomic.h).
// Invariants    S1 a frozen cell never changes: looked at after every step of a thread. S2 time is a number that the
//               program's own clock_gettime tells; only a thread of the model moves it.
// Concurrency   the threads of a model; each is a worker of its own.
// Crash         a doomed thread (kernel.h) dies before any access; bury() does what the burier does.
#pragma once

#include <array>
#include <span>

#include "model/kernel.h"
#include "store/compactor.h"
#include "store/operation.h"
#include "store/room.h"

namespace larder::model {

using store::Kind;
using store::Look;
using store::Meta;
using store::Operation;
using store::Step;

constexpr uint32_t kLines = 4, kBuckets = 4, kPages = 4, kPageBytes = 128, kCells = 8;
constexpr std::string_view kKey = "k", kDurable = "d";

constexpr int64_t kFull = -1;
inline int64_t model_ms = 1;  ///< what the clock says

template <class... Words>
void clear(Words&... words) {
  (words.store_relaxed(0), ...);
}

struct StoreWorld {
  Kernel kernel;
  segment::Superblock super{};
  segment::ThreadLine lines[kLines];
  index::Bucket buckets[kBuckets];
  page::PageRecord records[kPages];
  ring::QueueWords words[3];
  base::Atomic64 queue_cells[3][kCells];
  alignas(16) std::byte bytes[kPages * kPageBytes] = {};
  base::PairCell cells[kPages * kPageBytes / 16];
  base::Cell page_order;
  cache::RegionHeader header;
  segment::Tables tables;
  cache::Region region;
  segment::ThreadState states[kLines] = {};
  bool died[kLines] = {};

  StoreWorld() {
    running() = this;
    model_ms = 1;
    store::cell_of = [](uint64_t* at) -> base::PairCell& {
      const auto offset = static_cast<size_t>(reinterpret_cast<std::byte*>(at + 1) - running()->bytes);
      RL_ASSERT(offset % 16 == 0 && offset < sizeof running()->bytes);
      return running()->cells[offset / 16];
    };
    page_order.store(0, base::kRelaxed, $);
    base::page_order = &page_order;
    clear(super.lines_used, super.buried);
    for (base::PairCell& cell : cells) cell.set({});
    for (index::Bucket& bucket : buckets) {
      for (base::Atomic64& slot : bucket.slots) clear(slot);
      clear(bucket.header);
    }
    for (page::PageRecord& record : records)
      clear(record.word, record.tail, record.earliest, record.dead, record.dirty, record.runs, record.ticket);
    for (ring::QueueWords& queue : words) clear(queue.head, queue.tail);
    for (auto& queue : queue_cells)
      for (base::Atomic64& cell : queue) clear(cell);
    for (uint32_t page = 0; page < kPages; ++page)
      queue_cells[2][page].store_relaxed(ring::CellWord::PagePlus1::make(page + 1u));
    words[2].tail.store_relaxed(kPages);
    store_words();
    tables.super = &super;
    tables.lines = lines;
    region.writable = true;
    region.header = &header;
    const page::PageTable table(records, bytes, kPages, kPageBytes);
    region.plane.index = index::Index(std::span<index::Bucket>(buckets));
    region.plane.rings =
        ring::Rings(&tables, 0, table, ring::PageQueue(&words[0], queue_cells[0], kCells),
                    ring::PageQueue(&words[1], queue_cells[1], kCells),
                    ring::PageQueue(&words[2], queue_cells[2], kCells), &header.limit, store::kRecordStart);
    region.plane.reader = ring::EntryReader(table, {}, 0);
    region.plane.reserve = 1;
    for (uint32_t i = 0; i < kLines; ++i) {
      segment::ThreadLine& line = lines[i];
      clear(line.work, line.claim_at, line.claim_word);
      for (base::Atomic64& pin : line.pins) clear(pin);
      line.owner.store_relaxed(segment::OwnerWord::Slot::make(i + 1u));
      states[i].owner = segment::OwnerWord::Slot::make(i + 1u);
      states[i].line = &line;
    }
    super.lines_used.store_relaxed(kLines);
  }

  static StoreWorld*& running() {
    static StoreWorld* world = nullptr;
    return world;
  }
  Operation operation(unsigned me, std::string_view key = kKey) { return {region, states[me], key}; }

  /// Runs what the thread does; false if it died at it.
  template <class Deed>
  bool live(unsigned me, const Deed& deed) {
    try {
      deed();
    } catch (const Died&) {
      died[me] = true;
    }
    kernel.spare();
    return !died[me];
  }

  // What larder/store.h offers, put together from the same steps as there.

  /// The new number of a counter; kFull if there was no room for it.
  int64_t increment(unsigned me, std::string_view key = kKey) {
    for (Operation doing = operation(me, key);;) {
      const Look look = doing.look();
      int64_t number = 1;
      const Step step = look ? doing.change(look,
                                            [&number](base::Pair seen, base::Pair& next) {
                                              number = static_cast<int64_t>(seen.first) + 1;
                                              next.first = static_cast<uint64_t>(number);
                                              return true;
                                            })
                             : doing.create({Kind::counter, {}, 1, 0}, true, nullptr);
      if (step == Step::full) return kFull;
      if (step == Step::done) return number;
    }
  }
  /// Another number, whatever is there.
  void set(unsigned me, int64_t number) {
    RL_ASSERT(operation(me).create({Kind::counter, {}, static_cast<uint64_t>(number), 0}, false, nullptr) ==
              Step::done);
  }
  bool erase(unsigned me, std::string_view key = kKey) {
    for (Operation doing = operation(me, key);;) {
      const Look look = doing.look();
      if (!look) return false;
      const Step step = doing.erase(look);
      RL_ASSERT(step != Step::full);
      if (step == Step::done) return true;
    }
  }
  /// Puts a value in place of version `version`. The new version, or 0 if it is not there any more.
  uint64_t swap(unsigned me, uint64_t version, std::string_view key = kKey) {
    for (Operation doing = operation(me, key);;) {
      const Look look = doing.look();
      if (!look || look.cell.first != version) return 0;
      uint64_t given = 0;
      const Step step = doing.replace(look, {Kind::value, {}, 0, 0}, &given);
      RL_ASSERT(step != Step::full);
      if (step == Step::done) return given;
    }
  }
  /// Removes it only if it has this number. False if it has not.
  bool erase_number(unsigned me, int64_t wanted) {
    for (Operation doing = operation(me);;) {
      const Look look = doing.look();
      if (!look || static_cast<int64_t>(look.cell.first) != wanted) return false;
      if (doing.erase(look) == Step::done) return true;
    }
  }
  bool touch(unsigned me, uint64_t expiry) {
    for (Operation doing = operation(me);;) {
      const Look look = doing.look();
      if (!look) return false;
      const Step step = doing.change(look, [expiry](base::Pair, base::Pair& next) {
        next.second = Meta::Expiry::set(next.second, expiry);
        return true;
      });
      RL_ASSERT(step != Step::full);
      if (step == Step::done) return true;
    }
  }
  /// Empties the oldest page of the ring, if it can be had.
  void compact(unsigned me, ring::RingId ring = ring::RingId::cold) {
    const ring::Ticket oldest = region.plane.rings.queue(ring).oldest();
    if (oldest) store::Compactor(region, states[me]).empty(ring, oldest);
  }

  /// The number that is there, -1 if nothing is.
  int64_t number(unsigned me, std::string_view key = kKey) {
    const Look look = operation(me, key).look();
    return look ? static_cast<int64_t>(look.cell.first) : -1;
  }
  void bury() {
    for (uint32_t i = 0; i < kLines; ++i) {
      if (!died[i]) continue;
      region.plane.index.resolve_claim(lines[i].claim_at.load_acquire(), lines[i].claim_word.load_acquire());
      for (uint32_t page = 0; page < kPages; ++page) region.plane.rings.finish_for(page, i + 1);
      page::work_done(lines[i]);
    }
  }
  /// Once nobody is at work: no page is lost or held, nothing is half-way.
  void expect_in_order() {
    for (const index::Bucket& bucket : buckets) {
      RL_ASSERT(index::HeaderWord::Op::get(bucket.header.load_acquire()) == 0);
      for (const base::Atomic64& slot : bucket.slots) RL_ASSERT(!index::SlotWord::pending(slot.load_acquire()));
    }
    for (uint32_t page = 0; page < kPages; ++page) {
      RL_ASSERT(!region.plane.rings.is_held(page));
      const page::State state = page::PageWord::state(records[page].word.load_acquire());
      RL_ASSERT(state == page::State::free || state == page::State::ring);
    }
  }

 private:
  void store_words() {
    clear(header.setting, header.ttl_ms, header.idle_ms, header.mode);
    header.limit.store_relaxed(kPages);
    header.goal.store_relaxed(kPages);
    clear(header.store.reconcile, header.store.pressed_at, header.store.recount_at);
    header.store.versions.store_relaxed(10);
    for (base::Atomic64& word : header.store.durable.words) clear(word);
    for (base::Atomic64& word : header.store.droppable.words) clear(word);
    header.store.durable.words['d' / 64].store_relaxed(uint64_t{1} << 'd' % 64);
  }
};

}  // namespace larder::model
