// member.h – this process's attachment to a segment: mapping, place in the roster, state of its threads.
//
// What it is    Member owns the mapping and the lock descriptor of one attachment; ThreadState is what a thread needs
//               in every operation (its line in the segment, its tallies), found by one load and one compare.
// Invariants    M1 a ThreadState lives in memory that a forked child finds zeroed, so its member id never matches
//               there: the check of the hot path notices a fork at no extra cost. M2 a thread's line belongs to the
//               place that the ThreadState names. M3 a read-only member has neither place nor lines.
// Concurrency   thread() from any thread, lock-free but for a thread's first call. Construction and destruction take
//               the process-private slow-path mutex.
// Crash         the kernel releases the lock; roster.h says what happens to slot and lines.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "larder/result.h"
#include "os/mapping.h"
#include "os/shm_file.h"
#include "segment/roster.h"
#include "segment/tally.h"

namespace larder::segment {

class Member;

struct ThreadState {
  uint64_t member;   ///< Member::id(), or 0: belongs to nobody (left, or a forked child's copy)
  uint64_t owner;    ///< OwnerWord of the place
  ThreadLine* line;  ///< null if read-only
  Member* home;
  uint64_t bytes;    ///< of this allocation
  Tally tallies[1];  ///< one for each cache

  Tally& tally(uint32_t cache) { return tallies[cache]; }
};

/// What current_thread_state points to while the thread has used none, or none that is left: belongs to nobody.
extern constinit ThreadState no_thread_state;
/// The ThreadState this thread used last. Never null.
extern constinit thread_local ThreadState* current_thread_state;

class Member {
 public:
  struct Opened {
    os::ShmFile file;
    os::Mapping mapping;
    Tables tables;
    std::string path;  ///< empty while the file has no name
  };

  /// Takes a place (unless read-only). `undertaker` empties what dead workers left.
  static Result<std::shared_ptr<Member>> join(Opened opened, std::string kind, bool read_only, Undertaker undertaker);
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  /// The calling thread's state; null if it can have none (last_error() says why).
  ThreadState* thread() {
    ThreadState* state = current_thread_state;
    return state->member == id_ ? state : enter();
  }
  /// The same for a thread that used this member last; null for all others, who ask thread().
  ThreadState* known_thread() const {
    ThreadState* state = current_thread_state;
    return state->member == id_ ? state : nullptr;
  }
  /// Adds the thread's counts of one cache to the segment.
  void flush(ThreadState& state, uint32_t cache) {
    if (!read_only_) state.tally(cache).flush(tables().counter_row(OwnerSlot(state.owner), cache));
  }

  uint32_t bury_dead();
  /// True if this process has that place; false in a child that was forked since.
  bool has_place(uint64_t owner) const { return *alive_ != 0 && place_.owner == owner; }
  /// False if the worker of this OwnerWord is certainly gone.
  bool is_alive(uint64_t owner) const {
    return owner == place_.owner ? owner != 0 : segment::is_alive(tables(), opened_.file, owner);
  }
  const Tables& tables() const { return opened_.tables; }
  std::byte* base() const { return opened_.mapping.data(); }
  uint64_t size() const { return opened_.mapping.size(); }
  const os::ShmFile& file() const { return opened_.file; }
  const std::string& path() const { return opened_.path; }
  bool read_only() const { return read_only_; }
  /// True once the file was shortened by somebody: this attachment sees nothing of it any more (os/bus_guard.h).
  bool lost() const { return opened_.mapping.lost(); }
  uint64_t id() const { return id_; }
  std::string last_error() const;

 private:
  Member(Opened opened, std::string kind, bool read_only, Undertaker undertaker);
  static uint32_t OwnerSlot(uint64_t owner) { return static_cast<uint32_t>(OwnerWord::Slot::get(owner)) - 1; }

  ThreadState* enter();
  ThreadState* enter_locked();
  Status take_place_again();
  Status take_place_here(os::ShmFile locks);
  void leave_thread(ThreadState& state);
  friend struct ThreadExit;

  Opened opened_;
  os::ShmFile locks_;  ///< own description, for locks only
  std::string kind_;
  bool read_only_;
  Undertaker undertaker_;
  uint64_t id_;
  uint64_t* alive_;  ///< 1; reads 0 in a forked child
  Place place_{};
  std::vector<ThreadState*> states_;
  std::string last_error_;
};

}  // namespace larder::segment
