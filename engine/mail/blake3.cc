// blake3.cc – chunks of 1024 bytes, compressed in blocks of 64, joined as a binary tree; see blake3.h.
//
// Names are those of the specification: a chaining value (CV) stands for a chunk or a subtree, and an Output is a node
// whose last compression is still to be done, because it differs for the root.
#include "mail/blake3.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace larder::mail {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kChunkBytes = 1024;
constexpr uint32_t kChunkStart = 1, kChunkEnd = 2, kParent = 4, kRoot = 8;

using Words = std::array<uint32_t, 8>;
using Block = std::array<uint32_t, 16>;

constexpr Words kInitial{0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                         0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr std::array<uint8_t, 16> kPermutation{2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
constexpr int kRounds = 7;

void mix(Block& state, size_t a, size_t b, size_t c, size_t d, uint32_t x, uint32_t y) {
  state[a] = state[a] + state[b] + x;
  state[d] = std::rotr(state[d] ^ state[a], 16);
  state[c] = state[c] + state[d];
  state[b] = std::rotr(state[b] ^ state[c], 12);
  state[a] = state[a] + state[b] + y;
  state[d] = std::rotr(state[d] ^ state[a], 8);
  state[c] = state[c] + state[d];
  state[b] = std::rotr(state[b] ^ state[c], 7);
}

void round(Block& state, const Block& m) {
  for (size_t i = 0; i < 4; ++i) mix(state, i, 4 + i, 8 + i, 12 + i, m[2 * i], m[2 * i + 1]);
  for (size_t i = 0; i < 4; ++i) {
    mix(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[8 + 2 * i], m[9 + 2 * i]);
  }
}

struct Output {
  Words cv;
  Block block;
  uint64_t counter;
  uint32_t length;
  uint32_t flags;

  /// The first half of the compressed state, which is all that 32 bytes of hash need.
  Words compress(uint32_t more_flags) const {
    Block state{cv[0],
                cv[1],
                cv[2],
                cv[3],
                cv[4],
                cv[5],
                cv[6],
                cv[7],
                kInitial[0],
                kInitial[1],
                kInitial[2],
                kInitial[3],
                static_cast<uint32_t>(counter),
                static_cast<uint32_t>(counter >> 32),
                length,
                flags | more_flags};
    Block message = block;
    for (int i = 0; i < kRounds; ++i) {
      round(state, message);
      Block permuted;
      for (size_t word = 0; word < permuted.size(); ++word) permuted[word] = message[kPermutation[word]];
      message = permuted;
    }
    Words result;
    for (size_t i = 0; i < result.size(); ++i) result[i] = state[i] ^ state[i + 8];
    return result;
  }
};

Block block_of(std::string_view bytes) {
  Block block{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    block[i / 4] |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * (i % 4));
  }
  return block;
}

Output chunk_output(std::string_view chunk, uint64_t number) {
  Words cv = kInitial;
  uint32_t start = kChunkStart;
  for (; chunk.size() > kBlockBytes; chunk.remove_prefix(kBlockBytes)) {
    cv = Output{cv, block_of(chunk.substr(0, kBlockBytes)), number, kBlockBytes, start}.compress(0);
    start = 0;
  }
  return {cv, block_of(chunk), number, static_cast<uint32_t>(chunk.size()), start | kChunkEnd};
}

Output parent_output(const Words& left, const Words& right) {
  Block block;
  std::copy(left.begin(), left.end(), block.begin());
  std::copy(right.begin(), right.end(), block.begin() + left.size());
  return {kInitial, block, 0, kBlockBytes, kParent};
}

/// The tree over an input: the left subtree takes the largest power of two of chunks that leaves something to the
/// right.
Output tree_output(std::string_view input, uint64_t first_chunk) {
  if (input.size() <= kChunkBytes) return chunk_output(input, first_chunk);
  const size_t left_chunks = std::bit_floor((input.size() - 1) / kChunkBytes);
  const size_t left = left_chunks * kChunkBytes;
  return parent_output(tree_output(input.substr(0, left), first_chunk).compress(0),
                       tree_output(input.substr(left), first_chunk + left_chunks).compress(0));
}

}  // namespace

std::string blake3(std::string_view input) {
  std::string hash;
  for (const uint32_t word : tree_output(input, 0).compress(kRoot)) {
    for (int shift = 0; shift < 32; shift += 8) hash += static_cast<char>(word >> shift);
  }
  return hash;
}

}  // namespace larder::mail
