#include "step/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "step/cache_state.h"
#include "step/diagnosis.h"
#include "step/store_state.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

std::string text_of(const ::testing::AssertionResult& result) { return result ? std::string() : result.message(); }

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

SegmentOptions options_of(const TempDirectory& directory, Fill fill) {
  SegmentOptions options = segment_options(directory, {});
  if (of_store(fill))
    options.stores.push_back(step_store());
  else
    options.caches.push_back(step_cache());
  options.workers = 4;
  options.threads = 8;
  return options;
}

CacheFigures figures_in(const std::string& directory, Fill fill) {
  return cache_figures(directory, of_store(fill) ? kStoreName : "main");
}

uint64_t version_in(const MapCache& map, const std::string& key) {
  const auto found = map.entries().find(key);
  return found == map.entries().end() ? 0 : version_of(key, found->second.value).value();
}

}  // namespace

std::string step_value(const std::string& key, uint64_t version) {
  return value_of(key, version, (key.starts_with("large") ? 1200 : 40) + version % 3 * 8);
}

World::World(Fill fill) : fill_(fill) {
  {
    const Segment segment = create_segment(options_of(live_, fill));
    if (of_store(fill))
      fill_store(*open_step_store(segment), fill);
    else
      fill_cache(open_cache(segment, "main"), fill);
  }
  // What is short-lived expires: one tick of the coarse clock is at most 10 ms.
  const bool full_of_expired = fill == Fill::expired || fill == Fill::store_expired;
  std::this_thread::sleep_for(milliseconds(full_of_expired ? 70 : 30));
  start_ = read_image(live_path());
  const Segment segment = attach_segment(live());
  if (of_store(fill))
    reference_ = std::make_unique<Reference>(*open_step_store(segment));
  else
    map_ = std::make_unique<MapCache>(held_by(open_cache(segment, "main"), fill));
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

Model World::model_of(const Operation& operation, bool done) const {
  if (reference_) {
    const Reference::Outcome after = reference_->run({operation.on_store});
    return done ? either({after}) : either({reference_->run({}), after});
  }
  MapCache after = *map_;
  operation.on_cache(after);
  Model model;
  const auto say = [&](const std::string& key) {
    std::vector<uint64_t>& versions = model[key];
    if (!versions.empty()) return;
    versions.push_back(version_in(after, key));
    if (!done) versions.push_back(version_in(*map_, key));
    if (operation.may_drop) versions.push_back(0);
  };
  for (const std::string& key : step_keys()) say(key);
  for (const auto& [key, entry] : after.entries()) say(key);
  return model;
}

Model World::around(const Operation& operation, const std::vector<std::function<std::string(Store&)>>& others) const {
  std::vector<Script> before = others, after = others;
  before.insert(before.begin(), operation.on_store);
  after.push_back(operation.on_store);
  std::vector<Reference::Outcome> outcomes{reference_->run(before), reference_->run(after)};
  if (!operation.calls.empty()) {
    std::vector<Script> between = others;
    between.insert(between.begin(), operation.calls.front());
    between.push_back(operation.calls.back());
    outcomes.push_back(reference_->run(between));
  }
  return either(outcomes);
}

std::string World::answer_of(const Operation& operation) const {
  if (reference_) return reference_->run({operation.on_store}).answers.front();
  MapCache map = *map_;
  return operation.on_cache(map);
}

Model World::beside(const Operation& operation, const std::vector<uint64_t>& versions) const {
  Model model;
  for (const std::string& key : step_keys()) {
    std::vector<uint64_t>& allowed = model[key] = versions;
    if (version_in(*map_, key) == 0) std::erase(allowed, 1);
  }
  MapCache nothing = *map_, everything = *map_;
  nothing.clear();
  for (const std::string& key : step_keys())
    if (everything.put(key, step_value(key, 1)) != PutResult::stored) throw std::logic_error("put in a map");
  for (MapCache* found : {&nothing, &everything}) {
    operation.on_cache(*found);
    for (const auto& [key, entry] : found->entries()) {
      if (version_in(*found, key) != 2) continue;
      model.try_emplace(key, 1, 0).first->second.push_back(2);
    }
  }
  return model;
}

std::string World::recover(const Image& image, const Operation& operation, bool ask_doctor) {
  const bool may_drop = operation.may_drop || fill_ == Fill::full || fill_ == Fill::expired;
  write_image(image, recovery_ / kSegmentFile);
  if (ask_doctor) {
    const std::string wrong = wrong_diagnosis(recovery_.path(), fill_ == Fill::store_full);
    if (!wrong.empty()) return "doctor: " + wrong;
  }
  if (operation.retires && figures_of(recovery_.path()).retired) return recover_retired();
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

std::string World::recover_retired() {
  const auto refused = Segment::attach("test", {.directory = recovery_.path()});
  if (refused || refused.error().code != Code::retired) return "a retired segment can be attached to";
  const auto successor = Segment::create(options_of(recovery_, fill_));
  return successor ? std::string() : "no successor can be made: " + successor.error().message;
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

}  // namespace larder::test
