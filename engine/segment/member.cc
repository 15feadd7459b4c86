// member.cc – see member.h.
#include "segment/member.h"

#include <algorithm>

#include "base/error.h"
#include "os/fork_guard.h"

namespace larder::segment {

constinit ThreadState no_thread_state{};
constinit thread_local ThreadState* current_thread_state = &no_thread_state;

namespace {

uint64_t next_member_id() {
  static base::Atomic64 last;
  return last.add_relaxed(1) + 1;
}

}  // namespace

/// All states of one thread; leaves every member when the thread ends.
struct ThreadExit {
  std::vector<ThreadState*> states;

  ~ThreadExit() {
    std::lock_guard lock(os::slow_path_mutex());
    for (ThreadState* state : states) {
      if (state->member != 0) state->home->leave_thread(*state);
      free_own(state);
    }
    current_thread_state = &no_thread_state;
  }

  /// An inherited state reads as zero; it stays mapped, because inherited views still look at it.
  static void free_own(ThreadState* state) {
    if (state->bytes != 0) os::free_wiped(state, state->bytes);
  }

  /// Forgets states whose member is gone (or that were inherited through fork).
  void drop_stale() {
    std::erase_if(states, [](ThreadState* state) {
      if (state->member != 0) return false;
      if (state == current_thread_state) current_thread_state = &no_thread_state;
      free_own(state);
      return true;
    });
  }
};

namespace {
thread_local ThreadExit this_thread;
}

Member::Member(Opened opened, std::string kind, bool read_only, Undertaker undertaker)
    : opened_(std::move(opened)),
      kind_(std::move(kind)),
      read_only_(read_only),
      undertaker_(std::move(undertaker)),
      id_(next_member_id()),
      alive_(static_cast<uint64_t*>(os::allocate_wiped(sizeof(uint64_t)))) {
  *alive_ = 1;
}

Result<std::shared_ptr<Member>> Member::join(Opened opened, std::string kind, bool read_only, Undertaker undertaker) {
  std::shared_ptr<Member> member(new Member(std::move(opened), std::move(kind), read_only, std::move(undertaker)));
  if (read_only) return member;
  std::lock_guard lock(os::slow_path_mutex());
  if (Status placed = member->take_place_again(); !placed) return placed.error();
  return member;
}

/// A description of its own is opened for the locks, by path: the mapping's descriptor may be shared with a parent.
Status Member::take_place_again() {
  Result<os::ShmFile> locks = opened_.path.empty() ? opened_.file.reopen(true) : os::ShmFile::open(opened_.path, true);
  if (!locks) return locks.error();
  const Result<os::FileFacts> ours = opened_.file.facts(), named = locks->facts();
  if (!ours) return ours.error();
  if (!named) return named.error();
  if (ours->device != named->device || ours->inode != named->inode)
    return base::fail(Code::retired, "{} is another segment by now; attach again", opened_.path);
  return take_place_here(std::move(*locks));
}

Status Member::take_place_here(os::ShmFile locks) {
  Result<Place> place = take_place(tables(), locks, kind_, undertaker_);
  if (!place) return place.error();
  place_ = *place;
  locks_ = std::move(locks);
  os::close_in_child(locks_.descriptor());
  return Done{};
}

Member::~Member() {
  std::lock_guard lock(os::slow_path_mutex());
  const bool here = *alive_ != 0;  // not in a forked child, where place and locks are the parent's
  for (ThreadState* state : states_)
    if (state->member == id_) leave_thread(*state);
  if (here && !read_only_ && locks_.descriptor() >= 0) {
    leave_place(tables(), locks_, place_);
    os::forget_descriptor(locks_.descriptor());
  }
  if (!here) locks_.disown();
  os::free_wiped(alive_, sizeof(uint64_t));
}

/// Under the slow-path mutex. The state stays allocated: its thread frees it.
void Member::leave_thread(ThreadState& state) {
  if (!read_only_) {
    for (uint32_t cache = 0; cache < tables().directory.size(); ++cache) flush(state, cache);
    release_line(*state.line);
  }
  state.member = 0;
  std::erase(states_, &state);
}

ThreadState* Member::enter() {
  for (ThreadState* state : this_thread.states)
    if (state->member == id_) return current_thread_state = state;
  std::lock_guard lock(os::slow_path_mutex());
  return enter_locked();
}

ThreadState* Member::enter_locked() {
  this_thread.drop_stale();
  if (*alive_ == 0) {
    locks_.disown();
    states_.clear();
    if (!read_only_)
      if (Status placed = take_place_again(); !placed) {
        last_error_ = "after fork: " + placed.error().message;
        return nullptr;
      }
    *alive_ = 1;
  }
  ThreadLine* line = nullptr;
  if (!read_only_) {
    line = claim_line(tables(), place_.owner);
    if (line == nullptr) {
      last_error_ =
          fmt::format("all {} thread lines of the segment are taken; raise `threads` in the [segment] section",
                      tables().lines.size());
      return nullptr;
    }
  }
  const uint64_t bytes = sizeof(ThreadState) + sizeof(Tally) * tables().directory.size();
  auto* state = static_cast<ThreadState*>(os::allocate_wiped(bytes));
  state->owner = place_.owner;
  state->line = line;
  state->home = this;
  state->bytes = bytes;
  state->member = id_;
  states_.push_back(state);
  this_thread.states.push_back(state);
  return current_thread_state = state;
}

uint32_t Member::bury_dead() {
  if (read_only_ || thread() == nullptr) return 0;
  return segment::bury_dead(tables(), locks_, place_.slot, undertaker_);
}

std::string Member::last_error() const {
  if (lost()) return fmt::format("{}: somebody shortened the file; attach again", opened_.path);
  std::lock_guard lock(os::slow_path_mutex());
  return last_error_;
}

}  // namespace larder::segment
