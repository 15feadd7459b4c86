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

constexpr size_t kUsualDeaths = 2, kMostDeaths = 12;
constexpr size_t kStatesADiagnosis = 8;  ///< the doctor is asked about one of so many, unless nothing is sampled

/// Segments in which a worker died inside the operation: some of its states, or one if it changes nothing.
std::vector<Image> deaths_in(World& world, const Operation& operation) {
  const Profile profile = profile_of(world, operation);
  std::vector<uint64_t> places = profile.changes;
  if (places.empty()) places.push_back(1);
  const size_t wanted = sample_count(kUsualDeaths, std::min(places.size(), kMostDeaths));
  std::vector<Image> images;
  for (size_t i = 0; i < wanted; ++i) {
    world.reset();
    Stepper child(body_of(world, operation, Company::alone));
    if (!bring(child, profile, places[(2 * i + 1) * places.size() / (2 * wanted)])) continue;
    child.kill();
    images.push_back(read_image(world.live_path()));
  }
  return images;
}

/// Buries stepwise from one such segment, and recovers from every state that was not seen before.
void bury_stepwise(World& world, const Operation& operation, const Image& death, Seen& seen, size_t& diagnoses) {
  world.reset(death);
  Watch watch(world.live_path());
  Stepper burier([&world](Stepper::Mark mark) {
    mark();
    const Segment segment = attach_segment(world.live(), "burier");
    segment.bury_dead();
    mark();
    return 0;
  });
  while (burier.step() == Stepper::Stop::inside) {
    if (!watch.changed() || !seen.first_time(watch.image())) continue;
    const bool ask = in_full() || seen.count() % kStatesADiagnosis == 1;
    diagnoses += ask ? 1 : 0;
    ASSERT_EQ(world.recover(watch.image(), operation, ask), "")
        << "burier of " << operation.name << " died after instruction " << burier.instructions();
  }
  const Ending ending = burier.run_to_end();
  EXPECT_TRUE(ending.ok()) << ending.text();
  EXPECT_EQ(world.check_left(world.during(operation)), "") << "after a complete bury";
}

class Burier : public ::testing::TestWithParam<std::string> {};

TEST_P(Burier, MayDieAtEveryState) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const std::vector<Image> deaths = deaths_in(world, operation);
  ASSERT_FALSE(deaths.empty());
  Seen seen;
  size_t diagnoses = 0;
  for (const Image& death : deaths) {
    bury_stepwise(world, operation, death, seen, diagnoses);
    if (HasFailure()) return;
  }
  tell("bury", operation.name, fmt::format("deaths={} states={} diagnoses={}", deaths.size(), seen.count(), diagnoses));
  EXPECT_GT(seen.count(), 0u);
}

const auto name_of = [](const auto& tested) { return tested.param; };
INSTANTIATE_TEST_SUITE_P(Every, Burier, ::testing::ValuesIn(names_of(operations())), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, Burier, ::testing::ValuesIn(names_of(store_operations())), name_of);

}  // namespace
}  // namespace larder::test
