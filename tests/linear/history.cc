#include "linear/history.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace larder::test {

std::string to_text(const Event& event) {
  static constexpr std::array kNames = {"get",  "contains",       "put",  "add",           "replace", "remove", "take",
                                        "swap", "remove_version", "incr", "counter_delete"};
  return fmt::format("[{}..{}] key {} {} value {:#x} for {:#x} {}", event.begun, event.done, event.key,
                     kNames[static_cast<size_t>(event.act)], event.value, event.expected,
                     event.done == 0 ? "(no response)" : fmt::format("{} {}", event.yes ? "yes" : "no", event.status));
}

int64_t monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Log::Log(size_t capacity) : capacity_(capacity) {
  const size_t bytes = sizeof(Head) + capacity * sizeof(Event);
  void* map = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) {
    throw std::runtime_error(fmt::format("cannot map {} bytes for a history: {}", bytes, std::strerror(errno)));
  }
  head_ = static_cast<Head*>(map);
}

Log::~Log() {
  if (head_ != nullptr) munmap(head_, sizeof(Head) + capacity_ * sizeof(Event));
}

Event& Log::begin(Act act, uint32_t key, uint64_t value, uint64_t expected) {
  Event& event = slots()[head_->count];
  event.act = act;
  event.key = key;
  event.value = value;
  event.expected = expected;
  event.done = 0;
  event.begun = monotonic_now();
  // The event counts from here on: a process that dies later was inside the operation, one that dies earlier was not.
  std::atomic_ref(head_->count).fetch_add(1, std::memory_order_seq_cst);
  return event;
}

void Log::finish(Event& event, uint64_t value, bool yes) {
  const int64_t now = monotonic_now();
  event.value = value;
  event.yes = yes;
  std::atomic_ref(event.done).store(now, std::memory_order_release);  // last: a response counts only when it is whole
}

std::vector<Event> Log::events() const { return {slots(), slots() + head_->count}; }

}  // namespace larder::test
