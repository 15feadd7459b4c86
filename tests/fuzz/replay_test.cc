// replay_test.cc – every target over its corpus: what a fuzzer found once stays found, in every build.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/targets.h"
#include "support/process.h"

namespace larder::test {
namespace {

std::vector<std::filesystem::path> corpus_of(const fuzz::Target& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(LARDER_CORPUS) / target.name))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Replay : public ::testing::TestWithParam<const char*> {};

TEST_P(Replay, OfTheCorpusEndsInOrder) {
  const fuzz::Target& target = *fuzz::find_target(GetParam());
  const auto files = corpus_of(target);
  EXPECT_FALSE(files.empty()) << "no example of " << target.reads;
  const Ending ending = in_child([&] {
    for (const auto& file : files) {
      fmt::print(stderr, "{}\r", file.filename().string());  // of the last one a crash leaves the name
      target.run(content_of(file));
    }
    target.run({});
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << target.name << " " << ending.text();
}

std::vector<const char*> names() {
  std::vector<const char*> all;
  for (const fuzz::Target& target : fuzz::targets()) all.push_back(target.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay, ::testing::ValuesIn(names()),
                         [](const auto& info) { return std::string(info.param); });

// A contradiction is noticed: what all targets rely on.
TEST(Require, EndsTheProcessWhenAFactDoesNotHold) {
  EXPECT_TRUE(in_child([] {
                fuzz::require(true, "holds");
                return 0;
              }).ok());
  EXPECT_NE(in_child([] {
              fuzz::require(false, "does not hold (as this test expects)");
              return 0;
            }).signal,
            0);
}

}  // namespace
}  // namespace larder::test
