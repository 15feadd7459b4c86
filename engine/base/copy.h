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

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/atomic.h"

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

/// At least 16 bytes: unrolled vector moves, the tail by an overlapping one.
inline void copy_vectors(char* to, const char* from, size_t size) {
  const auto move = [&](size_t at) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at)));
  };
  size_t at = 0;
  for (; at + 64 <= size; at += 64) {
    move(at);
    move(at + 16);
    move(at + 32);
    move(at + 48);
    asm volatile("" ::: "memory");
  }
  for (; at + 16 <= size; at += 16) {
    move(at);
    asm volatile("" ::: "memory");
  }
  if (at < size) move(size - 16);
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

inline void copy_out(void* to, const void* from, size_t size) {
  compiler_barrier();
  if (size >= 16)
    copy_vectors(static_cast<char*>(to), static_cast<const char*>(from), size);
  else
    copy_small(static_cast<char*>(to), static_cast<const char*>(from), size);
  compiler_barrier();
}
inline void copy_in(void* to, const void* from, size_t size) { copy_out(to, from, size); }

inline bool equal_bytes(const void* shared, const void* own, size_t size) {
  const auto* a = static_cast<const char*>(shared);
  const auto* b = static_cast<const char*>(own);
  compiler_barrier();
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
  compiler_barrier();
  return differ == 0;
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
