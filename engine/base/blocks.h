// blocks.h – short byte strings as a fixed number of blocks of 16 bytes that overlap where they must.
//
// What it is    the offsets of the blocks. Whatever the size, the same loads cover all bytes and touch no others: keys
//               and small values vary in length from call to call, and a branch on the length is one that the processor
//               guesses wrong and that, where the bytes come from memory, throws away the work begun behind it.
// Invariants    every byte is in at least one block; the first begins at 0, the last ends with the last byte.
// Concurrency   arithmetic.
// Crash         process-private.
#pragma once

#include <cstddef>

namespace larder::base {

/// 16 to 48 bytes: nearly all keys.
struct ThreeBlocks {
  static constexpr size_t kLeast = 16, kMost = 48;
  static constexpr bool cover(size_t size) { return size - kLeast <= kMost - kLeast; }

  explicit constexpr ThreeBlocks(size_t size) : middle((size - 16) / 2), last(size - 16) {}

  size_t middle, last;
};

/// 16 to 64 bytes: small values.
struct FourBlocks {
  static constexpr size_t kLeast = 16, kMost = 64;
  static constexpr bool cover(size_t size) { return size - kLeast <= kMost - kLeast; }

  explicit constexpr FourBlocks(size_t size)
      : second(size < 32 ? size - 16 : 16), third(size < 32 ? 0 : size - 32), last(size - 16) {}

  size_t second, third, last;
};

}  // namespace larder::base
