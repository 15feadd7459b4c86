// halves.h – searching a cache line of 16-bit cells at once.
//
// What it is    equal_halves compares 32 cells that others may be changing. Each 16-bit lane of an aligned vector load
//               is loaded whole, as if by 32 relaxed loads; sanitized builds do those.
// Concurrency   loads only.
// Crash         process-private.
#pragma once

#include <emmintrin.h>

#include <cstdint>

#include "base/atomic.h"

namespace larder::base {

/// Bit i is set if cell i of the line, which is 64 bytes and aligned so, is `wanted`.
inline uint32_t equal_halves(const uint16_t* line, uint16_t wanted) {
#ifdef LARDER_SANITIZED
  uint32_t equal = 0;
  for (uint32_t i = 0; i < 32; ++i) equal |= static_cast<uint32_t>(load_half_relaxed(line + i) == wanted) << i;
  return equal;
#else
  const __m128i all = _mm_set1_epi16(static_cast<int16_t>(wanted));
  const auto* cells = reinterpret_cast<const __m128i*>(line);
  const auto pair = [&](int i) {
    const __m128i low = _mm_cmpeq_epi16(_mm_load_si128(cells + i), all);
    const __m128i high = _mm_cmpeq_epi16(_mm_load_si128(cells + i + 1), all);
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
  };
  return pair(0) | pair(2) << 16;
#endif
}

}  // namespace larder::base
