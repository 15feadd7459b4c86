#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "linear/recorder.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

class StoreActor {
 public:
  StoreActor(const Recording& recording, uint32_t round, uint32_t number, Log& log)
      : recording_(recording), round_(round), number_(number), random_(recording.seed * 7919 + number), log_(log) {}

  int run() {
    const Segment segment = attach_segment(recording_.directory, "recorder");
    auto store = segment.store("memory");
    if (!store) throw std::runtime_error(store.error().message);
    while (!log_.full())
      if (!one(**store)) return 1;
    return 0;
  }

 private:
  /// What it knows of a key: a value it saw or wrote, and that one's version.
  struct Known {
    uint64_t value = 0;
    uint64_t version = 0;
  };

  bool one(Store& store) {
    key_ = round_ * recording_.keys + static_cast<uint32_t>(random_.below(recording_.keys));
    name_ = key_name(key_ % 2 == 0 ? "linear" : "dlinear", key_);
    const uint64_t choice = random_.below(100);
    if (choice < 22) return get(store);
    if (choice < 34) return write(store, Act::put);
    if (choice < 44) return write(store, Act::add);
    if (choice < 58) return write(store, Act::swap);
    if (choice < 66) return run(log_.begin(Act::remove, key_, 0), [&] { return store.key_delete(name_); });
    if (choice < 72) return take(store);
    if (choice < 78) {
      const Known known = known_[key_];
      Event& event = log_.begin(Act::remove_version, key_, 0, known.value);
      if (known.value == 0) return get_as(event, store);
      return run(event, [&] { return store.remove_version(name_, known.version); });
    }
    if (choice < 95) return incr(store);
    return run(log_.begin(Act::counter_delete, key_, 0), [&] { return store.counter_delete(name_); });
  }

  static bool possible(StoreStatus status) {
    return status == StoreStatus::ok || status == StoreStatus::absent || status == StoreStatus::exists ||
           status == StoreStatus::changed || status == StoreStatus::wrong_type || status == StoreStatus::full;
  }
  /// Runs what has begun, which must be written down before.
  template <class Run>
  bool run(Event& event, const Run& run) {
    return told(event, run(), event.value);
  }
  bool told(Event& event, StoreStatus status, uint64_t value) {
    event.status = static_cast<uint8_t>(status);
    Log::finish(event, value, status == StoreStatus::ok);
    if (!possible(status)) fmt::print(stderr, "{} is answered {}\n", to_text(event), to_string(status));
    return possible(status);
  }

  bool get(Store& store) { return get_as(log_.begin(Act::get, key_, 0), store); }
  bool get_as(Event& event, Store& store) {
    event.act = Act::get;
    Record record;
    const StoreStatus status = store.fetch(name_, record);
    if (status != StoreStatus::ok) return told(event, status, 0);
    if (record.kind == RecordKind::counter)
      return told(event, status, kCounterValue + static_cast<uint64_t>(record.number));
    const auto id = version_of(name_, record.value);
    if (!id) {
      fmt::print(stderr, "get {}: {} bytes that nobody put there\n", name_, record.value.size());
      return false;
    }
    event.version = record.version;
    known_[key_] = {*id, record.version};
    return told(event, status, *id);
  }

  bool write(Store& store, Act act) {
    const Known known = known_[key_];
    if (act == Act::swap && known.value == 0) return get(store);
    const uint64_t id = (uint64_t{number_ + 1} << 32) | ++counter_;
    const std::string bytes = value_of(name_, id, kMinProofBytes + id % 48);
    Event& event = log_.begin(act, key_, id, act == Act::swap ? known.value : 0);
    const VersionAnswer answer = act == Act::put   ? store.key_set(name_, bytes)
                                 : act == Act::add ? store.add(name_, bytes)
                                                   : store.swap(name_, known.version, bytes);
    if (answer) {
      event.version = answer.version;
      known_[key_] = {id, answer.version};
    }
    return told(event, answer.status, id);
  }

  bool take(Store& store) {
    Event& event = log_.begin(Act::take, key_, 0);
    std::string out;
    const StoreStatus status = store.take(name_, out);
    const auto id = status == StoreStatus::ok ? version_of(name_, out) : std::optional<uint64_t>(0);
    if (!id) fmt::print(stderr, "take {}: {} bytes that nobody put there\n", name_, out.size());
    return told(event, status, id.value_or(0)) && id.has_value();
  }

  bool incr(Store& store) {
    Event& event = log_.begin(Act::incr, key_, 0);
    const CounterAnswer answer = store.counter_incr(name_, 1);
    return told(event, answer.status, answer ? kCounterValue + static_cast<uint64_t>(answer.value) : 0);
  }

  const Recording& recording_;
  uint32_t round_;
  uint32_t number_;
  Random random_;
  Log& log_;
  uint32_t key_ = 0;
  std::string name_;
  uint64_t counter_ = 0;
  std::map<uint32_t, Known> known_;
};

}  // namespace

int act_on_store(const Recording& recording, uint32_t round, uint32_t number, Log& log) {
  return StoreActor(recording, round, number, log).run();
}

}  // namespace larder::test
