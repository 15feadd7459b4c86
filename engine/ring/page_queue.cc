// page_queue.cc – see page_queue.h.
#include "ring/page_queue.h"

namespace larder::ring {

Ticket PageQueue::newest() const {
  for (;;) {
    uint64_t tail = words_->tail.load_acquire();
    const uint64_t next = cell(tail).load_acquire();  // sees: page-contents
    const uint64_t ahead = (CellWord::Lap::get(next) - lap(tail)) & CellWord::Lap::kMax;
    if (ahead == 1 || (ahead == 0 && CellWord::occupied(next))) {  // dropped already, or pushed
      words_->tail.cas_acq_rel(tail, tail + 1);
      continue;
    }
    if (tail == 0) return {tail, 0};
    const uint64_t newest = cell(tail - 1).load_acquire();  // sees: page-contents
    if (words_->tail.load_acquire() != tail) continue;
    return {tail, CellWord::Lap::get(newest) == lap(tail - 1) ? newest : 0};
  }
}

Ticket PageQueue::oldest() const {
  for (;;) {
    uint64_t head = words_->head.load_acquire();
    const uint64_t found = cell(head).load_acquire();                  // sees: page-contents
    if (CellWord::Lap::get(found) == lap(head)) return {head, found};  // occupied, or not pushed yet: empty
    const uint64_t tail = words_->tail.load_acquire();
    if (words_->head.load_acquire() != head) continue;
    if (head > tail + 1 || (tail > head && tail - head > capacity())) return {head, 0};  // Q4: damaged
    words_->head.cas_acq_rel(head, head + 1);
  }
}

Ticket PageQueue::at(uint64_t number) const {
  const uint64_t found = cell(number).load_acquire();  // sees: page-contents
  return {number, CellWord::Lap::get(found) == lap(number) ? found : 0};
}

bool PageQueue::try_push(uint64_t number, uint32_t page, uint32_t generation) const {
  if (number - words_->head.load_acquire() >= capacity()) {
    oldest();  // moves head over cells that were dropped
    if (number - words_->head.load_acquire() >= capacity()) return false;
  }
  uint64_t expected = CellWord::Lap::make(lap(number));
  const uint64_t pushed = expected | CellWord::Generation::make(generation) | CellWord::PagePlus1::make(page + 1u);
  const bool done = cell(number).cas_acq_rel(expected, pushed);  // publishes: page-contents
  uint64_t tail = number;
  if (done) words_->tail.cas_acq_rel(tail, number + 1);
  return done;
}

bool PageQueue::push(uint32_t page, uint32_t generation) const {
  for (;;) {
    const uint64_t number = newest().number;
    if (try_push(number, page, generation)) return true;
    if (newest().number == number) return false;
  }
}

void PageQueue::drop(const Ticket& ticket) const {
  uint64_t expected = ticket.cell;
  cell(ticket.number).cas_acq_rel(expected, CellWord::Lap::make(lap(ticket.number) + 1));
  oldest();
}

bool PageQueue::contains(uint32_t page, uint32_t generation) const {
  for (uint64_t i = 0; i < capacity(); ++i) {
    const uint64_t found = cells_[i].load_acquire();
    if (CellWord::occupied(found) && CellWord::page(found) == page && CellWord::of_generation(found, generation))
      return true;
  }
  return false;
}

}  // namespace larder::ring
