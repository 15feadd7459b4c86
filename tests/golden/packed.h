// packed.h – golden segments: one file for each layout version there was, compressed.
#pragma once

#include <cstdint>
#include <string>

namespace larder::test {

/// The file of a segment of that layout, as it was made.
std::string golden_segment(uint32_t layout);
/// Writes the golden file of that layout anew.
void keep_golden(uint32_t layout, const std::string& segment);

}  // namespace larder::test
