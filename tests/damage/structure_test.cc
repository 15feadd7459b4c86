// structure_test.cc – one wrong bit in what the audit's rules constrain is found, by attach or by the audit.
//
// The story: single bits flip in the segment's structure (structure.h says which bits those are, and which are not),
// one at a time. LARDER_DAMAGE_FLIPS says how many; they are spread over all kinds of words.
#include "damage/structure.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "damage/bed.h"
#include "damage/subject.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

struct Tally {
  uint64_t flips = 0, found = 0;
};

bool is_found(const TempDirectory& directory) {
  const auto inspector = observe::Inspector::open("test", directory.path());
  return !inspector || observe::audit(*inspector).violation_count > 0;
}

TEST(StructuralDamage, IsFoundByAttachOrAudit) {
  const char* wanted = std::getenv("LARDER_DAMAGE_FLIPS");
  const uint64_t flips = wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : 210;
  const TempDirectory directory;
  std::string image = subject_image(Leaving::in_order);
  begin_now(image);
  Bed bed(directory, image.size());
  bed.lay(image);
  ASSERT_TRUE(is_clean(audit_of(directory.path()), true));
  std::map<std::string, std::vector<StructuralBit>> kinds;
  for (const StructuralBit& bit : structural_bits(image)) kinds[bit.what].push_back(bit);
  std::map<std::string, Tally> tallies;
  Random random(flips);
  for (uint64_t i = 0; i < flips; ++i) {
    auto kind = kinds.begin();
    std::advance(kind, static_cast<ptrdiff_t>(i % kinds.size()));
    const StructuralBit& bit = kind->second[random.below(kind->second.size())];
    bed.flip(bit.at, bit.bit);
    Tally& tally = tallies[bit.what];
    ++tally.flips;
    if (is_found(directory))
      ++tally.found;
    else
      fmt::print("[  DAMAGE  ] not found: {}, bit {} of byte {}\n", bit.what, bit.bit, bit.at);
    bed.flip(bit.at, bit.bit);
  }
  EXPECT_TRUE(bed.bytes() == image) << "whoever looked has changed something";
  Tally all;
  for (const auto& [what, tally] : tallies) {
    fmt::print("[  DAMAGE  ] {:20} {:6} of {:6} flips found\n", what, tally.found, tally.flips);
    all.flips += tally.flips;
    all.found += tally.found;
  }
  fmt::print("[  DAMAGE  ] all                  {:6} of {:6} flips found: {:.3f} %\n", all.found, all.flips,
             100.0 * double(all.found) / double(all.flips));
  EXPECT_GE(double(all.found), 0.999 * double(all.flips));
}

}  // namespace
}  // namespace larder::test
