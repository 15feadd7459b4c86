// runs.h – one operation under test as a stepped child: its body, its profile, the places to sample.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "step/stepper.h"
#include "step/world.h"

namespace larder::test {

/// Who else is there while the operation runs.
enum class Company { alone, interfered };

/// The child's body: prepares, marks, runs the operation, marks, judges the answer, detaches.
Stepper::Body body_of(const World& world, const Operation& operation, Company company);

/// One stepped run of the operation, alone, or of another body.
struct Profile {
  uint64_t instructions = 0;
  std::vector<uint64_t> changes;  ///< instruction counts after which the segment had changed
  std::vector<uint64_t> trace;    ///< where it stood after each instruction
};
Profile profile_of(World& world, const Operation& operation);
Profile profile_of(World& world, const Stepper::Body& body);

/// Instruction counts at which to stop the operation: `usual` of them spread over its changes and its length, or, if
/// LARDER_STEP_FULL is set, every change and kPlacesBetween others.
std::vector<uint64_t> sample_points(const Profile& profile, size_t usual);
constexpr uint64_t kPlacesBetween = 16;

/// Steps the child until it has run `instructions`. False if it reached its second mark before.
bool advance(Stepper& child, uint64_t instructions);
/// Brings a new child to where the profile's stood after so many instructions, or to the last place of the program
/// before that: what libraries do, malloc above all, takes other ways from run to run. False if it reached its second
/// mark before.
bool bring(Stepper& child, const Profile& profile, uint64_t instructions);

/// True if LARDER_STEP_FULL is set: nothing is sampled.
bool in_full();
/// `usual`, or everything if nothing is sampled.
size_t sample_count(size_t usual, size_t all);

/// Names for parameterized tests, of operations that are listed as scripts x start states: each script in the full one
/// and in one of the others, which take turns; in all of them if nothing is sampled.
std::vector<std::string> names_of(const std::vector<Operation>& operations);

/// Says what a test did with an operation: words for the eye, `name=number` for steps.py.
void tell(std::string_view test, const std::string& operation, const std::string& figures);

}  // namespace larder::test
