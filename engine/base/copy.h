// copy.h – bytes into and out of page memory that others may be recycling at the same time.
//
// What it is    copy_out reads a value (or compares a key) optimistically: the caller checks afterwards that the slot
//               did not change, and discards the copy if it did. copy_in fills bytes that nobody else may write.
// Invariants    C1 all loads of copy_out and equal_bytes happen before any later load of the caller: x86-64 keeps
//               loads in order, and the compiler is held by a barrier, so the functions use plain vector moves,
//               never `rep movs` or a library call (tests/lint/copy_code.py looks at the object code).
//               C2 in sanitized builds the same functions use byte-wise atomics, so that the race is defined behaviour
//               and ThreadSanitizer can watch the protocol around it.
// Concurrency   any number of readers beside one writer or recycler.
// Crash         a half-copied entry is never published.
#pragma once

#include <smmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/atomic.h"
#include "base/blocks.h"

namespace larder::base {

#ifdef LARDER_SANITIZED
inline void copy_out(void* to, const void* from, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < size; ++i) out[i] = load_byte_acquire(in + i);
}
inline void copy_in(void* to, const void* from, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < size; ++i) store_byte_release(out + i, in[i]);
}
inline bool equal_bytes(const void* shared, const void* own, size_t size) {
  const auto* a = static_cast<const uint8_t*>(shared);
  const auto* b = static_cast<const uint8_t*>(own);
  for (size_t i = 0; i < size; ++i)
    if (load_byte_acquire(a + i) != b[i]) return false;
  return true;
}
#else
/// Holds the compiler: nothing moves across it. Costs no instruction.
inline void compiler_barrier() { asm volatile("" ::: "memory"); }

[[gnu::always_inline]] inline void move_block(char* to, const char* from) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
[[gnu::always_inline]] inline void move_line(char* to, const char* from) {
  move_block(to, from);
  move_block(to + 16, from + 16);
  move_block(to + 32, from + 32);
  move_block(to + 48, from + 48);
}

/// More than 64 bytes: by lines, the last of which overlaps the one before.
inline void copy_lines(char* to, const char* from, size_t size) {
  for (size_t at = 0; at + 64 < size; at += 64) {
    move_line(to + at, from + at);
    compiler_barrier();  // or the compiler makes a library call of the loop
  }
  move_line(to + size - 64, from + size - 64);
}

inline void copy_small(char* to, const char* from, size_t size) {
  if (size >= 8) {
    uint64_t head, tail;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + size - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + size - 8, &tail, 8);
  } else if (size >= 4) {
    uint32_t head, tail;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + size - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + size - 4, &tail, 4);
  } else if (size > 0) {
    const char first = from[0], middle = from[size / 2], last = from[size - 1];
    to[0] = first;
    to[size / 2] = middle;
    to[size - 1] = last;
  }
}

[[gnu::always_inline]] inline void copy_out(void* to, const void* from, size_t size) {
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  compiler_barrier();
  if (FourBlocks::cover(size)) {
    const FourBlocks blocks(size);
    move_block(out, in);
    move_block(out + blocks.second, in + blocks.second);
    move_block(out + blocks.third, in + blocks.third);
    move_block(out + blocks.last, in + blocks.last);
  } else if (size > FourBlocks::kMost) {
    copy_lines(out, in, size);
  } else {
    copy_small(out, in, size);
  }
  compiler_barrier();
}
[[gnu::always_inline]] inline void copy_in(void* to, const void* from, size_t size) { copy_out(to, from, size); }

/// Not one bit set if the blocks of 16 bytes are equal.
[[gnu::always_inline]] inline __m128i difference(const char* a, const char* b) {
  return _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a)),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
}

/// Any size: words of 8 bytes, the last overlapping; bytes if there are fewer.
inline bool equal_words(const char* a, const char* b, size_t size) {
  uint64_t differ = 0;
  const auto compare = [&](size_t at) {
    uint64_t x, y;
    std::memcpy(&x, a + at, 8);
    std::memcpy(&y, b + at, 8);
    differ |= x ^ y;
  };
  if (size >= 8) {
    for (size_t at = 0; at + 8 < size; at += 8) compare(at);
    compare(size - 8);
  } else {
    for (size_t at = 0; at < size; ++at) differ |= static_cast<uint64_t>(a[at] ^ b[at]);
  }
  return differ == 0;
}

[[gnu::always_inline]] inline bool equal_bytes(const void* shared, const void* own, size_t size) {
  const auto* a = static_cast<const char*>(shared);
  const auto* b = static_cast<const char*>(own);
  compiler_barrier();
  if (ThreeBlocks::cover(size)) [[likely]] {
    const ThreeBlocks blocks(size);
    __m128i differ = difference(a, b);
    differ = _mm_or_si128(differ, difference(a + blocks.middle, b + blocks.middle));
    differ = _mm_or_si128(differ, difference(a + blocks.last, b + blocks.last));
    compiler_barrier();
    return _mm_testz_si128(differ, differ) != 0;
  }
  const bool equal = equal_words(a, b, size);
  compiler_barrier();
  return equal;
}
#endif

/// Zeroes words that others may still be reading optimistically. `at` and `size` are multiples of 8.
inline void zero_words(void* at, size_t size) {
#ifdef LARDER_SANITIZED
  auto* words = static_cast<uint64_t*>(at);
  for (size_t i = 0; i < size / 8; ++i) store_word_release(words + i, 0);
#else
  compiler_barrier();
  std::memset(at, 0, size);
  compiler_barrier();
#endif
}

}  // namespace larder::base
