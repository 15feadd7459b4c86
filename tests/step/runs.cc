#include "step/runs.h"

#include <fmt/format.h>

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
  world.reset();
  Watch watch(world.live_path());
  Stepper child(body_of(world, operation, Company::alone));
  watch.changed();
  Profile profile;
  while (child.step() == Stepper::Stop::inside) {
    if (watch.changed()) profile.changes.push_back(child.instructions());
  }
  profile.instructions = child.instructions();
  return profile;
}

std::vector<uint64_t> sample_points(const Profile& profile, size_t usual) {
  std::set<uint64_t> points(profile.changes.begin(), profile.changes.end());
  const uint64_t stride = std::max<uint64_t>(16, profile.instructions / 400);
  for (uint64_t at = 1; at < profile.instructions; at += stride) points.insert(at);
  const std::vector<uint64_t> all(points.begin(), points.end());
  const size_t wanted = sample_count(usual, all.size());
  std::vector<uint64_t> chosen;
  for (size_t i = 0; i < wanted; ++i) chosen.push_back(all[i * all.size() / wanted]);
  return chosen;
}

bool advance(Stepper& child, uint64_t instructions) {
  while (child.instructions() < instructions) {
    if (child.step() == Stepper::Stop::end) return false;
  }
  return true;
}

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  for (const Operation& operation : operations()) names.push_back(operation.name);
  return names;
}

std::vector<std::string> store_operation_names() {
  std::vector<std::string> names;
  for (const Operation& operation : store_operations()) names.push_back(operation.name);
  return names;
}

std::vector<std::string> some_store_operation_names() {
  std::vector<std::string> names;
  size_t number = 0;
  for (const Operation& operation : store_operations()) {
    const bool telling = operation.fill == Fill::store_half || operation.fill == Fill::store_full;
    if (telling || number++ % 3 == 0 || std::getenv("LARDER_STEP_FULL") != nullptr) names.push_back(operation.name);
  }
  return names;
}

}  // namespace larder::test
