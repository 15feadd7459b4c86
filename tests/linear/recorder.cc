#include "linear/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <thread>

#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

constexpr size_t kLargeBytes = 1500;
constexpr int kMostRefusals = 1000;  ///< of a large value in a row

/// One process at work: draws operations until its log is full.
class Actor {
 public:
  Actor(const Recording& recording, uint32_t round, uint32_t number, Log& log)
      : recording_(recording), round_(round), number_(number), random_(recording.seed * 7919 + number), log_(log) {}

  int run() {
    const Segment segment = attach_segment(recording_.directory, "recorder");
    const Cache cache = open_cache(segment, "main");
    while (!log_.full()) {
      if (!one(cache)) return 1;
    }
    return 0;
  }

 private:
  bool is_large(uint64_t id) const { return recording_.large != 0 && id % recording_.large == 0; }
  std::string value(const std::string& key, uint64_t id) const {
    return value_of(key, id, (is_large(id) ? kLargeBytes : kMinProofBytes) + id % 48);
  }

  /// One random operation. False if its answer is impossible in any history.
  bool one(const Cache& cache) {
    const auto number = static_cast<uint32_t>(random_.below(recording_.keys));
    const uint32_t key = round_ * recording_.keys + number;
    const std::string name = key_name("linear", key);
    const uint64_t choice = random_.below(100);
    if (choice < 35) return get(cache, name, key);
    if (choice < 45) {
      Event& event = log_.begin(Act::contains, key, 0);
      Log::finish(event, 0, cache.contains(name));
      return true;
    }
    if (choice < 60 && recording_.removes) {
      Event& event = log_.begin(Act::remove, key, 0);
      Log::finish(event, 0, cache.remove(name));
      return true;
    }
    return write(cache, choice < 75 ? Act::put : choice < 88 ? Act::add : Act::replace, name, key);
  }

  bool get(const Cache& cache, const std::string& name, uint32_t key) {
    Event& event = log_.begin(Act::get, key, 0);
    const Lookup found = cache.get(name, buffer_);
    const auto id = found ? version_of(name, buffer_) : std::optional<uint64_t>(0);
    Log::finish(event, id.value_or(0), static_cast<bool>(found));
    if (!id) fmt::print(stderr, "get {}: {} bytes that nobody put there\n", name, buffer_.size());
    return id.has_value();
  }

  bool write(const Cache& cache, Act act, const std::string& name, uint32_t key) {
    const uint64_t id = (uint64_t{number_ + 1} << 32) | ++counter_;
    const std::string bytes = value(name, id);
    Event& event = log_.begin(act, key, id);
    const auto ask = [&] {
      return act == Act::put   ? cache.put(name, bytes)
             : act == Act::add ? cache.add(name, bytes)
                               : cache.replace(name, bytes);
    };
    PutResult result = ask();
    // Pages in a row may not be had while processes that do not run at the moment hold some: that changed nothing.
    for (int again = 0; is_large(id) && result == PutResult::no_room && again < kMostRefusals; ++again) result = ask();
    Log::finish(event, id, result == PutResult::stored);
    const bool possible = result == PutResult::stored || (act == Act::add && result == PutResult::exists) ||
                          (act == Act::replace && result == PutResult::absent);
    if (!possible) fmt::print(stderr, "{} is answered {}\n", to_text(event), to_string(result));
    return possible;
  }

  const Recording& recording_;
  uint32_t round_;
  uint32_t number_;
  Random random_;
  Log& log_;
  uint64_t counter_ = 0;
  std::string buffer_;
};

/// One round: starts the processes, kills and replaces some, collects their logs.
class Round {
 public:
  Round(const Recording& recording, uint32_t round)
      : recording_(recording), round_(round), random_(recording.seed + round) {
    capacity_ = std::max<uint64_t>(1, recording.operations / recording.rounds / recording.processes);
  }

  void run(Recorded& result) {
    for (uint32_t i = 0; i < recording_.processes; ++i) start();
    for (uint32_t i = 0; i < recording_.kills; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(500 + random_.below(4000)));
      const size_t victim = random_.below(running_.size());
      const Ending ending = running_[victim].kill();
      result.killed += ending.signal != 0 ? 1 : 0;
      result.failed += ending.signal == 0 && !ending.ok() ? 1 : 0;
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(victim));
      start();  // its attach buries the dead one
    }
    for (Process& process : running_) {
      const Ending ending = process.wait();
      result.failed += ending.ok() ? 0 : 1;
    }
    for (const Log& log : logs_) {
      for (const Event& event : log.events()) {
        result.events.push_back(event);
        result.unanswered += event.done == 0 ? 1 : 0;
      }
    }
    clear();
  }

 private:
  /// Nobody uses this round's keys again: they make room for the next one's.
  void clear() const {
    const Segment segment = attach_segment(recording_.directory, "recorder");
    uint64_t removed = 0;
    if (!recording_.store)
      open_cache(segment, "main").clear();
    else if (auto store = segment.store("memory"); !store || (*store)->clear(removed) != StoreStatus::ok)
      throw std::runtime_error("cannot clear the store");
  }
  void start() {
    const auto number = static_cast<uint32_t>(round_ * 1000 + logs_.size());
    Log& log = logs_.emplace_back(capacity_);
    running_.emplace_back([this, number, &log] {
      return recording_.store ? act_on_store(recording_, round_, number, log)
                              : Actor(recording_, round_, number, log).run();
    });
  }

  const Recording& recording_;
  uint32_t round_;
  Random random_;
  size_t capacity_;
  std::deque<Log> logs_;
  std::vector<Process> running_;
};

}  // namespace

Recorded record(const Recording& wanted) {
  Recorded result;
  Recording recording = wanted;
  recording.rounds = std::max(wanted.rounds, static_cast<uint32_t>(wanted.operations / kLongestRound + 1));
  for (uint32_t round = 0; round < recording.rounds; ++round) Round(recording, round).run(result);
  return result;
}

}  // namespace larder::test
