// storm_test.cc – promises P3, P20 and P31 together: everybody works, and anybody may die, stop or fork at any moment.
//
// The story: six workers use three caches and a store as hard as they can, fork children and prove every value; up to
// two larderds keep the segment; the tool looks on. A tormentor kills, stops and continues all of them at random, now
// and then all at one moment. A supervisor audits the running segment three times a second. At the end nothing wrong
// was read, no increment is lost or made twice, no lease was held by two, no page, slot or line is lost, and the file
// is what it was. LARDER_STORM_SECONDS and LARDER_STORM_SEED choose how long and which.
#include "storm/storm.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "support/segments.h"

namespace larder::test {
namespace {

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

TEST(Storm, LeavesNothingWrongAndNothingLost) {
  const TempDirectory directory;
  create_segment(storm_options(directory));
  std::ofstream(directory / "storm.toml") << "[sidecar]\ninterval = \"20ms\"\n";
  const Storm storm{std::chrono::seconds(number_from("LARDER_STORM_SECONDS", 15)), number_from("LARDER_STORM_SEED", 1)};
  const Damages damages = blow(directory, storm);
  fmt::print(
      "[  STORM   ] seed {}: {} operations of workers, {} increments ({} in flight at a kill), {} leases, {} "
      "forks\n[  STORM   ] {} workers killed, {} larderds, {} tools; {} times everybody; {} stops; {} buried\n"
      "[  STORM   ] {} larderds and {} tools started; {} audits of the running segment, {} facts, {} violations\n",
      storm.seed, damages.operations, damages.increments, damages.uncertain, damages.leases, damages.forks,
      damages.worker_kills, damages.daemon_kills, damages.tool_kills, damages.everybody_kills, damages.stops,
      damages.buried, damages.daemons, damages.tools, damages.audits, damages.checks, damages.violations.size());
  for (const std::string& violation : damages.violations) ADD_FAILURE() << violation;
  if (!damages.violations.empty())
    for (const char* log : {"larderd.log", "tools.log"})
      fmt::print("{}:\n{}\n", log, [&] {
        std::ifstream file(directory / log);
        return std::string(std::istreambuf_iterator<char>(file), {});
      }());
  EXPECT_GT(damages.operations, 10'000u);
  EXPECT_GT(damages.worker_kills, 10u);
  EXPECT_GT(damages.stops, 10u);
  EXPECT_GT(damages.everybody_kills, 0u);
  EXPECT_GT(damages.daemons, 0u);
  EXPECT_GT(damages.tools, 0u);
  EXPECT_GT(damages.buried, 0u);
}

}  // namespace
}  // namespace larder::test
