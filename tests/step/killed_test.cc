// killed_test.cc – a worker dies inside an operation, after any of its stores.
//
// The story: one process runs one operation, an instruction at a time. After each instruction that changed the segment
// the segment is copied. In each copy the worker counts as dead (nobody holds its lock there): the doctor says so and
// changes nothing; a newcomer attaches, buries, audits, compares every key with the model, works on for 200 operations,
// and audits again.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "step/runs.h"

namespace larder::test {
namespace {

constexpr size_t kStatesADiagnosis = 8;  ///< the doctor is asked about one of so many, unless nothing is sampled

class Killed : public ::testing::TestWithParam<std::string> {};

TEST_P(Killed, AtEveryStateLeavesASegmentThatRecovers) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  world.reset();
  Watch watch(world.live_path());
  Stepper child(body_of(world, operation, Company::alone));
  watch.changed();
  Seen seen;
  size_t diagnoses = 0;
  const auto recover = [&] {
    const bool ask = in_full() || seen.count() % kStatesADiagnosis == 1;
    diagnoses += ask ? 1 : 0;
    return world.recover(watch.image(), operation, ask);
  };
  seen.first_time(watch.image());
  ASSERT_EQ(recover(), "") << "before the first instruction";
  while (child.step() == Stepper::Stop::inside) {
    if (!watch.changed() || !seen.first_time(watch.image())) continue;
    ASSERT_EQ(recover(), "") << "killed after instruction " << child.instructions() << ", state " << seen.count();
  }
  const Ending ending = child.run_to_end();
  EXPECT_TRUE(ending.ok()) << ending.text();
  if (operation.retires)
    EXPECT_NE(access(world.live_path().c_str(), F_OK), 0) << "the retired segment still has its name";
  else
    EXPECT_EQ(world.check_left(world.after(operation)), "");
  tell("killed", operation.name,
       fmt::format("instructions={} states={} diagnoses={}", child.instructions(), seen.count(), diagnoses));
}

std::vector<std::string> last_names() {
  std::vector<std::string> names;
  for (const Operation& operation : last_operations()) names.push_back(operation.name);
  return names;
}

const auto name_of = [](const auto& tested) { return tested.param; };
INSTANTIATE_TEST_SUITE_P(Every, Killed, ::testing::ValuesIn(names_of(operations())), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, Killed, ::testing::ValuesIn(names_of(store_operations())), name_of);
INSTANTIATE_TEST_SUITE_P(Last, Killed, ::testing::ValuesIn(last_names()), name_of);

}  // namespace
}  // namespace larder::test
