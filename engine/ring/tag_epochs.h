// tag_epochs.h – removing many entries at once: each tag has an epoch, an entry remembers the one it was put under.
//
// What it is    a small table of counters, indexed by a hash of the tag. An entry is visible while the epoch of its tag
//               is the one it carries; remove_tag adds one. Tags that share a counter go together.
// Invariants    an epoch only grows (32 bits, wrapping: an entry would have to survive 2^32 removals of its tag).
// Concurrency   one atomic load or add.
// Crash         nothing to repair.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace larder::ring {

class TagEpochs {
 public:
  TagEpochs() = default;
  TagEpochs(uint32_t* epochs, uint32_t count) : epochs_(epochs), mask_(count - 1) {}

  uint32_t now(uint32_t tag) const { return base::load_int_acquire(&epochs_[slot(tag)]); }
  void advance(uint32_t tag) const { base::add_int_acq_rel(&epochs_[slot(tag)], 1); }

 private:
  uint32_t slot(uint32_t tag) const { return (tag * 0x9e3779b1u >> 8) & mask_; }

  uint32_t* epochs_ = nullptr;
  uint32_t mask_ = 0;
};

}  // namespace larder::ring
