// audit_queues.cc – the audit's rules for the cells and counters of a queue of pages; see audit.cc.
#include "observe/audit_report.h"

namespace larder::observe {

using ring::CellWord;
using ring::PageQueue;

namespace {

/// What the counters were around a look at a cell.
struct Counters {
  uint64_t head = 0, tail = 0;
  explicit Counters(const PageQueue& queue) : head(queue.head()), tail(queue.tail()) {}
  bool operator==(const Counters&) const = default;
  /// Q4 of ring/page_queue.h.
  bool sound(uint64_t capacity) const { return head <= tail + 1 && (tail <= head || tail - head <= capacity); }
};

/// True if the cell may hold this, as the cell of ticket `number` (the table of ring/page_queue.h). The counters may
/// lag by one ticket.
bool may_hold(uint64_t cell, uint64_t number, uint64_t tail, uint64_t capacity) {
  const uint64_t lap = number / capacity & CellWord::Lap::kMax;
  const bool pushed = CellWord::occupied(cell) && CellWord::Lap::get(cell) == lap;
  const bool empty = cell == CellWord::Lap::make(lap);
  const bool dropped = cell == CellWord::Lap::make((lap + 1) & CellWord::Lap::kMax);
  if (number < tail) return pushed || dropped;
  return empty || (number == tail && (pushed || dropped));
}

}  // namespace

void audit_queue(const PageQueue& queue, const char* name, uint32_t pages, Findings& findings) {
  const auto contradict = [&] {
    const Counters seen(queue);
    return !seen.sound(queue.capacity()) && seen == Counters(queue);
  };
  const bool unsound = contradict() && findings.stays_wrong(contradict);
  findings.expect(!unsound, "queue-counters", "{} queue: head {}, tail {}, capacity {}", name, queue.head(),
                  queue.tail(), queue.capacity());
  if (unsound) return;
  for (uint64_t i = 0; i < queue.capacity(); ++i) {
    const auto wrong = [&] {
      const Counters seen(queue);
      const uint64_t cell = queue.raw_cell(i);
      const uint64_t number = seen.head + ((i - seen.head) & (queue.capacity() - 1));  // of the tickets from head on
      const bool names_page = !CellWord::occupied(cell) || CellWord::page(cell) < pages;
      return (!names_page || !may_hold(cell, number, seen.tail, queue.capacity())) && seen == Counters(queue);
    };
    findings.expect(!wrong() || !findings.stays_wrong(wrong), "queue-cell", "{} queue: cell {} holds {:#018x}", name, i,
                    queue.raw_cell(i));
  }
}

}  // namespace larder::observe
