// bury_test.cc – whoever buries a dead worker dies too, after any of its own stores.
//
// The story: a worker died inside an operation. A second process attaches and buries it, an instruction at a time;
// after each instruction that changed the segment a copy is taken, in which the burier is dead as well. A third one
// attaches to each copy and must find nothing lost, nothing half-done.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "step/runs.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr size_t kUsualDeaths = 3;

/// Segments in which a worker died inside the operation: some of its states.
std::vector<Image> deaths_in(World& world, const Operation& operation) {
  const Profile profile = profile_of(world, operation);
  const size_t wanted = sample_count(kUsualDeaths, std::min<size_t>(profile.changes.size(), 40));
  std::vector<Image> images;
  for (size_t i = 0; i < wanted; ++i) {
    world.reset();
    Stepper child(body_of(world, operation, Company::alone));
    const size_t change = (2 * i + 1) * profile.changes.size() / (2 * wanted);
    if (!advance(child, profile.changes[change])) continue;
    child.kill();
    images.push_back(read_image(world.live_path()));
  }
  return images;
}

/// Buries stepwise from one such segment. Returns the number of distinct states.
size_t bury_stepwise(World& world, const Operation& operation, const Image& death) {
  world.reset(death);
  Watch watch(world.live_path());
  Stepper burier([&world](Stepper::Mark mark) {
    mark();
    const Segment segment = attach_segment(world.live(), "burier");
    segment.bury_dead();
    mark();
    return 0;
  });
  Seen seen;
  while (burier.step() == Stepper::Stop::inside) {
    if (!watch.changed() || !seen.first_time(watch.image())) continue;
    const std::string wrong = world.recover(watch.image(), operation);
    EXPECT_EQ(wrong, "") << "burier of " << operation.name << " died after instruction " << burier.instructions();
    if (!wrong.empty()) return seen.count();
  }
  const Ending ending = burier.run_to_end();
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_EQ(world.check_left(world.during(operation)), "") << "after a complete bury";
  return seen.count();
}

class Burier : public ::testing::TestWithParam<std::string> {};

TEST_P(Burier, MayDieAtEveryState) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  size_t states = 0;
  const std::vector<Image> deaths = deaths_in(world, operation);
  ASSERT_FALSE(deaths.empty());
  for (const Image& death : deaths) states += bury_stepwise(world, operation, death);
  fmt::print("[  STATES  ] bury after {}: {} deaths, {} distinct states\n", operation.name, deaths.size(), states);
  EXPECT_GT(states, 0u);
}

INSTANTIATE_TEST_SUITE_P(Every, Burier,
                         ::testing::Values("put_new", "put_existing", "put_evicting", "remove", "view", "touch",
                                           "clear", "attach", "detach", "keeper_evicting", "put_large_existing",
                                           "remove_large", "view_large", "build_large", "put_large_evicting"),
                         [](const auto& tested) { return tested.param; });
INSTANTIATE_TEST_SUITE_P(Stores, Burier,
                         ::testing::Values("burst_in_full", "incr_new_in_half", "touch_frozen_in_half",
                                           "delete_durable_in_expired", "swap_durable_in_full"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace larder::test
