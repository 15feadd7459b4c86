// late_test.cc – a worker goes on after the cache was turned over under it.
//
// The story: one process is stopped inside an operation. Others write every key anew, three times what the cache
// holds, so that whatever it had looked at was evicted, reused and written again. Then it goes on. No key may ever
// show a value that was overwritten, or one that belongs to another key.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "step/peers.h"
#include "step/runs.h"
#include "step/store_state.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr size_t kUsualSamples = 4, kUsualStoreSamples = 2;

class Late : public ::testing::TestWithParam<std::string> {};

TEST_P(Late, AltersNothingOfOthers) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const Profile profile = profile_of(world, operation);
  const std::vector<uint64_t> points = sample_points(profile, kUsualSamples);
  size_t places = 0;
  for (const uint64_t point : points) {
    world.reset();
    Stepper late(body_of(world, operation, Company::interfered));
    if (!bring(late, profile, point)) continue;
    ++places;
    const Ending turned = in_child([&world] {
      const Segment segment = attach_segment(world.live(), "peer");
      const Cache cache = open_cache(segment, "main");
      for (int round = 0; round < 3; ++round) EXPECT_EQ(turn_over(cache), "");
      return 0;
    });
    ASSERT_TRUE(turned.ok()) << "others " << turned.text() << " beside " << operation.name << " stopped at " << point;
    const Ending ending = late.run_to_end();
    ASSERT_TRUE(ending.ok()) << operation.name << " " << ending.text() << " after it was stopped at " << point;
    // Every key was overwritten with version 3; only the late operation may have done its own change after that.
    ASSERT_EQ(world.check_left(world.beside(operation, {0, 3})), "") << operation.name << " was late from " << point;
  }
  tell("late", operation.name, fmt::format("places={}", places));
}

const auto name_of = [](const auto& tested) { return tested.param; };
INSTANTIATE_TEST_SUITE_P(Every, Late, ::testing::ValuesIn(names_of(operations())), name_of);

class LateInStore : public ::testing::TestWithParam<std::string> {};

TEST_P(LateInStore, AltersNothingOfOthers) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const Profile profile = profile_of(world, operation);
  const std::vector<uint64_t> points = sample_points(profile, kUsualStoreSamples);
  size_t places = 0;
  const Model allowed = world.around(operation, {store_turn_over()});
  for (const uint64_t point : points) {
    world.reset();
    Stepper late(body_of(world, operation, Company::interfered));
    if (!bring(late, profile, point)) continue;
    ++places;
    const Ending turned = in_child([&world] {
      const Segment segment = attach_segment(world.live(), "peer");
      EXPECT_EQ(store_turn_over()(*open_step_store(segment)), "");
      return 0;
    });
    ASSERT_TRUE(turned.ok()) << "others " << turned.text() << " beside " << operation.name << " stopped at " << point;
    const Ending ending = late.run_to_end();
    ASSERT_TRUE(ending.ok()) << operation.name << " " << ending.text() << " after it was stopped at " << point;
    ASSERT_EQ(world.check_left(allowed), "") << operation.name << " was late from " << point;
  }
  tell("late", operation.name, fmt::format("places={}", places));
}

INSTANTIATE_TEST_SUITE_P(Every, LateInStore, ::testing::ValuesIn(names_of(store_operations())), name_of);

}  // namespace
}  // namespace larder::test
