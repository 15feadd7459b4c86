// stopped_test.cc – a worker stands still inside an operation; nobody else may notice.
//
// The story: one process is stopped after some instruction of its operation. Every kind of operation of another
// process completes with a right answer, one of them counted in instructions; the stopped one is not buried. Then
// it goes on and finishes; the segment is clean.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "step/peers.h"
#include "step/runs.h"
#include "step/store_state.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr uint64_t kMostInstructions = 300'000;
constexpr size_t kUsualSamples = 1, kUsualStoreSamples = 2;

/// The longest operation of another so far.
struct Longest {
  uint64_t instructions = 0;
  std::string name = "nobody";
  void meet(uint64_t others, const std::string& peer) {
    if (others > instructions) *this = {others, peer};
  }
};

/// Takes turns among the operations of which the peers consist: peer by peer, and each time the next of its own.
template <class Peers>
class Turns {
 public:
  using Of = typename Peers::value_type;
  Turns(const Peers& peers, const std::string& operation)  // operations begin with different peers
      : peers_(peers), turn_(std::hash<std::string>()(operation)) {}

  void next() { ++turn_; }
  size_t turn() const { return turn_; }
  const Of& peer(size_t ahead = 0) const { return peers_[(turn_ + ahead) % peers_.size()]; }
  /// One operation of the peer, or nullptr if it lasts too long for its instructions to be counted.
  auto* single() const {
    const auto& all = peer().single;
    return all.empty() ? nullptr : &all[turn_ / peers_.size() % all.size()];
  }

 private:
  const Peers& peers_;
  size_t turn_;
};

/// Others need as much beside every place up to the next change: in full, they are counted at each third change.
bool worth_counting(const Profile& profile, uint64_t point) {
  constexpr ptrdiff_t kChangesACount = 3;
  const auto change = std::lower_bound(profile.changes.begin(), profile.changes.end(), point);
  const bool changed = change != profile.changes.end() && *change == point;
  return !in_full() || (changed && (change - profile.changes.begin()) % kChangesACount == 0);
}

/// Steps what a second process does between its marks to the end, and returns its instructions.
uint64_t instructions_of(const std::string& name, const Stepper::Body& body) {
  Stepper second(body);
  while (second.step() == Stepper::Stop::inside)
    if (second.instructions() > kMostInstructions) return second.instructions();
  const uint64_t instructions = second.instructions();
  const Ending ending = second.run_to_end();
  EXPECT_TRUE(ending.ok()) << name << " " << ending.text();
  return instructions;
}

/// What a child says that found something wrong.
int say(const std::string& wrong) {
  if (!wrong.empty()) fmt::print(stderr, "{}\n", wrong);
  return wrong.empty() ? 0 : 1;
}

Stepper::Body doing(const World& world, const Deed& deed) {
  return [&world, &deed](Stepper::Mark mark) {
    const Segment segment = attach_segment(world.live(), "peer");
    const Cache cache = open_cache(segment, "main");
    mark();
    const std::string wrong = deed(segment, cache);
    mark();
    return say(wrong);
  };
}

Stepper::Body doing(const World& world, const Script& script) {
  return [&world, &script](Stepper::Mark mark) {
    const Segment segment = attach_segment(world.live(), "peer");
    const auto store = open_step_store(segment);
    mark();
    const std::string wrong = script(*store);
    mark();
    return say(wrong);
  };
}

/// All operations of another process, one after the other, in a child with a time limit.
Ending run_peers(const World& world) {
  return in_child(
      [&world] {
        const Segment segment = attach_segment(world.live(), "peer");
        const Cache cache = open_cache(segment, "main");
        for (const Peer& peer : peers()) {
          const std::string wrong = peer.run(segment, cache);
          EXPECT_EQ(wrong, "") << peer.name;
        }
        return 0;
      },
      std::chrono::seconds(20));
}

class Stopped : public ::testing::TestWithParam<std::string> {};

TEST_P(Stopped, DelaysNobody) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const Profile profile = profile_of(world, operation);
  const std::vector<uint64_t> points = sample_points(profile, kUsualSamples);
  size_t places = 0;
  Longest most;
  for (Turns turns(peers(), operation.name); const uint64_t point : points) {
    world.reset();
    Stepper stopped(body_of(world, operation, Company::interfered));
    if (!bring(stopped, profile, point)) continue;
    ++places;
    turns.next();
    if (const Deed* one = turns.single(); one != nullptr && worth_counting(profile, point)) {
      const uint64_t instructions = instructions_of(turns.peer().name, doing(world, *one));
      EXPECT_LE(instructions, kMostInstructions)
          << turns.peer().name << " beside " << operation.name << " stopped at " << point;
      most.meet(instructions, turns.peer().name);
    }
    const Ending others = run_peers(world);
    ASSERT_TRUE(others.ok()) << "others " << others.text() << " beside " << operation.name << " stopped at " << point;
    const Ending ending = stopped.run_to_end();
    ASSERT_TRUE(ending.ok()) << operation.name << " " << ending.text() << " after it was stopped at " << point;
    ASSERT_EQ(world.check_left(world.beside(operation, {0, 1, 3})), "")
        << operation.name << " was stopped at " << point;
  }
  tell("stopped", operation.name, fmt::format("places={} most={} of={}", places, most.instructions, most.name));
}

const auto name_of = [](const auto& tested) { return tested.param; };
INSTANTIATE_TEST_SUITE_P(Every, Stopped, ::testing::ValuesIn(names_of(operations())), name_of);

class StoppedInStore : public ::testing::TestWithParam<std::string> {};

// Beside each place at which the operation stands still, one kind of operation of others runs alone, so that what it
// meets is what the stopped one left and nobody else's; at each third place all the others follow. Every key must then
// hold what it holds if the operation came before all of theirs, or after.
TEST_P(StoppedInStore, DelaysNobody) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const Profile profile = profile_of(world, operation);
  const std::vector<uint64_t> points = sample_points(profile, kUsualStoreSamples);
  size_t places = 0;
  Longest most;
  for (Turns turns(store_peers(), operation.name); const uint64_t point : points) {
    world.reset();
    Stepper stopped(body_of(world, operation, Company::interfered));
    if (!bring(stopped, profile, point)) continue;
    ++places;
    turns.next();
    const StorePeer& first = turns.peer();
    std::vector<Script> others;
    if (const Script* one = turns.single(); one != nullptr && worth_counting(profile, point)) {
      const uint64_t instructions = instructions_of(first.name, doing(world, *one));
      EXPECT_LE(instructions, kMostInstructions)
          << first.name << " beside " << operation.name << " stopped at " << point;
      most.meet(instructions, first.name);
      others.push_back(*one);
    }
    const size_t counted = others.size();
    others.push_back(first.run);
    if (turns.turn() % 3 == 0)
      for (size_t ahead = 1; ahead < store_peers().size(); ++ahead) others.push_back(turns.peer(ahead).run);
    const Ending rest = in_child(
        [&] {
          const Segment segment = attach_segment(world.live(), "peer");
          const auto store = open_step_store(segment);
          for (size_t i = counted; i < others.size(); ++i) EXPECT_EQ(others[i](*store), "") << "other " << i;
          return 0;
        },
        std::chrono::seconds(20));
    ASSERT_TRUE(rest.ok()) << "others " << rest.text() << " beside " << operation.name << " stopped at " << point;
    const Ending ending = stopped.run_to_end();
    ASSERT_TRUE(ending.ok()) << operation.name << " " << ending.text() << " after it was stopped at " << point;
    ASSERT_EQ(world.check_left(world.around(operation, others)), "")
        << operation.name << " was stopped at " << point << " beside " << first.name;
  }
  tell("stopped", operation.name, fmt::format("places={} most={} of={}", places, most.instructions, most.name));
}

INSTANTIATE_TEST_SUITE_P(Every, StoppedInStore, ::testing::ValuesIn(names_of(store_operations())), name_of);

}  // namespace
}  // namespace larder::test
