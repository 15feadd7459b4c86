// damage_test.cc – promise P16: on a segment with random damage, every operation answers.
//
// The story: bits flip, a stray write hits, a block lands in the wrong place; anywhere in the file. A worker attaches
// (or is refused; in a quarter of the cases it has attached before) and does a thousand operations of every kind,
// beside a keeper, a burier and onlookers. Nothing crashes, nothing takes long, nothing outside of the mapping is
// touched (guards.cc), nothing constant is written to. LARDER_DAMAGE_ROUNDS and LARDER_DAMAGE_SEED choose how many
// cases, and the first one; LARDER_DAMAGE_IMAGES names a folder where the undamaged images are kept, so that a seed
// means the same in the next run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>

#include "damage/cases.h"
#include "damage/stopwatch.h"
#include "damage/subject.h"
#include "segment/layout.h"
#include "segment/member.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

/// The image of the folder, which is made if it is not there; without a folder a new one.
std::string kept_image(const char* name, Leaving leaving) {
  const char* folder = std::getenv("LARDER_DAMAGE_IMAGES");
  if (folder == nullptr || *folder == 0) return subject_image(leaving);
  const std::string path = fmt::format("{}/{}-{}.image", folder, name, segment::kLayoutVersion);
  std::ifstream kept(path, std::ios::binary);
  if (kept) return {std::istreambuf_iterator<char>(kept), {}};
  const std::string image = subject_image(leaving);
  std::ofstream(path, std::ios::binary) << image;
  return image;
}

#ifdef LARDER_SANITIZED
constexpr uint64_t kCases = 40;
#else
constexpr uint64_t kCases = 200;
#endif

TEST(RandomDamage, NeitherCrashesNorHangsNorLeavesTheMapping) {
  const std::vector<std::string> images = {kept_image("left", Leaving::in_order),
                                           kept_image("killed", Leaving::killed)};
  const Campaign campaign{.first_seed = number_from("LARDER_DAMAGE_SEED", 1),
                          .cases = number_from("LARDER_DAMAGE_ROUNDS", kCases)};
  const Outcome outcome = run_cases(images, campaign);
  fmt::print(
      "[  DAMAGE  ] seeds {} to {}: {} cases, {} refused by attach, {} operations on the others, {} audits, {} "
      "diagnoses\n[  DAMAGE  ] longest operation: {} us of processor time, {}; {} cases repeated that seemed slow\n",
      campaign.first_seed, campaign.first_seed + campaign.cases - 1, outcome.cases, outcome.refused, outcome.operations,
      outcome.audits, outcome.diagnoses, outcome.worst_us, outcome.worst, outcome.repeated);
  for (const std::string& failure : outcome.failures) ADD_FAILURE() << failure;
  EXPECT_EQ(outcome.cases, campaign.cases);
  if (campaign.cases >= 100) {
    EXPECT_GT(outcome.refused, 0u);
    EXPECT_GT(outcome.audits, 0u);
    EXPECT_GT(outcome.operations, campaign.cases * 100);
  }
}

// The watch is right: what this test relies on.
TEST(Stopwatch, CountsProcessorTimeAndNotWaiting) {
  const auto processor_ms = [] { return int64_t(std::clock()) * 1000 / CLOCKS_PER_SEC; };
  Stopwatch watch;
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_LT(watch.lap(), 5'000u);
  for (const int64_t start = processor_ms(); processor_ms() < start + 20;) {
  }
  const uint64_t took = watch.lap();
  EXPECT_GE(took, 19'000u);
  EXPECT_LT(took, 30'000u);
  for (int lap = 0; lap < 1000; ++lap) EXPECT_LT(watch.lap(), 5'000u);
}

// The guards are there: what this test relies on.
TEST(RandomDamage, BeyondTheMappingIsATrap) {
  const TempDirectory directory;
  create_segment(segment_options(directory, {cache_options("main", 64 << 10)}));
  for (const bool above : {false, true}) {
    const Ending ending = in_child([&] {
      const Segment segment = attach_segment(directory.path());
      const auto* base = reinterpret_cast<const volatile char*>(segment.member()->base());
      const char met = above ? base[segment.bytes()] : base[-1];
      return met == 0 ? 0 : 1;
    });
    EXPECT_FALSE(ending.ok()) << (above ? "above" : "below");
  }
}

}  // namespace
}  // namespace larder::test
