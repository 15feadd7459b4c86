// kernel.h – what the models have in place of the operating system: file locks, and death at any access.
//
// What it is    a lock is a word that holds its owner's descriptor: taken by one CAS, never waited for, let go of by
//               its owner or by that one's death, as the kernel does with OFD locks. Taking one sees all that its last
//               holder did. The engine's own file locks are left out of the program and defined over this one
//               (roster_model.cc), so the roster runs unchanged. A doomed thread dies before one of its next accesses
//               to shared words: Died leaves the engine's code as an exception, and nothing more is done.
// Invariants    K1 all that a thread stored before it died is seen by whoever takes one of its locks.
// Concurrency   one Kernel a run of a model; the threads of the model only.
// Crash         is what it is for.
#pragma once

#include <cstdint>
#include <limits>

#include "base/atomic.h"

namespace larder::model {

/// Thrown out of the access before which the thread dies.
struct Died {};

class Kernel {
 public:
  static constexpr uint32_t kLocks = 4, kThreads = 4;

  Kernel() {
    for (base::Atomic64& lock : locks_) lock.store_relaxed(0);
    running_ = this;
    base::before_access = [] { running_->step(); };
  }
  ~Kernel() { base::before_access = nullptr; }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  static Kernel& running() { return *running_; }

  /// A descriptor that nobody had before.
  int open() { return ++descriptors_; }
  /// Lets go of all locks of the descriptor.
  void close(int descriptor) {
    for (uint32_t lock = 0; lock < kLocks; ++lock) unlock(descriptor, lock);
  }
  bool try_lock(int descriptor, uint64_t lock) {
    uint64_t holder = 0;
    return locks_[lock].cas_acq_rel(holder, static_cast<uint64_t>(descriptor)) ||
           holder == static_cast<uint64_t>(descriptor);
  }
  /// True if another descriptor holds the lock.
  bool is_held(int descriptor, uint64_t lock) const {
    const uint64_t holder = locks_[lock].load_acquire();
    return holder != 0 && holder != static_cast<uint64_t>(descriptor);
  }
  void unlock(int descriptor, uint64_t lock) {
    if (locks_[lock].load_relaxed() == static_cast<uint64_t>(descriptor)) locks_[lock].store_release(0);
  }

  /// The calling thread dies before its access number `accesses` from here, 0 = the next.
  void doom(unsigned accesses) { left_[rl::thread_index()] = accesses; }
  /// The calling thread dies no more.
  void spare() { left_[rl::thread_index()] = kNever; }

 private:
  static constexpr unsigned kNever = std::numeric_limits<unsigned>::max();

  void step() {
    unsigned& left = left_[rl::thread_index()];
    if (left == kNever) return;
    if (left == 0) {
      left = kNever;
      throw Died{};
    }
    --left;
  }

  inline static Kernel* running_ = nullptr;
  base::Atomic64 locks_[kLocks];  ///< descriptor of the holder; 0 = free
  unsigned left_[kThreads] = {kNever, kNever, kNever, kNever};
  int descriptors_ = 0;
};

}  // namespace larder::model
