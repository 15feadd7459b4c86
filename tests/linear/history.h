// history.h – what several processes did to a cache or a store, and when: invocation and response of every operation.
//
// What it is    a Log is one process's list of operations in memory shared with the test; it survives the process, so
//               the operation a killed process was inside stays in it without a response.
// Invariants    times are CLOCK_MONOTONIC nanoseconds, comparable between the processes of a host. A value is named
//               by an id that no two puts share; 0 is "absent".
// Concurrency   one writer per Log; read after its process has ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::test {

enum class Act : uint8_t { get, contains, put, add, replace, remove, take, swap, remove_version, incr, counter_delete };

/// Of stores: a counter's number as a value. Ids of values are below.
constexpr uint64_t kCounterValue = uint64_t{1} << 63;

/// One operation. `yes` is: contains and remove found it, add and replace stored; of a store's, the status was ok.
struct Event {
  int64_t begun = 0;
  int64_t done = 0;       ///< 0 = never: the process died inside
  uint64_t value = 0;     ///< what get and take saw (0 = miss), what a write wrote, what incr made of it
  uint64_t expected = 0;  ///< swap, remove_version: the value whose version was given
  uint64_t version = 0;   ///< of the value that was seen or written, if the answer told it
  uint32_t key = 0;
  Act act = Act::get;
  bool yes = false;
  uint8_t status = 0;  ///< StoreStatus of a store's operation
};

std::string to_text(const Event& event);
int64_t monotonic_now();

/// Shared anonymous memory for one process's events.
class Log {
 public:
  explicit Log(size_t capacity);
  ~Log();
  Log(Log&& other) noexcept : head_(other.head_), capacity_(other.capacity_) { other.head_ = nullptr; }
  Log& operator=(Log&&) = delete;

  bool full() const { return head_->count >= capacity_; }
  /// Writes down that an operation begins; finish() is due when it has ended.
  Event& begin(Act act, uint32_t key, uint64_t value, uint64_t expected = 0);
  /// Writes down its response: what a get saw (or what was written), and whether the answer was yes.
  static void finish(Event& event, uint64_t value, bool yes);
  std::vector<Event> events() const;

 private:
  struct Head {
    uint64_t count;
  };
  Event* slots() const { return reinterpret_cast<Event*>(head_ + 1); }

  Head* head_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace larder::test
