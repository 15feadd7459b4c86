// replay_test.cc – every target over its corpus: what a fuzzer found once stays found, in every build.
//
// And over changes of it, made without looking at what they reach: a fuzzer for where there is no clang.
// LARDER_FUZZ_MUTATIONS says how many for each target, LARDER_FUZZ_SEED which.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/targets.h"
#include "support/process.h"
#include "support/values.h"

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

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr && *wanted != 0 ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

/// One to eight changes: bits, bytes, runs moved or taken out, pieces of another example put in.
std::string mutated(std::string bytes, const std::string& other, Random& random) {
  for (uint64_t changes = 1 + random.below(8); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = random.below(bytes.size()), count = std::min<size_t>(bytes.size() - at, 1 + random.below(32));
    switch (random.below(6)) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8)); break;
      case 1: bytes[at] = static_cast<char>(random.below(256)); break;
      case 2: bytes.erase(at, count); break;
      case 3: bytes.insert(at, bytes.substr(random.below(bytes.size()), count)); break;
      case 4: bytes.replace(at, count, std::string(count, random.below(2) == 0 ? '\0' : '\xff')); break;
      default: bytes.insert(at, other.substr(random.below(other.size() + 1), count));
    }
  }
  return bytes;
}

TEST_P(Replay, OfChangesToTheCorpusEndsInOrder) {
  const fuzz::Target& target = *fuzz::find_target(GetParam());
  std::vector<std::string> examples;
  for (const auto& file : corpus_of(target)) examples.push_back(content_of(file));
  ASSERT_FALSE(examples.empty());
  const uint64_t seed = number_from("LARDER_FUZZ_SEED", 1), count = number_from("LARDER_FUZZ_MUTATIONS", 150);
  const std::string crashing = fmt::format("{}larder-fuzz-{}", ::testing::TempDir(), target.name);
  const Ending ending = in_child(
      [&] {
        for (uint64_t i = 0; i < count; ++i) {
          Random random(seed + i);
          const std::string bytes =
              mutated(examples[random.below(examples.size())], examples[random.below(examples.size())], random);
          std::ofstream(crashing, std::ios::binary) << bytes;
          target.run(bytes);
        }
        return 0;
      },
      std::chrono::minutes(30));
  EXPECT_TRUE(ending.ok()) << target.name << " " << ending.text() << "; the bytes are in " << crashing;
  if (ending.ok()) std::filesystem::remove(crashing);
}

std::vector<const char*> names() {
  std::vector<const char*> all;
  for (const fuzz::Target& target : fuzz::targets()) all.push_back(target.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay, ::testing::ValuesIn(names()),
                         [](const auto& tested) { return std::string(tested.param); });

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
