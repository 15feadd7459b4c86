// runs.h – one operation under test as a stepped child: its body, its profile, the places to sample.
#pragma once

#include <cstdint>
#include <vector>

#include "step/stepper.h"
#include "step/world.h"

namespace larder::test {

/// Who else is there while the operation runs.
enum class Company { alone, interfered };

/// The child's body: prepares, marks, runs the operation, marks, judges the answer, detaches.
Stepper::Body body_of(const World& world, const Operation& operation, Company company);

/// One stepped run of the operation, alone.
struct Profile {
  uint64_t instructions = 0;
  std::vector<uint64_t> changes;  ///< instruction counts after which the segment had changed
};
Profile profile_of(World& world, const Operation& operation);

/// Instruction counts at which to stop the operation: `usual` of them spread over its changes and its length, or, if
/// LARDER_STEP_FULL is set, every change and 400 places between (or every 16th instruction).
std::vector<uint64_t> sample_points(const Profile& profile, size_t usual);

/// Steps the child until it has run `instructions`. False if it reached its second mark before.
bool advance(Stepper& child, uint64_t instructions);

/// Names of all operations, for parameterized tests.
std::vector<std::string> operation_names();
std::vector<std::string> store_operation_names();
/// All in a half full and in a full store, a third of those in the others; all if LARDER_STEP_FULL is set.
std::vector<std::string> some_store_operation_names();

}  // namespace larder::test
