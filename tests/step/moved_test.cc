// moved_test.cc – an entry is given a new time to live while a hand moves it, and the hand dies.
//
// The story: a put finds no free page and turns a hand, which moves one entry. The put stands still at every state
// around that move; another process touches the entry, and is answered "yes". Then the put goes on and dies at every
// later state, or finishes. In all of these segments the entry's time to live is the one it was given. The other way
// round: the hand died before its move, and the toucher dies at every state of its own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ostream>

#include "step/cache_state.h"
#include "step/image.h"
#include "step/runs.h"
#include "step/stepper.h"
#include "step/world.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* kKey = "moved-0000";
constexpr size_t kStatesBefore = 40;  ///< of the put, before the move, at which the entry is touched; and
constexpr size_t kStatesAfter = 4;    ///< after it
constexpr milliseconds kSlack = minutes(1);

/// How the entry is put, and touched.
struct Kind {
  std::string name;
  PutOptions put;
  milliseconds touch;
  milliseconds before() const { return put.ttl ? *put.ttl : put.idle ? *put.idle : milliseconds(-1); }
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

std::vector<Kind> kinds() {
  return {
      {"untimed_shortened", {}, minutes(3)},
      {"timed_shortened", {.ttl = hours(1)}, minutes(3)},
      {"timed_lengthened", {.ttl = hours(1)}, hours(10)},
      {"timed_lengthened_far", {.ttl = hours(1)}, hours(24 * 300)},
      {"far_shortened", {.ttl = hours(24 * 300)}, minutes(3)},
      {"idle_shortened", {.idle = hours(1)}, minutes(3)},
      {"tagged_shortened", {.tag = 5}, minutes(3)},
  };
}

/// A segment in which the next put, of `filler`, moves kKey.
struct Scene {
  Image image;
  std::string filler;
};

/// Where the entry is and how long it has to live. Throws if it is not there.
observe::EntryInfo entry_in(const std::string& directory) {
  const auto inspector = observe::Inspector::open("test", directory);
  if (!inspector) throw std::runtime_error(inspector.error().message);
  observe::EntryInfo info;
  const auto value = observe::peek(*inspector, "main", kKey, &info);
  if (!value) throw std::runtime_error(value.error().message);
  return info;
}

/// Empty if the entry in the directory's segment has at most `wanted` to live and not much less.
std::string wrong_time(const std::string& directory, std::initializer_list<milliseconds> allowed) {
  const int64_t ttl = entry_in(directory).ttl_ms;
  for (const milliseconds wanted : allowed) {
    if (wanted.count() < 0 ? ttl < 0 : ttl <= wanted.count() && ttl > (wanted - kSlack).count()) return {};
  }
  return fmt::format("it has {} ms to live", ttl);
}

class Moved : public ::testing::TestWithParam<Kind> {
 protected:
  Moved() : world_(Fill::full), scene_(make_scene()) {}

  Scene make_scene() {
    world_.reset();
    in_cache([](const Cache& cache) {
      EXPECT_EQ(cache.put(kKey, step_value(kKey, 1), GetParam().put), PutResult::stored);
      for (int i = 0; i < 3; ++i) EXPECT_EQ(read_answer(cache, kKey), "hit 1");
    });
    const uint32_t page = entry_in(world_.live()).page;
    Scene scene;
    for (uint64_t i = 0; entry_in(world_.live()).page == page; ++i) {
      scene = {read_image(world_.live_path()), key_name("filler", i)};
      in_cache([&scene](const Cache& cache) {
        EXPECT_EQ(cache.put(scene.filler, step_value(scene.filler, 1)), PutResult::stored);
      });
    }
    return scene;
  }

  void in_cache(const std::function<void(const Cache&)>& use) const {
    const Segment segment = attach_segment(world_.live(), "peer");
    use(open_cache(segment, "main"));
  }

  /// Attached and marked, does `work` and marks again.
  Stepper::Body body(const std::function<bool(const Cache&)>& work) const {
    return [this, work](Stepper::Mark mark) {
      const Segment segment = attach_segment(world_.live(), "stepped");
      const Cache cache = open_cache(segment, "main");
      mark();
      const bool done = work(cache);
      mark();
      return done ? 0 : 1;
    };
  }
  Stepper::Body moving_body() const {
    return body([filler = scene_.filler](const Cache& cache) {
      return cache.put(filler, step_value(filler, 1)) == PutResult::stored;
    });
  }
  Stepper::Body touching_body() const {
    return body([](const Cache& cache) { return cache.touch(kKey, GetParam().touch); });
  }

  /// Instruction counts of the put after which the segment had changed; `move` is the index of the entry's move.
  struct Course {
    std::vector<uint64_t> changes;
    size_t move = 0;
  };
  Course course() {
    world_.reset(scene_.image);
    Watch watch(world_.live_path());
    Stepper mover(moving_body());
    const uint32_t page = entry_in(world_.live()).page;
    watch.changed();
    Course course;
    while (mover.step() == Stepper::Stop::inside) {
      if (!watch.changed()) continue;
      course.changes.push_back(mover.instructions());
      if (course.move == 0 && entry_in(world_.live()).page != page) course.move = course.changes.size() - 1;
    }
    EXPECT_TRUE(mover.run_to_end().ok());
    return course;
  }

  static void advance(Stepper& child, uint64_t instructions) {
    while (child.instructions() < instructions && child.step() == Stepper::Stop::inside) {
    }
  }

  /// What is wrong with a segment in which everybody died, once its dead are buried; or nothing.
  std::string wrong_after_death(const Image& image, std::initializer_list<milliseconds> allowed) {
    write_image(image, recovery_ / kSegmentFile);
    const Segment segment = attach_segment(recovery_.path(), "recovery");
    segment.bury_dead();
    const auto clean = is_clean(audit_of(recovery_.path()));
    if (!clean) return clean.message();
    if (std::string wrong = wrong_time(recovery_.path(), allowed); !wrong.empty()) return wrong;
    const std::string answer = read_answer(open_cache(segment, "main"), kKey);
    return answer == "hit 1" ? std::string() : answer;
  }

  World world_;
  TempDirectory recovery_;
  Scene scene_;
};

TEST_P(Moved, KeepsATouchWhereverTheHandDies) {
  const milliseconds touch = GetParam().touch;
  const Course put = course();
  const size_t first = put.move - std::min(put.move, kStatesBefore);
  const size_t last = std::min(put.move + kStatesAfter, put.changes.size() - 1);
  ASSERT_GT(put.move, 4u) << "the copy before the move was not seen";
  size_t deaths = 0;
  for (size_t at = first; at <= last; ++at) {
    world_.reset(scene_.image);
    Watch watch(world_.live_path());
    Stepper mover(moving_body());
    advance(mover, put.changes[at]);
    const Ending touched = in_child([this, touch] {
      in_cache([touch](const Cache& cache) { EXPECT_TRUE(cache.touch(kKey, touch)); });
      return 0;
    });
    ASSERT_TRUE(touched.ok()) << touched.text();
    ASSERT_EQ(wrong_time(world_.live(), {touch}), "") << "touched at state " << at << ", moved at " << put.move;
    watch.changed();
    bool inside = true;
    do {
      ASSERT_EQ(wrong_after_death(watch.image(), {touch}), "")
          << "touched at state " << at << ", moved at " << put.move << ", killed at " << mover.instructions();
      ++deaths;
      do {
        inside = mover.step() == Stepper::Stop::inside;
      } while (inside && !watch.changed());
    } while (inside && mover.instructions() < put.changes[last]);
    const Ending ending = mover.run_to_end();
    ASSERT_TRUE(ending.ok()) << ending.text();
    ASSERT_EQ(wrong_time(world_.live(), {touch}), "") << "touched at state " << at << ", moved at " << put.move;
    ASSERT_TRUE(is_clean(audit_of(world_.live()), true));
  }
  tell("moved", GetParam().name, fmt::format("places={} deaths={}", last + 1 - first, deaths));
}

TEST_P(Moved, MayBeTouchedByOneWhoDiesAfterTheHandDied) {
  const Kind& kind = GetParam();
  const Course put = course();
  for (const size_t before : {size_t{1}, size_t{4}}) {
    world_.reset(scene_.image);
    {
      Stepper mover(moving_body());
      advance(mover, put.changes[put.move - before]);
      mover.kill();
    }
    Watch watch(world_.live_path());
    Stepper toucher(touching_body());
    while (toucher.step() == Stepper::Stop::inside) {
      if (!watch.changed()) continue;
      ASSERT_EQ(wrong_after_death(watch.image(), {kind.before(), kind.touch}), "")
          << "killed after instruction " << toucher.instructions();
    }
    const Ending ending = toucher.run_to_end();
    ASSERT_TRUE(ending.ok()) << ending.text();
    watch.changed();
    ASSERT_EQ(wrong_after_death(watch.image(), {kind.touch}), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Moved, ::testing::ValuesIn(kinds()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace larder::test
