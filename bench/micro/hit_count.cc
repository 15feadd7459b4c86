// hit_count.cc – larder_hit_count: runs hits of one contestant in one process, for a tool that counts instructions.
//
//   larder_hit_count larder 20000
//
// It first runs every key often enough that no reference count changes any more. Two runs with different numbers of
// operations differ by those operations alone: support/count_hit.sh takes the difference.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "micro/drive.h"

namespace larder::bench {
namespace {

constexpr DataSet kSmall{1'000, 64, false};
constexpr uint64_t kRoundsToSaturation = 4;

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const std::map<std::string, Contestant> names = {
      {"larder", Contestant::larder}, {"floor", Contestant::floor}, {"driver", Contestant::driver}};
  CLI::App app("Runs get hits of one contestant, for counting instructions.");
  Contestant contestant = Contestant::larder;
  uint64_t operations = 0;
  app.add_option("contestant", contestant, "larder, floor or driver")
      ->required()
      ->transform(CLI::CheckedTransformer(names));
  app.add_option("operations", operations, "hits after the warm-up")->required();
  CLI11_PARSE(app, argc, argv);

  const Arena arena(kSmall);
  std::vector<uint32_t> trace(kSmall.keys);
  std::iota(trace.begin(), trace.end(), 0u);
  Driver driver(arena, trace);
  const uint64_t all = kRoundsToSaturation * kSmall.keys + operations;
  const Report report = driver.run({order_kind(contestant, Operation::hit), all});
  if (contestant != Contestant::driver && (report.hits != all || report.wrong != 0)) {
    fmt::print(stderr, "larder_hit_count: {} of {} were hits, {} of them wrong: nothing to count\n", report.hits, all,
               report.wrong);
    return 1;
  }
  return 0;
}
