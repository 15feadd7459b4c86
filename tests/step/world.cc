#include "step/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "step/store_state.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr size_t kPlainKeys = 8;
constexpr size_t kFillKeys = 400;
constexpr size_t kLaterKeys = 20;
constexpr int kLaterOperations = 200;

/// Keys of the start state with what they are put with.
std::vector<std::pair<std::string, PutOptions>> start_keys() {
  std::vector<std::pair<std::string, PutOptions>> keys;
  for (size_t i = 0; i < kPlainKeys; ++i) keys.push_back({key_name("plain", i), {}});
  keys.push_back({"tagged-0000", {.tag = 7}});
  keys.push_back({"tagged-0001", {.tag = 7}});
  keys.push_back({"timed-0000", {.ttl = hours(1)}});
  keys.push_back({"idle-0000", {.idle = hours(1)}});
  keys.push_back({"large-0000", {}});
  keys.push_back({"large-0001", {.ttl = hours(1), .tag = 8}});
  return keys;
}

std::string text_of(const ::testing::AssertionResult& result) { return result ? std::string() : result.message(); }

/// The same for a store: sets, counts, removes. Where it was full, room is made first.
std::string work_on(Store& store) {
  uint64_t removed = 0;
  if (store.key_delete_prefix("fill-", removed) != StoreStatus::ok) return "a prefix cannot be deleted afterwards";
  Random random(7);
  std::map<std::string, uint64_t> model;
  for (int i = 0; i < kLaterOperations; ++i) {
    const std::string key = key_name("later", random.below(kLaterKeys));
    const uint64_t choice = random.below(4), held = model.count(key) > 0 ? model[key] : 0;
    if (choice == 0) {
      const StoreStatus set = store.key_set(key, step_value(key, static_cast<uint64_t>(i) % 50)).status;
      if (set != StoreStatus::ok) return fmt::format("a set afterwards is answered {}", to_string(set));
      model[key] = static_cast<uint64_t>(i) % 50;
    } else if (choice == 1) {
      const bool erased = store.key_delete(key) == StoreStatus::ok;
      if (erased != (model.erase(key) > 0)) return fmt::format("delete {}: {}", key, erased);
    } else if (choice == 2) {
      const CounterAnswer answer = store.counter_incr(key, 1);
      if (answer ? model.count(key) > 0 && answer.value != static_cast<int64_t>(held) - 49 : held >= 50)
        return fmt::format("incr {} afterwards: {} {}", key, to_string(answer.status), answer.value);
      if (answer) model[key] = 50 + static_cast<uint64_t>(answer.value);
    }
    const std::string answer = read_answer(store, key);
    const std::string wanted = model.count(key) > 0 ? fmt::format("hit {}", model[key]) : "miss";
    if (answer != wanted) return fmt::format("get {} afterwards: {}, not {}", key, answer, wanted);
  }
  return {};
}

/// Works on in a recovered cache for a while, alone, beside a model. Empty, or the first wrong answer.
std::string work_on(const Cache& cache, bool may_drop) {
  Random random(7);
  std::map<std::string, uint64_t> model;
  for (int i = 0; i < kLaterOperations; ++i) {
    const std::string key =
        i % 10 == 9 ? key_name("large-later", random.below(4)) : key_name("later", random.below(kLaterKeys));
    const uint64_t version = 100 + static_cast<uint64_t>(i);
    const uint64_t choice = random.below(4);
    if (choice == 0) {
      const PutResult result = cache.put(key, step_value(key, version));
      if (result != PutResult::stored) return fmt::format("a put afterwards is answered {}", to_string(result));
      model[key] = version;
    } else if (choice == 1) {
      const bool removed = cache.remove(key);
      if (removed != (model.count(key) > 0) && !(may_drop && !removed))
        return fmt::format("remove {}: {}", key, removed);
      model.erase(key);
    } else {
      const std::string answer = read_answer(cache, key);
      const std::string wanted = model.count(key) > 0 ? fmt::format("hit {}", model[key]) : "miss";
      if (answer != wanted && !(may_drop && answer == "miss")) {
        return fmt::format("get {} afterwards: {}, not {}", key, answer, wanted);
      }
    }
  }
  return {};
}

/// Finishes a change of the budget that a dead worker left. Empty, or what went wrong.
std::string finish_resize(const Cache& cache) {
  const Budget left = cache.budget();
  if (left.settled) return {};
  const Result<Budget> now = cache.resize(left.wanted);
  if (!now) return "the change of the budget cannot be finished: " + now.error().message;
  return now->bytes == left.wanted ? "" : fmt::format("the budget is {}, not {}", now->bytes, left.wanted);
}

/// Compares every key of the model with what is there. Empty, or the first contradiction.
template <class Subject>
std::string contradiction(Subject& subject, const Model& model) {
  for (const auto& [key, versions] : model) {
    const std::string answer = read_answer(subject, key);
    const bool allowed = std::any_of(versions.begin(), versions.end(), [&answer](uint64_t version) {
      return answer == (version == 0 ? "miss" : fmt::format("hit {}", version));
    });
    if (!allowed) return fmt::format("{}: {}, allowed are versions {}", key, answer, fmt::join(versions, ", "));
  }
  return {};
}

/// The same for whatever the segment holds.
std::string contradiction(const Segment& segment, Fill fill, const Model& model) {
  if (!of_store(fill)) {
    const Cache cache = open_cache(segment, "main");
    return contradiction(cache, model);
  }
  const auto store = open_step_store(segment);
  if (const std::string key = unknown_key(*store, model); !key.empty()) return "nobody wrote " + key;
  return contradiction(*store, model);
}

CacheFigures figures_in(const std::string& directory, Fill fill) {
  return cache_figures(directory, of_store(fill) ? kStoreName : "main");
}

}  // namespace

std::string step_value(const std::string& key, uint64_t version) {
  return value_of(key, version, (key.starts_with("large") ? 1200 : 40) + version % 3 * 8);
}

std::string read_answer(const Cache& cache, const std::string& key) {
  std::string value;
  const Lookup found = cache.get(key, value);
  if (!found) return found.kind == Lookup::miss ? "miss" : fmt::format("wrong lookup kind {}", int{found.kind});
  const auto version = version_of(key, value);
  return version ? fmt::format("hit {}", *version) : fmt::format("wrong value of {} bytes under {}", value.size(), key);
}

World::World(Fill fill) : fill_(fill) {
  SegmentOptions options = segment_options(live_, {});
  if (of_store(fill)) {
    options.stores.push_back(step_store());
  } else {
    options.caches.push_back(cache_options("main", 16 << 10, 512, 64));
    options.caches.back().max_size = kWorldMost;
  }
  options.workers = 4;
  options.threads = 8;
  if (of_store(fill)) {
    const Segment segment = create_segment(options);
    fill_store(*open_step_store(segment), fill);
  } else {
    const Segment segment = create_segment(options);
    const Cache cache = open_cache(segment, "main");
    for (size_t i = 0; fill == Fill::full && i < kFillKeys; ++i) {
      const std::string key = key_name("fill", i);
      if (cache.put(key, step_value(key, 1)) != PutResult::stored) throw std::runtime_error("cannot fill the cache");
      if (i % 3 == 0) read_answer(cache, key);
    }
    for (const auto& [key, put] : start_keys()) {
      if (cache.put(key, step_value(key, 1), put) != PutResult::stored) throw std::runtime_error("cannot put " + key);
    }
    if (cache.put("short-0000", step_value("short-0000", 1), {.ttl = milliseconds(1)}) != PutResult::stored) {
      throw std::runtime_error("cannot put short-0000");
    }
  }
  // short-0000 and its like expire: one tick of the coarse clock is at most 10 ms.
  std::this_thread::sleep_for(milliseconds(fill == Fill::store_expired ? 70 : 30));
  start_ = read_image(live_path());
  if (!of_store(fill)) return;
  const Segment segment = attach_segment(live());
  reference_ = std::make_unique<Reference>(*open_step_store(segment));
}

World::~World() = default;

Worker World::prepare(const Operation& operation) const {
  Worker worker{.directory = live(), .segment = {}, .cache = {}};
  if (operation.attaches) return worker;
  worker.segment = attach_segment(live(), "stepped");
  if (of_store(fill_))
    worker.store = open_step_store(*worker.segment);
  else
    worker.cache = open_cache(*worker.segment, "main");
  return worker;
}

Model World::during(const Operation& operation) const {
  if (reference_) return either({reference_->run({}), reference_->run({operation.on_store})});
  Model model;
  for (const auto& [key, put] : start_keys()) model[key] = {1};
  for (size_t i = 0; fill_ == Fill::full && i < kFillKeys; ++i) model[key_name("fill", i)] = {0, 1};
  model["short-0000"] = {0};
  for (const auto& [key, change] : operation.changes) model[key] = {change.before, change.after};
  if (operation.may_drop) {
    for (auto& [key, versions] : model) versions.push_back(0);
  }
  return model;
}

Model World::after(const Operation& operation) const {
  if (reference_) return either({reference_->run({operation.on_store})});
  Model model = during(operation);
  for (const auto& [key, change] : operation.changes) {
    model[key] = {change.after};
    if (operation.may_drop) model[key].push_back(0);
  }
  return model;
}

Model World::around(const Operation& operation, const std::vector<std::function<std::string(Store&)>>& others) const {
  std::vector<Script> before = others, after = others;
  before.insert(before.begin(), operation.on_store);
  after.push_back(operation.on_store);
  return either({reference_->run(before), reference_->run(after)});
}

std::string World::answer_of(const Operation& operation) const {
  return reference_ ? reference_->run({operation.on_store}).answers.front() : operation.answer;
}

Model World::anything() const {
  Model model;
  for (const Operation& operation : operations()) {
    for (const auto& [key, versions] : during(operation)) model[key] = {0, 1, 2, 3};
  }
  for (size_t i = 0; i < kFillKeys; ++i) model[key_name("fill", i)] = {0, 1, 3};
  return model;
}

std::string World::recover(const Image& image, const Operation& operation) {
  const bool may_drop = operation.may_drop || fill_ == Fill::full;
  write_image(image, recovery_ / kSegmentFile);
  {
    const Segment segment = attach_segment(recovery_.path(), "recovery");
    segment.bury_dead();
    if (segment.bury_dead() != 0) return "a second bury found somebody left to bury";
    const observe::AuditReport buried = audit_of(recovery_.path());
    if (!is_clean(buried)) return fmt::format("audit after bury: {}", text_of(is_clean(buried)));
    if (figures_in(recovery_.path(), fill_).runs_loose != 0) return "a run has no entry after bury";
    if (buried.in_flight != 0) return fmt::format("{} operations are half-done after bury", buried.in_flight);
    if (figures_of(recovery_.path()).workers.size() != 1) return "the dead worker still has a slot";
    if (std::string wrong = contradiction(segment, fill_, during(operation)); !wrong.empty()) return wrong;
    const std::string wrong =
        of_store(fill_) ? work_on(*open_step_store(segment)) : work_on(open_cache(segment, "main"), may_drop);
    if (!wrong.empty()) return wrong;
    if (std::string left = of_store(fill_) ? "" : finish_resize(open_cache(segment, "main")); !left.empty())
      return left;
  }
  const auto clean = is_clean(audit_of(recovery_.path()), true);
  if (!clean) return fmt::format("audit after further work: {}", text_of(clean));
  return text_of(pages_are_conserved(figures_in(recovery_.path(), fill_)));
}

std::string World::check_live(const Model& model) const {
  const auto clean = is_clean(audit_of(live()));
  if (!clean) return fmt::format("audit of the live segment: {}", text_of(clean));
  const Segment segment = attach_segment(live(), "checker");
  return contradiction(segment, fill_, model);
}

std::string World::check_left(const Model& model) const {
  if (std::string wrong = check_live(model); !wrong.empty()) return wrong;
  const auto clean = is_clean(audit_of(live()), true);
  if (!clean) return fmt::format("audit after everybody left: {}", text_of(clean));
  return text_of(pages_are_conserved(figures_in(live(), fill_)));
}

size_t sample_count(size_t usual, size_t all) {
  return std::getenv("LARDER_STEP_FULL") != nullptr ? all : std::min(usual, all);
}

}  // namespace larder::test
