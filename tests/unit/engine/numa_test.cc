// numa_test.cc – placements: what is accepted, and what the kernel says of a file's memory afterwards.
#include "os/numa.h"

#include <gtest/gtest.h>

#include "larder/segment.h"
#include "os/mapping.h"
#include "support/temp_directory.h"

namespace larder::os {
namespace {

std::string refusal(std::string_view placement) {
  const auto nodes = nodes_of_placement(placement);
  return nodes ? "" : nodes.error().message + " / " + nodes.error().hint;
}

TEST(Numa, PlacementsNameNodesOfTheMachine) {
  const std::vector<uint32_t> present = nodes_of_machine();
  ASSERT_FALSE(present.empty());
  EXPECT_TRUE(nodes_of_placement("")->empty());
  EXPECT_EQ(*nodes_of_placement("interleave"), present);
  const std::string first = std::to_string(present.front());
  EXPECT_EQ(*nodes_of_placement(first + "," + first + "-" + first), std::vector<uint32_t>{present.front()});
}

TEST(Numa, WhatIsNoPlacementIsRefused) {
  for (const char* text : {"x", "0,", ",0", "0-", "-0", "1-0", "0 ", "all", "99999999999", "1024"})
    EXPECT_NE(refusal(text).find("no placement"), std::string::npos) << text << ": " << refusal(text);
}

TEST(Numa, AnAbsentNodeIsRefusedByNumber) {
  if (nodes_of_machine().back() == kMaxNodes - 1) GTEST_SKIP() << "this machine has the last node";
  EXPECT_NE(refusal("1023").find("no NUMA node 1023"), std::string::npos) << refusal("1023");
  EXPECT_NE(refusal("1023").find("it has 0"), std::string::npos) << refusal("1023");
}

TEST(Numa, EveryMappingOfAPlacedFileHasItsPlacement) {
  const test::TempDirectory directory;
  const std::string node = std::to_string(nodes_of_machine().front());
  constexpr uint64_t kSize = 1 << 20;
  const Result<ShmFile> placed = ShmFile::create_unnamed(directory.path(), {.size = kSize, .placement = node});
  if (!placed && placed.error().message.find("placing") != std::string::npos) GTEST_SKIP() << placed.error().message;
  ASSERT_TRUE(placed) << placed.error().message;
  const Result<Mapping> mapping = Mapping::map(*placed, kSize, false);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(placement_at(mapping->data()), "bind " + node);
  EXPECT_EQ(placement_at(mapping->data() + kSize - 1), "bind " + node);
  const Result<ShmFile> other = ShmFile::create_unnamed(directory.path(), {.size = kSize});
  ASSERT_TRUE(other);
  const Result<Mapping> elsewhere = Mapping::map(*other, kSize, false);
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(placement_at(elsewhere->data()), "default");
}

TEST(Numa, ASegmentOnAnAbsentNodeIsNotMade) {
  if (nodes_of_machine().back() == kMaxNodes - 1) GTEST_SKIP() << "this machine has the last node";
  const test::TempDirectory directory;
  SegmentOptions options;
  options.directory = directory.path();
  options.numa = "1023";
  options.caches.emplace_back().name = "cache";
  const Result<Segment> segment = Segment::create(options);
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace larder::os
