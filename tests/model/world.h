// world.h – a cache small enough to be searched: two keys of the same home and tag, three pages of two entries.
//
// What it is    the tables of a segment and one region of it over checked words, and what a thread does with them:
//               put, empty the oldest page, view. The steps are those of cache/store_entry.cc, policy/hand.cc and
//               cache/view.cc; index, rings, queues, hazards and lines are the engine's own.
// Invariants    W1 content[p] stands for the bytes at position p: written by whoever reserved them, zeroed by the
//               recycler, read through views. They are checked for data races, so a page that is recycled under a
//               user is found even if no wrong value comes of it. W2 key_at[p] is what an optimistic reader compares.
// Concurrency   the threads of a model; each brings a thread line and the number it owns pages by.
// Crash         see roster_model.cc.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "index/index.h"
#include "policy/plane.h"
#include "ring/rings.h"

namespace larder::model {

using index::Match;
using index::SlotWord;
using page::PageWord;
using ring::PageQueue;
using ring::RingId;

constexpr uint32_t kLines = 4, kBuckets = 4, kPages = 3, kPageBytes = 16, kCells = 8, kKeys = 2;
constexpr uint32_t kPositions = kPages * kPageBytes / 8;
constexpr uint64_t kHash[kKeys] = {0x2000'0000'0000'0005, 0x2000'0000'0001'0005};  // the worst neighbours

template <class... Words>
void clear(Words&... words) {
  (words.store_relaxed(0), ...);
}

struct World {
  segment::Superblock super{};
  segment::ThreadLine lines[kLines];
  index::Bucket buckets[kBuckets];
  page::PageRecord records[kPages];
  ring::QueueWords words[3];
  base::Atomic64 cells[3][kCells];
  base::Atomic64 limit;
  alignas(8) std::byte bytes[kPages * kPageBytes] = {};
  base::Atomic64 key_at[kPositions];  ///< key + 1
  rl::var<int> content[kPositions];   ///< key + 1
  policy::PolicyWords policy_words{};
  segment::Tables tables;
  policy::Plane plane;

  World() {
    clear(super.lines_used, super.buried);
    for (segment::ThreadLine& line : lines) {
      clear(line.owner, line.work, line.claim_at, line.claim_word);
      for (base::Atomic64& pin : line.pins) clear(pin);
    }
    for (index::Bucket& bucket : buckets) {
      for (base::Atomic64& slot : bucket.slots) clear(slot);
      clear(bucket.header);
    }
    for (page::PageRecord& record : records)
      clear(record.word, record.tail, record.earliest, record.dead, record.dirty, record.runs, record.ticket);
    for (ring::QueueWords& queue : words) clear(queue.head, queue.tail);
    for (auto& queue : cells)
      for (base::Atomic64& cell : queue) clear(cell);
    for (base::Atomic64& key : key_at) clear(key);
    clear(policy_words.loose, policy_words.run_pages[0], policy_words.run_pages[1]);
    for (uint32_t page = 0; page < kPages; ++page)
      cells[2][page].store_relaxed(ring::CellWord::PagePlus1::make(page + 1u));
    words[2].tail.store_relaxed(kPages);
    tables.super = &super;
    tables.lines = lines;
    plane.words = &policy_words;
    plane.index = index::Index(std::span<index::Bucket>(buckets));
    plane.rings = ring::Rings(&tables, 0, page::PageTable(records, bytes, kPages, kPageBytes),
                              PageQueue(&words[0], cells[0], kCells), PageQueue(&words[1], cells[1], kCells),
                              PageQueue(&words[2], cells[2], kCells), &limit);
    limit.store_relaxed(kPages);
  }

  static uint32_t page_of(uint64_t slot_word) {
    return static_cast<uint32_t>(SlotWord::Position::get(slot_word) * 8 / kPageBytes);
  }
  index::Probe probe(uint32_t key) const { return plane.index.probe(kHash[key]); }
  auto matcher(uint32_t key) {
    return [this, key](uint32_t position) {
      return key_at[position].load_acquire() == key + 1 ? Match::live : Match::other;
    };
  }

  /// Stores an entry of `key`, or gives up when no page is free.
  void put(segment::ThreadLine& line, uint32_t owner, uint32_t key) {
    uint64_t ticket = 0;
    std::optional<ring::Room> room;
    for (int tries = 0; tries < 4 && !room; ++tries) {
      room = plane.rings.try_reserve(RingId::cold, 8, line, &ticket);
      if (!room && !plane.rings.open_page(RingId::cold, ticket, owner, 0)) return;
    }
    if (!room) return;
    content[room->position]($) = static_cast<int>(key) + 1;
    key_at[room->position].store_release(key + 1);
    const index::ClaimIntent intent{&line.claim_at, &line.claim_word, 0};
    const auto done = plane.index.publish(probe(key), room->position, index::Presence::any, 3, intent, matcher(key));
    RL_ASSERT(done.what != index::Published::full);
    page::work_done(line);
  }

  /// Empties the oldest cold page. Entries are moved to the hot ring with the help of `line`, or dropped without one.
  void turn_hand(uint32_t owner, segment::ThreadLine* line = nullptr) {
    const ring::Ticket oldest = plane.rings.queue(RingId::cold).oldest();
    if (!oldest) return;
    const auto owned = plane.rings.take(RingId::cold, oldest, owner);
    if (!owned) return;
    if (!plane.rings.is_held(owned->page)) {
      sweep(owned->page, owner, line);
      if (!plane.rings.is_held(owned->page)) {
        wipe(owned->page);
        plane.rings.recycle(*owned, owner);
        return;
      }
    }
    plane.rings.set_aside(RingId::cold, *owned, owner);
  }

  /// Changes the budget. What lies beyond it and is out loses its memory.
  void resize(uint32_t pages, uint32_t owner) {
    limit.store_sync(pages);
    for (uint32_t page = 0; page < pages; ++page) plane.rings.bring_in(page, owner);
    for (uint64_t turns = plane.rings.free_pages(); turns > 0; --turns)
      if (const auto taken = plane.rings.take_free(owner, 0)) plane.rings.give_back(*taken, owner);
    for (uint32_t page = pages; page < kPages; ++page)
      if (PageWord::state(records[page].word.load_sync()) == page::State::out)
        for (uint32_t at = page * kPageBytes / 8; at < (page + 1) * kPageBytes / 8; ++at) content[at]($) = 0;
  }

  /// Empties a page that its owner took, alone.
  void forget(uint32_t page) {
    sweep(page, 0, nullptr);
    wipe(page);
  }

  bool has(uint32_t key) { return static_cast<bool>(plane.index.find(probe(key), matcher(key))); }

  /// Reads the key's entry in place, twice.
  void view(segment::ThreadLine& line, uint32_t key) {
    const index::Found found = plane.index.find(probe(key), matcher(key));
    if (!found) return;
    page::announce_pin(line, 0, 0, page_of(found.word));
    if (index::still_holds(*found.slot, found.word)) {
      RL_ASSERT(content[found.position()]($) == static_cast<int>(key) + 1);
      RL_ASSERT(content[found.position()]($) == static_cast<int>(key) + 1);
    }
    page::unpin(line, 0);
  }

  /// Once nobody is at work: every page is where it belongs (none below the limit is out), every key once at most and
  /// in a page of a ring.
  void expect_in_order() {
    std::array<int, kKeys> met{};
    for (const index::Bucket& bucket : buckets) {
      RL_ASSERT(index::HeaderWord::Op::get(bucket.header.load_acquire()) == 0);
      for (const base::Atomic64& slot : bucket.slots) {
        const uint64_t word = slot.load_acquire();
        RL_ASSERT(!SlotWord::pending(word));
        if (!SlotWord::live(word)) continue;
        RL_ASSERT(PageWord::state(records[page_of(word)].word.load_acquire()) == page::State::ring);
        const uint64_t key = key_at[SlotWord::Position::get(word)].load_acquire();
        RL_ASSERT(key != 0 && ++met[key - 1] == 1);
      }
    }
    for (uint32_t page = 0; page < kPages; ++page) {
      const uint64_t word = records[page].word.load_acquire();
      const bool out = PageWord::state(word) == page::State::out;
      if (out) {
        RL_ASSERT(page >= plane.rings.limit());
        continue;
      }
      const bool free = PageWord::state(word) == page::State::free;
      RL_ASSERT(free || PageWord::state(word) == page::State::ring);
      const PageQueue& home =
          free ? plane.rings.free_queue() : plane.rings.queue(static_cast<RingId>(PageWord::Ring::get(word)));
      RL_ASSERT(home.contains(page, PageWord::generation(word)));
    }
  }

 private:
  void wipe(uint32_t page) {
    for (uint32_t at = page * kPageBytes / 8; at < (page + 1) * kPageBytes / 8; ++at) {
      content[at]($) = 0;
      key_at[at].store_release(0);
    }
  }

  void sweep(uint32_t page, uint32_t owner, segment::ThreadLine* line) {
    for (uint32_t number = 0; number < kBuckets; ++number)
      for (base::Atomic64& slot : buckets[number].slots)
        for (uint64_t word = slot.load_acquire(); !SlotWord::empty(word); word = slot.load_acquire()) {
          if (page_of(word) != page) break;
          if (SlotWord::pending(word)) {  // its owner is dead, or gave up the claim
            plane.index.help(plane.index.home_of(number, word));
            if (slot.load_acquire() != word) continue;
          }
          const index::Found found{&slot, word, Match::live};
          if (line != nullptr && SlotWord::live(word) ? move_to_hot(*line, owner, found)
                                                      : plane.index.unlink(number, found))
            break;
        }
  }

  bool move_to_hot(segment::ThreadLine& line, uint32_t owner, const index::Found& found) {
    uint64_t ticket = 0;
    std::optional<ring::Room> room;
    while (!(room = plane.rings.try_reserve(RingId::hot, 8, line, &ticket)))
      RL_ASSERT(plane.rings.open_page(RingId::hot, ticket, owner, 0));
    content[room->position]($) = static_cast<int>(content[found.position()]($));
    key_at[room->position].store_release(key_at[found.position()].load_acquire());
    const bool moved = plane.index.relocate(found, room->position, 0);
    page::work_done(line);
    return moved;
  }
};

}  // namespace larder::model
