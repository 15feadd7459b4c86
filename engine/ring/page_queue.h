// page_queue.h – a bounded FIFO of page ids that survives the death of anybody at any point.
//
//   cell   63            44 43            24 23                    0
//         +----------------+----------------+-----------------------+
//         |      lap       |   generation   |   page + 1 (0: none)  |
//         +----------------+----------------+-----------------------+
//
// What it is    an array of cells and two counters. Ticket t lives in cell t mod capacity, in lap t / capacity. The
//               cell is the truth, the counters are hints that everybody helps forward. The newest page of a ring's
//               queue is the page that entries are appended to: pushing a page opens it and seals the one before in one
//               step.
//
//   cell of ticket t holds     meaning                       who changes it
//   lap(t), no page            not pushed yet                try_push: → lap(t), page
//   lap(t), page               in the queue                  drop: → lap(t) + 1, no page
//   lap(t) + 1, anything       dropped (maybe pushed again)  –
//   lap(t) - 1, page           still ticket t - capacity: the queue is full, t cannot be pushed yet
//
// Invariants    Q1 at most one push succeeds for a ticket. Q2 tail passes a ticket only when its cell is pushed, head
//               only when it is dropped. Q3 a cell whose generation is not the page's is stale and is dropped by
//               whoever meets it. Cells may be dropped out of order.
//               Q4 head <= tail + 1, and tail - head <= capacity. Where damage makes the counters say otherwise, the
//               queue is taken for empty and nothing is pushed: no walk is longer than the cells.
// Orders        every CAS is acquire-release. publishes: page-contents (push) / sees: page-contents (newest, oldest,
// at). Concurrency   any number of threads and processes; lock-free, with helping. Crash         between the CAS of a
// cell and the CAS of its counter: the next one to look moves the counter. Source        after Tsigas and Zhang, "A
// simple, fast and scalable non-blocking concurrent FIFO queue" (SPAA 2001), with lap
//               numbers against ABA.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/bit_field.h"

namespace larder::ring {

struct CellWord {
  using PagePlus1 = base::Field<0, 24>;
  using Generation = base::Field<24, 20>;
  using Lap = base::Field<44, 20>;
  static constexpr bool occupied(uint64_t w) { return PagePlus1::get(w) != 0; }
  static constexpr uint32_t page(uint64_t w) { return static_cast<uint32_t>(PagePlus1::get(w)) - 1; }
  /// True if the cell's page has this generation (as far as the cell remembers it).
  static constexpr bool of_generation(uint64_t w, uint32_t generation) {
    return Generation::get(w) == (generation & Generation::kMax);
  }
};

#ifdef LARDER_MODEL
struct QueueWords {
  base::Atomic64 head, tail;
};
#else
struct QueueWords {
  alignas(64) base::Atomic64 head;
  alignas(64) base::Atomic64 tail;
};
#endif

/// A ticket and what its cell holds.
struct Ticket {
  uint64_t number = 0;
  uint64_t cell = 0;
  explicit operator bool() const { return CellWord::occupied(cell); }
  uint32_t page() const { return CellWord::page(cell); }
};

class PageQueue {
 public:
  PageQueue() = default;
  PageQueue(QueueWords* words, base::Atomic64* cells, uint32_t capacity)
      : words_(words), cells_(cells), shift_(static_cast<uint32_t>(__builtin_ctz(capacity))) {}

  uint64_t capacity() const { return uint64_t{1} << shift_; }
  /// Tickets between head and tail: the pages in the queue, plus stale and dropped cells in between.
  uint64_t span() const {
    const uint64_t head = words_->head.load_acquire(), tail = words_->tail.load_acquire();
    return bounded(head, tail) - head;
  }
  /// Where a walk from ticket `from` to `last` ends (Q4): at `from` if there cannot be so many tickets.
  uint64_t bounded(uint64_t from, uint64_t last) const {
    return last > from && last - from <= capacity() ? last : from;
  }
  uint64_t head() const { return words_->head.load_acquire(); }
  uint64_t tail() const { return words_->tail.load_acquire(); }

  /// The newest page; its number is that of the next ticket to push. False if the queue's newest cell was dropped.
  Ticket newest() const;
  /// The oldest page that was not dropped; false if there is none.
  Ticket oldest() const;
  /// What stands at a ticket between head and tail; false if it was dropped or is not pushed yet.
  Ticket at(uint64_t number) const;

  /// Pushes with exactly this ticket. False if somebody else did, or if the queue is full.
  bool try_push(uint64_t number, uint32_t page, uint32_t generation) const;
  /// Pushes with any ticket. False if the queue is full.
  bool push(uint32_t page, uint32_t generation) const;
  /// Takes the cell out of the queue, if it still holds what the ticket says.
  void drop(const Ticket& ticket) const;
  /// True if some cell holds this page in this generation. Looks at all cells.
  bool contains(uint32_t page, uint32_t generation) const;
  /// What the cell of this number (below capacity) holds, for the audit.
  uint64_t raw_cell(uint64_t number) const { return cell(number).load_acquire(); }

 private:
  uint64_t lap(uint64_t number) const { return (number >> shift_) & CellWord::Lap::kMax; }
  base::Atomic64& cell(uint64_t number) const { return cells_[number & (capacity() - 1)]; }

  QueueWords* words_ = nullptr;
  base::Atomic64* cells_ = nullptr;
  uint32_t shift_ = 0;
};

}  // namespace larder::ring
