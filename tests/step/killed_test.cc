// killed_test.cc – a worker dies inside an operation, after any of its stores.
//
// The story: one process runs one operation, an instruction at a time. After each instruction that changed the segment
// the segment is copied. In each copy the worker counts as dead (nobody holds its lock there): a newcomer attaches,
// buries, audits, compares every key with the model, works on for 200 operations, and audits again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "step/runs.h"

namespace larder::test {
namespace {

class Killed : public ::testing::TestWithParam<std::string> {};

TEST_P(Killed, AtEveryStateLeavesASegmentThatRecovers) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  world.reset();
  Watch watch(world.live_path());
  Stepper child(body_of(world, operation, Company::alone));
  watch.changed();
  Seen seen;
  seen.first_time(watch.image());
  ASSERT_EQ(world.recover(watch.image(), operation), "") << "before the first instruction";
  while (child.step() == Stepper::Stop::inside) {
    if (!watch.changed() || !seen.first_time(watch.image())) continue;
    ASSERT_EQ(world.recover(watch.image(), operation), "")
        << "killed after instruction " << child.instructions() << ", state " << seen.count();
  }
  const Ending ending = child.run_to_end();
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_EQ(world.check_left(world.after(operation)), "");
  fmt::print("[  STATES  ] {}: {} instructions, {} distinct states\n", operation.name, child.instructions(),
             seen.count());
}

const auto name_of = [](const auto& tested) { return tested.param; };
INSTANTIATE_TEST_SUITE_P(Every, Killed, ::testing::ValuesIn(operation_names()), name_of);
INSTANTIATE_TEST_SUITE_P(Lasting, Killed, ::testing::Values(std::string("shrink_to_the_end")), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, Killed, ::testing::ValuesIn(store_operation_names()), name_of);

}  // namespace
}  // namespace larder::test
