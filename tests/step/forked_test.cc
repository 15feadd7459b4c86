// forked_test.cc – promise P21 at every point: a process forks while it stands inside an operation.
//
// The story: one process runs one operation. After one of its changes, or somewhere between, a signal comes, and its
// handler forks. The child goes on with the handles that it inherited: operations of every kind, with right answers;
// then it ends without a word. The parent finishes its operation. Nothing of either is lost, and nothing is left over.
// Places inside of libraries are left out: a fork within malloc is glibc's, and no promise of ours. So are operations
// that attach or detach, and a thread's first one: those hold a mutex that a fork takes as well (os/fork_guard.h).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step/peers.h"
#include "step/runs.h"
#include "step/store_state.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr size_t kUsualPlaces = 2;
constexpr int kChildWasWrong = 3, kNoChild = 4;

/// What the child does with what its parent had open; answers what is wrong, or nothing.
using Work = std::function<std::string(const Worker&)>;

std::function<std::string()> work_of_child;
volatile pid_t forked = -1;

void fork_here(int) {
  forked = fork();
  if (forked != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string wrong = work_of_child();
  if (!wrong.empty()) fmt::print(stderr, "child: {}\n", wrong);
  _exit(wrong.empty() ? 0 : 1);
}

/// A thread's first operation in a segment takes the mutex.
void begin_with(const Worker& worker) {
  std::string value;
  const bool found = worker.cache ? static_cast<bool>(worker.cache->view("nobody"))
                                  : worker.store->key_get("nobody", value) == StoreStatus::ok;
  EXPECT_FALSE(found);
}

Stepper::Body forking(const World& world, const Operation& operation, const Work& work) {
  return [&](Stepper::Mark mark) {
    Worker worker = world.prepare(operation);
    begin_with(worker);
    work_of_child = [&] { return work(worker); };
    signal(SIGUSR1, &fork_here);
    mark();
    const std::string answer = operation.run(worker);
    mark();
    int status = 0;
    if (forked <= 0 || waitpid(forked, &status, 0) != forked) return kNoChild;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return kChildWasWrong;
    return answer.starts_with("wrong") ? 1 : 0;
  };
}

/// Forks at places spread over the operation; returns at how many.
size_t fork_everywhere(World& world, const Operation& operation, const Work& work, const Model& allowed) {
  const Profile profile = profile_of(world, forking(world, operation, work));
  size_t places = 0;
  for (const uint64_t place : sample_points(profile, kUsualPlaces)) {
    world.reset();
    Stepper parent(forking(world, operation, work));
    bool inside = bring(parent, profile, place);
    while (inside && !parent.in_program()) inside = parent.step() == Stepper::Stop::inside;
    if (!inside) continue;
    ++places;
    const uint64_t point = parent.instructions();
    const Ending ending = parent.run_to_end(std::chrono::seconds(20), SIGUSR1);
    EXPECT_TRUE(ending.ok()) << operation.name << " " << ending.text() << " after a fork at " << point;
    attach_segment(world.live(), "undertaker").bury_dead();  // the child, which ended without a word
    const std::string wrong = world.check_left(allowed);
    EXPECT_EQ(wrong, "") << operation.name << ", forked at " << point;
    if (!ending.ok() || !wrong.empty()) break;
  }
  tell("forked", operation.name, fmt::format("places={}", places));
  return places;
}

/// Those that work with what is open; in the full start state, or in all of them if nothing is sampled.
std::vector<std::string> names_of_prepared(const std::vector<Operation>& operations) {
  std::vector<std::string> names;
  for (const std::string& name : names_of(operations))
    if (!operation_named(name).attaches && name.find("detach") == std::string::npos &&
        (in_full() || name.find("_in_full") != std::string::npos))
      names.push_back(name);
  return names;
}

class Forked : public ::testing::TestWithParam<std::string> {};

TEST_P(Forked, InsideAnOperationHarmsNeither) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const Work work = [](const Worker& worker) {
    for (const Peer& peer : peers())
      if (const std::string wrong = peer.run(*worker.segment, *worker.cache); !wrong.empty())
        return fmt::format("{}: {}", peer.name, wrong);
    return std::string();
  };
  EXPECT_GT(fork_everywhere(world, operation, work, world.beside(operation, {0, 1, 3})), 0u);
}

const auto name_of = [](const auto& tested) { return tested.param; };
INSTANTIATE_TEST_SUITE_P(Every, Forked, ::testing::ValuesIn(names_of_prepared(operations())), name_of);

class ForkedInStore : public ::testing::TestWithParam<std::string> {};

TEST_P(ForkedInStore, InsideAnOperationHarmsNeither) {
  const Operation& operation = operation_named(GetParam());
  World world(operation.fill);
  const StorePeer& peer = store_peers()[std::hash<std::string>()(operation.name) % store_peers().size()];
  const Work work = [&peer](const Worker& worker) { return peer.run(*worker.store); };
  EXPECT_GT(fork_everywhere(world, operation, work, world.around(operation, {peer.run})), 0u) << peer.name;
}

INSTANTIATE_TEST_SUITE_P(Every, ForkedInStore, ::testing::ValuesIn(names_of_prepared(store_operations())), name_of);

}  // namespace
}  // namespace larder::test
