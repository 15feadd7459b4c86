// call.h – what every call of a store begins and ends with: checks, the thread's state, counting.
//
// Concurrency   a Call belongs to one thread.
// Crash         process-private.
#pragma once

#include <optional>

#include "store/operation.h"

namespace larder::store {

enum class Access : uint8_t { read, write };

class Call {
 public:
  Call(const Region& region, std::string_view key, Access access) : region_(region) {
    if (!cache::acceptable_key(key)) {
      status_ = StoreStatus::invalid_key;
      return;
    }
    enter(access);
    if (status_ == StoreStatus::ok) operation_.emplace(region, *thread_, key);
  }
  /// For calls that are not about one key.
  Call(const Region& region, Access access) : region_(region) { enter(access); }
  ~Call() {
    if (thread_ != nullptr) region_.done(*thread_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// ok, or why the call cannot be made.
  StoreStatus status() const { return status_; }
  explicit operator bool() const { return status_ == StoreStatus::ok; }
  Operation* operator->() { return &*operation_; }
  segment::ThreadState& thread() { return *thread_; }
  void count(Counter counter, uint64_t by = 1) { thread_->tally(region_.number)[counter] += by; }

  /// What to say of a key that has no record: a segment that is lost has none, and knows nothing.
  StoreStatus absent() const { return region_.member->lost() ? StoreStatus::retired : StoreStatus::absent; }

  /// The expiry for a time to live, 0 for none. False if it is out of range.
  bool expiry_for(const Store::Ttl& ttl, uint64_t& expiry) const {
    expiry = 0;
    if (!ttl) return true;
    if (ttl->count() < 1 || *ttl > kMaxTtl) return false;
    expiry = region_.plane.reader.now() + static_cast<uint64_t>(ttl->count());
    return true;
  }

 private:
  void enter(Access access) {
    if (region_.member->lost()) {
      status_ = StoreStatus::retired;
      return;
    }
    if (access == Access::write) {
      if (!region_.writable) {
        status_ = StoreStatus::read_only;
        return;
      }
      const auto ready = static_cast<uint64_t>(segment::SegmentState::ready);
      if (region_.member->tables().super->state.load_acquire() != ready) {
        status_ = StoreStatus::retired;
        return;
      }
    }
    thread_ = region_.member->thread();
    if (thread_ == nullptr) status_ = StoreStatus::detached;
  }

  const Region& region_;
  StoreStatus status_ = StoreStatus::ok;
  segment::ThreadState* thread_ = nullptr;
  std::optional<Operation> operation_;
};

}  // namespace larder::store
