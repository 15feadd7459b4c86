// structure.h – the bits of an image that the audit's rules constrain: flipping one of them is structural damage.
//
// What it is    for every rule of docs/design/audit.md the words it speaks of, bit by bit, as they are in this image.
// Not in it     because any value is legal or harmless: bytes of values, lengths of values that reach neither into the
//               next live entry nor out of the page, reference counts and versions of slots, ghosts, tag epochs,
//               counters, samples, words of policy and tuning, who a worker is, expiries (but for those before their
//               page's earliest), cells that were dropped or outlived their page, generations beyond what cells
//               remember.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace larder::test {

struct StructuralBit {
  uint64_t at = 0;  ///< byte of the file
  uint8_t bit = 0;
  const char* what = "";  ///< kind of word
};

/// Of an image that everybody left in order.
std::vector<StructuralBit> structural_bits(const std::string& image);

}  // namespace larder::test
