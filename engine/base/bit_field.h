// bit_field.h – named fields of a 64-bit word, instead of shifts in the code.
//
// What it is    Field<Shift, Bits> reads, writes and masks one field; a word's layout is a struct of such fields with
//               a static_assert that they tile the word.
// Concurrency   pure functions.
#pragma once

#include <cstdint>

namespace larder::base {

template <unsigned Shift, unsigned Bits>
struct Field {
  static_assert(Bits > 0 && Shift + Bits <= 64);
  static constexpr unsigned kShift = Shift;
  static constexpr unsigned kBits = Bits;
  static constexpr uint64_t kMax = Bits == 64 ? ~uint64_t{0} : (uint64_t{1} << Bits) - 1;
  static constexpr uint64_t kMask = kMax << Shift;

  static constexpr uint64_t get(uint64_t word) { return (word >> Shift) & kMax; }
  static constexpr uint64_t make(uint64_t value) { return (value & kMax) << Shift; }
  static constexpr uint64_t set(uint64_t word, uint64_t value) { return (word & ~kMask) | make(value); }
  /// One more, wrapping inside the field.
  static constexpr uint64_t bump(uint64_t word) { return set(word, get(word) + 1); }
};

}  // namespace larder::base
