// resizer.h – changing the budget of a cache that is in use.
//
// What it is    the one who holds a cache's resize lock: reserves memory and brings pages in, or lowers the limit,
//               empties what lies beyond it and gives the memory back. docs/design/budgets.md tells the protocol.
// Invariants    B1 every byte of the pages below the limit is reserved. B2 the limit goes down by small steps, so that
//               few of the pages that writers meet lie beyond it. B3 memory is given back only after all pages beyond
//               the limit were out for kGrace, and while no worker is known to be stopped: what was reading such a page
//               when it was emptied is done by then.
// Concurrency   one holder at a time (an OFD lock on a byte of the file for each cache). Nobody waits for it: the other
//               operations of the cache see the limit and the words of pages.
// Crash         the kernel frees the lock. BudgetWords says how far it came; whoever holds the lock next goes on, the
//               sidecar as a rule. What it held in its hands is a dead worker's, as any hand's.
#pragma once

#include <cstdint>

#include "cache/region.h"
#include "larder/result.h"

namespace larder::cache {

/// How far a change of budget has come.
enum class Progress : uint8_t {
  done,     ///< the budget is what was wanted, and memory what it needs
  going,    ///< more can be done at once
  held,     ///< pages beyond the limit are held or owned by others
  waiting,  ///< all pages beyond the limit are out; their memory goes back after a while
  refused,  ///< mode refuse: what is live does not fit the budget that was wanted; it stays as it is now
};

class Resizer {
 public:
  static constexpr milliseconds kGrace{1000};

  /// Takes the resize lock. Code::busy if somebody else has it, read_only, no_slot. The region and the thread's state
  /// outlive it.
  static Result<Resizer> take(const Region& region);
  Resizer(Resizer&& other) noexcept : region_(other.region_), thread_(other.thread_), lock_(std::move(other.lock_)) {}
  Resizer& operator=(Resizer&&) = delete;
  ~Resizer();

  /// Says where the budget shall go, least_pages()..shape.pages, and who says so; `peer`: the number of the other cache
  /// of a move. A larger budget is there at once. Code::no_space: there is not so much memory; the budget stays.
  Status aim(uint32_t pages, policy::BudgetCause cause, std::optional<uint32_t> peer = {});
  /// Does some of what is left to do. An error is of a system call; the next call tries again.
  Result<Progress> step();
  /// step() while that brings it on.
  Result<Progress> go_on();

 private:
  Resizer(const Region& region, segment::ThreadState& thread, os::ShmFile lock)
      : region_(&region), thread_(&thread), lock_(std::move(lock)) {}
  Status grow(uint32_t pages);
  bool lower(uint32_t wanted);
  Result<Progress> give_memory_back();
  void bring_pages_in();
  bool fits_below(uint32_t limit) const;
  policy::Mercy mercy() const;
  uint64_t region_at() const;
  uint32_t reserved() const;

  const Region* region_;
  segment::ThreadState* thread_;
  os::ShmFile lock_;
};

/// What is known of a region's budget.
Budget budget_of(const RegionHeader& header, const policy::Plane& plane, uint64_t region_at);

}  // namespace larder::cache
