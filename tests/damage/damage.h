// damage.h – one damage of an image, a function of its seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "damage/subject.h"

namespace larder::test {

/// Changes the image and says how, for the report: e.g. "bits in main records: 3 at 41320".
std::string damage(std::string& image, const std::vector<Part>& parts, uint64_t seed);

}  // namespace larder::test
