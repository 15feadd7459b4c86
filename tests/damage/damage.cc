#include "damage/damage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "support/values.h"

namespace larder::test {
namespace {

void flip_bits(std::string& image, const Part& within, uint64_t count, Random& random) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t bit = random.below(within.size * 8);
    image[within.at + bit / 8] = static_cast<char>(image[within.at + bit / 8] ^ 1 << bit % 8);
  }
}

/// A word replaced by one that programs stumble over: none, all, one bit, a neighbour's, one more or less.
void odd_word(std::string& image, const Part& within, Random& random) {
  if (within.size < 16) return flip_bits(image, within, 8, random);
  char* at = image.data() + within.at + random.below(within.size / 8 - 1) * 8;
  uint64_t word = 0, next = 0;
  std::memcpy(&word, at, 8);
  std::memcpy(&next, at + 8, 8);
  const uint64_t choices[] = {0, ~uint64_t{0}, uint64_t{1} << random.below(64), next, word + 1, word - 1, word >> 32};
  std::memcpy(at, &choices[random.below(std::size(choices))], 8);
}

void overwrite(std::string& image, const Part& within, Random& random) {
  const uint64_t at = random.below(within.size), size = std::min(within.size - at, 1 + random.below(4096));
  const uint64_t choice = random.below(3);
  for (uint64_t i = 0; i < size; ++i)
    image[within.at + at + i] = static_cast<char>(choice == 0 ? 0 : choice == 1 ? 0xff : random.below(256));
}

/// What a write to the wrong place leaves: bytes of elsewhere.
void misplace(std::string& image, const Part& within, Random& random) {
  const uint64_t size = std::min(within.size, 8 + random.below(512) * 8);
  const uint64_t to = within.at + random.below(within.size - size + 1) / 8 * 8;
  const uint64_t from = random.below(image.size() - size + 1) / 8 * 8;
  const std::string moved = image.substr(from, size);
  image.replace(to, size, moved);
}

}  // namespace

std::string damage(std::string& image, const std::vector<Part>& parts, uint64_t seed) {
  Random random(seed);
  const Part everything{"the file", 0, image.size()};
  const Part& part = parts[random.below(parts.size())];
  switch (random.below(7)) {
    case 0: flip_bits(image, part, 1, random); return "one bit in " + part.name;
    case 1: flip_bits(image, part, 2 + random.below(63), random); return "bits in " + part.name;
    case 2: flip_bits(image, everything, 1 + random.below(4096), random); return "bits anywhere";
    case 3: overwrite(image, everything, random); return "a run of bytes anywhere";
    case 4: overwrite(image, part, random); return "a run of bytes in " + part.name;
    case 5: misplace(image, part, random); return "other bytes in " + part.name;
    default: odd_word(image, part, random); return "a word in " + part.name;
  }
}

}  // namespace larder::test
