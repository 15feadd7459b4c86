// stepper_test.cc – what the step tests rely on: a place is the same, however a child is brought there.
#include <gtest/gtest.h>

#include "step/runs.h"

namespace larder::test {
namespace {

class Brought : public ::testing::TestWithParam<std::string> {};

TEST_P(Brought, StandsRightBeforeTheChangesThatSteppingFound) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const Profile profile = profile_of(world, operation);
  size_t met = 0;
  for (const uint64_t change : profile.changes) {
    const uint64_t before = change - 1;
    if (before == 0 || !Stepper::is_program(profile.trace[before - 1])) continue;
    world.reset();
    Watch watch(world.live_path());
    Stepper brought(body_of(world, operation, Company::alone));
    ASSERT_TRUE(bring(brought, profile, before));
    watch.changed();
    ASSERT_EQ(brought.address(), profile.trace[before - 1]) << before;
    ASSERT_EQ(brought.step(), Stepper::Stop::inside);
    EXPECT_TRUE(watch.changed()) << before;
    const Ending ending = brought.run_to_end();
    EXPECT_TRUE(ending.ok()) << ending.text() << " after " << before;
    ++met;
  }
  EXPECT_GT(met, 0u);
}

INSTANTIATE_TEST_SUITE_P(Some, Brought,
                         ::testing::Values("get_hit_in_half_cache", "put_large_new_in_full_cache", "set_new_in_half"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace larder::test
