#include "linear/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace larder::test {
namespace {

constexpr size_t kMostInFlight = 64;

/// The value of the key, and the operations in flight (by place) that have taken effect.
struct Configuration {
  uint64_t value;
  uint64_t effective;
  auto operator<=>(const Configuration&) const = default;
};

/// The value after the operation took effect on `value`, or nothing if its response contradicts that.
std::optional<uint64_t> effect(const Event& event, uint64_t value) {
  const bool present = value != 0;
  const bool known = event.done != 0;
  switch (event.act) {
    case Act::get: return event.value == value ? std::optional(value) : std::nullopt;
    case Act::contains: return event.yes == present ? std::optional(value) : std::nullopt;
    case Act::put: return event.value;
    case Act::add:
      if (known && event.yes == present) return std::nullopt;
      return present ? value : event.value;
    case Act::replace:
      if (known && event.yes != present) return std::nullopt;
      return present ? event.value : value;
    case Act::remove:
      if (known && event.yes != present) return std::nullopt;
      return 0;
  }
  return std::nullopt;
}

/// An invocation or a response, in the order of time; at equal times invocations first (the weaker reading).
struct Moment {
  int64_t time;
  bool response;
  size_t event;
  auto key() const { return std::tie(time, response, event); }
  bool operator<(const Moment& other) const { return key() < other.key(); }
};

class KeyCheck {
 public:
  KeyCheck(std::vector<Event> events, Drops drops) : events_(std::move(events)), drops_(drops) {
    std::erase_if(events_, [](const Event& event) {
      return event.done == 0 && (event.act == Act::get || event.act == Act::contains);  // no response, no effect
    });
  }

  Verdict run() {
    std::vector<Moment> moments;
    for (size_t i = 0; i < events_.size(); ++i) {
      moments.push_back({events_[i].begun, false, i});
      if (events_[i].done != 0) moments.push_back({events_[i].done, true, i});
    }
    std::sort(moments.begin(), moments.end());
    verdict_.operations = events_.size();
    for (const Moment& moment : moments) {
      if (!moment.response) {
        enter(moment.event);
      } else if (!leave(moment.event)) {
        return verdict_;
      }
    }
    return verdict_;
  }

 private:
  /// Gives the operation a place among those in flight.
  void enter(size_t event) {
    for (size_t place = 0; place < kMostInFlight; ++place) {
      if (in_flight_.count(place) == 0) {
        in_flight_[place] = event;
        return;
      }
    }
    throw std::runtime_error("more than 64 operations in flight on one key; record with fewer processes or kills");
  }

  /// Adds every configuration that the operations in flight can reach.
  void close() {
    std::vector<Configuration> open(reached_.begin(), reached_.end());
    const auto reach = [this, &open](const Configuration& next) {
      if (reached_.insert(next).second) open.push_back(next);
    };
    while (!open.empty()) {
      const Configuration from = open.back();
      open.pop_back();
      if (drops_ == Drops::anytime) reach({0, from.effective});
      for (const auto& [place, event] : in_flight_) {
        const uint64_t bit = uint64_t{1} << place;
        if ((from.effective & bit) != 0) continue;
        const auto value = effect(events_[event], from.value);
        if (value) reach({*value, from.effective | bit});
      }
    }
    verdict_.most_configurations = std::max<uint64_t>(verdict_.most_configurations, reached_.size());
  }

  /// Keeps the configurations in which the operation has taken effect by its response.
  bool leave(size_t event) {
    close();
    const auto found =
        std::find_if(in_flight_.begin(), in_flight_.end(), [event](auto& at) { return at.second == event; });
    const uint64_t bit = uint64_t{1} << found->first;
    std::set<Configuration> kept;
    for (const Configuration& one : reached_) {
      if ((one.effective & bit) != 0) kept.insert({one.value, one.effective & ~bit});
    }
    if (kept.empty()) explain(event);
    in_flight_.erase(found);
    reached_ = std::move(kept);
    return verdict_.linearizable;
  }

  void explain(size_t event) {
    verdict_.linearizable = false;
    verdict_.explanation = "no order explains " + to_text(events_[event]) + "\nin flight:";
    for (const auto& [place, other] : in_flight_) verdict_.explanation += "\n  " + to_text(events_[other]);
    verdict_.explanation += "\npossible values before:";
    for (const Configuration& one : reached_) verdict_.explanation += fmt::format(" {}", one.value);
  }

  std::vector<Event> events_;
  Drops drops_;
  std::map<size_t, size_t> in_flight_;  // place -> event
  std::set<Configuration> reached_{{0, 0}};
  Verdict verdict_;
};

}  // namespace

Verdict check_key(std::vector<Event> events, Drops drops) { return KeyCheck(std::move(events), drops).run(); }

Verdict check_history(const std::vector<Event>& events, Drops drops) {
  std::map<uint32_t, std::vector<Event>> by_key;
  for (const Event& event : events) by_key[event.key].push_back(event);
  Verdict all;
  for (auto& [key, part] : by_key) {
    const Verdict one = check_key(std::move(part), drops);
    if (!one.linearizable) return one;
    all.operations += one.operations;
    all.most_configurations = std::max(all.most_configurations, one.most_configurations);
  }
  return all;
}

}  // namespace larder::test
