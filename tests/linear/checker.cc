#include "linear/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

#include "larder/store.h"

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
    default: return std::nullopt;  // of stores only
  }
}

using Effect = std::optional<uint64_t> (*)(const Event& event, uint64_t value);

/// What an operation of a store answers when it meets `value`, and what it leaves.
struct Outcome {
  StoreStatus status;
  uint64_t left;
};
Outcome outcome_of(const Event& event, uint64_t value) {
  const bool absent = value == 0, counter = value >= kCounterValue;
  const Outcome wrong_type{StoreStatus::wrong_type, value}, none{StoreStatus::absent, value};
  switch (event.act) {
    case Act::put: return {StoreStatus::ok, event.value};
    case Act::add: return absent ? Outcome{StoreStatus::ok, event.value} : Outcome{StoreStatus::exists, value};
    case Act::remove: return absent ? none : Outcome{StoreStatus::ok, 0};
    case Act::take: return absent ? none : counter ? wrong_type : Outcome{StoreStatus::ok, 0};
    case Act::swap:
    case Act::remove_version:
      if (absent || counter) return absent ? none : wrong_type;
      if (value != event.expected) return {StoreStatus::changed, value};
      return {StoreStatus::ok, event.act == Act::swap ? event.value : 0};
    case Act::incr:
      if (!absent && !counter) return wrong_type;
      return {StoreStatus::ok, absent ? kCounterValue + 1 : value + 1};
    case Act::counter_delete: return absent ? none : counter ? Outcome{StoreStatus::ok, 0} : wrong_type;
    default: return absent ? none : Outcome{StoreStatus::ok, value};  // get
  }
}

std::optional<uint64_t> store_effect(const Event& event, uint64_t value) {
  const Outcome outcome = outcome_of(event, value);
  if (event.done == 0) return outcome.left;
  if (event.status == static_cast<uint8_t>(StoreStatus::full)) return value;  // others held the pages it wanted
  if (static_cast<uint8_t>(outcome.status) != event.status) return std::nullopt;
  if ((event.act == Act::get || event.act == Act::take) && event.yes && event.value != value) return std::nullopt;
  if (event.act == Act::incr && event.yes && event.value != outcome.left) return std::nullopt;
  return outcome.left;
}

/// Empty, or what is wrong with the versions of one key: of a value that was told two, or of one that was written after
/// another one's answer and has not the greater version.
std::string wrong_versions(std::vector<Event> events) {
  std::erase_if(events, [](const Event& event) { return event.done == 0 || event.version == 0; });
  std::map<uint64_t, uint64_t> version_of;
  for (const Event& event : events)
    if (!version_of.emplace(event.value, event.version).second && version_of[event.value] != event.version)
      return "another version than before: " + to_text(event);
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.begun < b.begun; });
  std::vector<const Event*> by_end;
  for (const Event& event : events) by_end.push_back(&event);
  std::sort(by_end.begin(), by_end.end(), [](const Event* a, const Event* b) { return a->done < b->done; });
  uint64_t newest = 0;
  size_t ended = 0;
  for (const Event& event : events) {
    for (; ended < by_end.size() && by_end[ended]->done < event.begun; ++ended)
      newest = std::max(newest, by_end[ended]->version);
    const bool writes = event.act == Act::put || event.act == Act::add || event.act == Act::swap;
    if (writes ? event.version <= newest : event.version < newest)
      return fmt::format("version {} after {}: {}", event.version, newest, to_text(event));
  }
  return {};
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
  KeyCheck(std::vector<Event> events, Drops drops, Effect effect)
      : events_(std::move(events)), drops_(drops), effect_(effect) {
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
        const auto value = effect_(events_[event], from.value);
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
  Effect effect_;
  std::map<size_t, size_t> in_flight_;  // place -> event
  std::set<Configuration> reached_{{0, 0}};
  Verdict verdict_;
};

}  // namespace

namespace {

/// Checks each key's part of the history.
template <class Check>
Verdict check_by_key(const std::vector<Event>& events, const Check& check) {
  std::map<uint32_t, std::vector<Event>> by_key;
  for (const Event& event : events) by_key[event.key].push_back(event);
  Verdict all;
  for (auto& [key, part] : by_key) {
    const Verdict one = check(std::move(part));
    if (!one.linearizable) return one;
    all.operations += one.operations;
    all.most_configurations = std::max(all.most_configurations, one.most_configurations);
  }
  return all;
}

}  // namespace

Verdict check_key(std::vector<Event> events, Drops drops) { return KeyCheck(std::move(events), drops, effect).run(); }

Verdict check_history(const std::vector<Event>& events, Drops drops) {
  return check_by_key(events, [drops](std::vector<Event> part) { return check_key(std::move(part), drops); });
}

Verdict check_store_history(const std::vector<Event>& events) {
  return check_by_key(events, [](std::vector<Event> part) {
    std::string wrong = wrong_versions(part);
    Verdict verdict = KeyCheck(std::move(part), Drops::never, store_effect).run();
    if (verdict.linearizable && !wrong.empty()) verdict = {false, std::move(wrong)};
    return verdict;
  });
}

}  // namespace larder::test
