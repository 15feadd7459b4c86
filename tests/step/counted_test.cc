// counted_test.cc – a counter is incremented while a compactor moves its record, and the compactor dies or stops.
//
// The story: a store is so full that the next write compacts the page that a counter lies in. The writer stands still
// at every state around the move; others increment the counter, and are answered. Then the writer goes on and dies at
// every later state, or finishes. In all of these segments the counter has exactly the increments that were answered.
// The other way round: the writer died at some state, and the one who increments dies at every state of its own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "step/runs.h"
#include "step/store_state.h"
#include "store/operation.h"
#include "store/shared_store.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

constexpr const char* kCounters[] = {"count-0000", "dcount-0000", "tcount-0000"};
constexpr size_t kUsualPlaces = 12, kUsualDeaths = 10;

/// Where the record lies.
uint32_t position_of(Store& store, const std::string& key) {
  const cache::Region& region = dynamic_cast<store::SharedStore&>(store).region();
  return store::Operation(region, *region.member->thread(), key).look().found.position();
}

class Counted : public ::testing::TestWithParam<std::string> {
 protected:
  Counted() : world_(Fill::store_full) {}

  void in_store(const std::function<void(Store&)>& use) const {
    const Segment segment = attach_segment(world_.live(), "peer");
    use(*open_step_store(segment));
  }

  Stepper::Body body(const Script& work) const {
    return [this, work](Stepper::Mark mark) {
      const Segment segment = attach_segment(world_.live(), "stepped");
      const auto store = open_step_store(segment);
      mark();
      const std::string answer = work(*store);
      mark();
      return answer == "ok" ? 0 : 1;
    };
  }
  Stepper::Body writing_body() const {
    return body([filler = filler_](Store& store) {
      return std::string(to_string(store.key_set(filler, step_value(filler, 1)).status));
    });
  }

  /// Writes until the next write moves the counter, and keeps the segment as it was before that one.
  void make_scene(const std::string& counter) {
    world_.reset();
    in_store([&](Store& store) {  // made anew beside much garbage, so that its page is the next to go
      ASSERT_EQ(store.counter_delete(counter), StoreStatus::ok);
      ASSERT_TRUE(store.key_set("big", value_of("big", 1, 600)));
      ASSERT_TRUE(store.counter_incr(counter, 5, counter[0] == 't' ? Store::Ttl(std::chrono::hours(1)) : Store::Ttl()));
      ASSERT_EQ(store.key_delete("big"), StoreStatus::ok);
    });
    uint32_t before = 0, after = 0;
    in_store([&](Store& store) { before = position_of(store, counter); });
    for (uint64_t i = 0; after == 0 || after == before; ++i) {
      ASSERT_LT(i, 2000u) << "the counter does not move";
      scene_ = read_image(world_.live_path());
      filler_ = key_name("filler", i);
      in_store([&](Store& store) {
        ASSERT_EQ(store.key_set(filler_, step_value(filler_, 1)).status, StoreStatus::ok);
        after = position_of(store, counter);
      });
    }
  }

  /// Instruction counts of the write after which the segment had changed, and which of them moved the counter.
  void profile(const std::string& counter) {
    world_.reset(scene_);
    Watch watch(world_.live_path());
    Stepper writer(writing_body());
    watch.changed();
    changes_.clear();
    move_ = 0;
    uint32_t before = 0;
    in_store([&](Store& store) { before = position_of(store, counter); });
    watch.changed();
    while (writer.step() == Stepper::Stop::inside) {
      if (!watch.changed()) continue;
      changes_.push_back(writer.instructions());
      if (move_ != 0) continue;
      in_store([&](Store& store) {
        if (position_of(store, counter) != before) move_ = changes_.size() - 1;
      });
      watch.changed();
    }
    ASSERT_TRUE(writer.run_to_end().ok());
    ASSERT_GT(move_, 0u);
  }

  /// What is wrong with a segment in which everybody died, once its dead are buried; or nothing.
  std::string wrong_after_death(const Image& image, const std::string& counter, int64_t least, int64_t most) {
    write_image(image, recovery_ / kSegmentFile);
    const Segment segment = attach_segment(recovery_.path(), "recovery");
    segment.bury_dead();
    const auto clean = is_clean(audit_of(recovery_.path()));
    if (!clean) return clean.message();
    const int64_t value = open_step_store(segment)->counter_get(counter).value;
    return value >= least && value <= most ? std::string() : fmt::format("it counts {}, not {}", value, least);
  }

  std::string increment(int times) {
    std::string wrong;
    in_store([&](Store& store) {
      for (int i = 0; i < times && wrong.empty(); ++i)
        if (const CounterAnswer answer = store.counter_incr(GetParam(), 1); !answer) wrong = to_string(answer.status);
    });
    return wrong;
  }

  World world_;
  TempDirectory recovery_;
  Image scene_;
  std::string filler_;
  std::vector<uint64_t> changes_;
  size_t move_ = 0;
};

TEST_P(Counted, ExactlyWhereverTheCompactorDies) {
  const std::string& counter = GetParam();
  make_scene(counter);
  profile(counter);
  if (HasFatalFailure()) return;
  size_t places = 0, deaths = 0;
  const size_t before = std::min<size_t>(move_, 30), after = std::min<size_t>(changes_.size() - move_, 8);
  const size_t first = move_ - before, count = before + after, wanted = sample_count(kUsualPlaces, count);
  for (size_t i = 0; i < wanted; ++i) {
    // The places next to the move always, the others spread.
    const size_t at = wanted == count  ? first + i
                      : i < wanted / 2 ? move_ - wanted / 4 + i
                                       : first + i * count / wanted;
    world_.reset(scene_);
    Watch watch(world_.live_path());
    Stepper writer(writing_body());
    if (!advance(writer, changes_[at])) continue;
    ASSERT_EQ(increment(3), "") << "at state " << at << ", moved at " << move_;
    ++places;
    watch.changed();
    const size_t stride = 1 + (changes_.size() - at) / sample_count(kUsualDeaths, changes_.size() - at);
    size_t states = 0;
    bool inside = true;
    while (inside) {
      if (states++ % stride == 0) {
        ASSERT_EQ(wrong_after_death(watch.image(), counter, 8, 8), "")
            << "incremented at state " << at << ", moved at " << move_ << ", killed at " << writer.instructions();
        ++deaths;
      }
      do {
        inside = writer.step() == Stepper::Stop::inside;
      } while (inside && !watch.changed());
    }
    const Ending ending = writer.run_to_end();
    ASSERT_TRUE(ending.ok()) << ending.text();
    in_store([&](Store& store) { ASSERT_EQ(store.counter_get(counter).value, 8) << "at state " << at; });
    ASSERT_TRUE(is_clean(audit_of(world_.live()), true));
  }
  tell("counted", counter, fmt::format("places={} deaths={}", places, deaths));
}

TEST_P(Counted, ExactlyByOneWhoDiesAfterTheCompactorDied) {
  const std::string& counter = GetParam();
  make_scene(counter);
  profile(counter);
  if (HasFatalFailure()) return;
  size_t deaths = 0;
  for (const size_t back : {size_t{0}, size_t{1}, size_t{2}, size_t{4}}) {
    if (back > move_) continue;
    world_.reset(scene_);
    {
      Stepper writer(writing_body());
      if (!advance(writer, changes_[move_ - back])) continue;
      writer.kill();
    }
    Watch watch(world_.live_path());
    Stepper other(body([&](Store& store) { return std::string(to_string(store.counter_incr(counter, 1).status)); }));
    while (other.step() == Stepper::Stop::inside) {
      if (!watch.changed()) continue;
      ASSERT_EQ(wrong_after_death(watch.image(), counter, 5, 6), "")
          << "killed after instruction " << other.instructions();
      ++deaths;
    }
    ASSERT_TRUE(other.run_to_end().ok());
    watch.changed();
    ASSERT_EQ(wrong_after_death(watch.image(), counter, 6, 6), "");
  }
  tell("counted", counter, fmt::format("deaths={}", deaths));
}

INSTANTIATE_TEST_SUITE_P(Every, Counted,
                         ::testing::ValuesIn(std::vector<std::string>(std::begin(kCounters), std::end(kCounters))),
                         [](const auto& tested) { return tested.param.substr(0, tested.param.find('-')); });

}  // namespace
}  // namespace larder::test
