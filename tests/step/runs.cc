#include "step/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace larder::test {

Stepper::Body body_of(const World& world, const Operation& operation, Company company) {
  return [&world, &operation, company](Stepper::Mark mark) {
    Worker worker = world.prepare(operation);
    mark();
    const std::string answer = operation.run(worker);
    mark();
    const std::string wanted = company == Company::alone ? world.answer_of(operation) : std::string();
    const bool right = company == Company::alone ? answer == wanted : !answer.starts_with("wrong");
    if (!right) fmt::print(stderr, "{} answered '{}', not '{}'\n", operation.name, answer, wanted);
    return right ? 0 : 1;
  };
}

Profile profile_of(World& world, const Operation& operation) {
  return profile_of(world, body_of(world, operation, Company::alone));
}

Profile profile_of(World& world, const Stepper::Body& body) {
  world.reset();
  Watch watch(world.live_path());
  Stepper child(body);
  watch.changed();
  Profile profile;
  while (child.step() == Stepper::Stop::inside) {
    profile.trace.push_back(child.address());
    if (watch.changed()) profile.changes.push_back(child.instructions());
  }
  profile.instructions = child.instructions();
  return profile;
}

std::vector<uint64_t> sample_points(const Profile& profile, size_t usual) {
  std::set<uint64_t> points(profile.changes.begin(), profile.changes.end());
  const uint64_t stride = std::max<uint64_t>(1, profile.instructions / kPlacesBetween);
  for (uint64_t at = 1; at < profile.instructions; at += stride) points.insert(at);
  const std::vector<uint64_t> all(points.begin(), points.end());
  const size_t wanted = sample_count(usual, all.size());
  std::vector<uint64_t> chosen;
  for (size_t i = 0; i < wanted; ++i) chosen.push_back(all[(2 * i + 1) * all.size() / (2 * wanted)]);
  return chosen;
}

bool advance(Stepper& child, uint64_t instructions) {
  while (child.instructions() < instructions) {
    if (child.step() == Stepper::Stop::end) return false;
  }
  return true;
}

bool bring(Stepper& child, const Profile& profile, uint64_t instructions) {
  constexpr uint64_t kStepsAVisit = 4;  // what it costs
  const auto stood_at = [&](uint64_t count) { return profile.trace[count - 1]; };
  while (instructions > 1 && !Stepper::is_program(stood_at(instructions))) --instructions;
  const auto end = profile.trace.begin() + static_cast<ptrdiff_t>(instructions);
  const auto visits = static_cast<uint64_t>(std::count(profile.trace.begin(), end, stood_at(instructions)));
  if (visits * kStepsAVisit > instructions) return advance(child, instructions);
  return child.run_to({instructions, stood_at(instructions), visits}) == Stepper::Stop::inside;
}

bool in_full() { return std::getenv("LARDER_STEP_FULL") != nullptr; }

size_t sample_count(size_t usual, size_t all) { return in_full() ? all : std::min(usual, all); }

std::vector<std::string> names_of(const std::vector<Operation>& operations) {
  constexpr size_t kStates = 4, kFull = 2;  // empty, half, full, expired
  std::vector<std::string> names;
  for (size_t i = 0; i < operations.size(); ++i) {
    const size_t script = i / kStates, state = i % kStates;
    const size_t other = state < kFull ? state : kFull;  // its number among the others
    if (in_full() || state == kFull || other == script % (kStates - 1)) names.push_back(operations[i].name);
  }
  return names;
}

void tell(std::string_view test, const std::string& operation, const std::string& figures) {
  fmt::print("[  STATES  ] {} {}: {}\n", test, operation, figures);
}

}  // namespace larder::test
