// ghosts.h – fingerprints of recently evicted keys: the non-resident entries of Clock-PRO.
//
// What it is    a table of cache lines, each a small FIFO of 31 fingerprints (16 bits) and a cursor. A line forgets its
//               oldest when it remembers a new one; using fewer cells of each line ("ways") shortens the memory, so the
//               table holds the wanted number of ghosts whatever size the entries turn out to have.
// Invariants    none that matter: a ghost is a hint. A false one (1 in 2000 lookups of a full line) only lets an entry
//               into the hot ring early.
// Concurrency   relaxed half-word accesses; racing writers may lose a ghost.
// Crash         nothing to repair.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/atomic.h"
#include "base/halves.h"

namespace larder::policy {

constexpr uint32_t kGhostsPerLine = 31;

struct alignas(64) GhostLine {
  uint16_t cursor;
  uint16_t prints[kGhostsPerLine];
};
static_assert(sizeof(GhostLine) == 64);

class Ghosts {
 public:
  Ghosts() = default;
  Ghosts(GhostLine* lines, uint32_t count) : lines_(lines), count_(count) {}

  uint32_t lines() const { return count_; }
  /// Cells of each line to use so that about `wanted` keys are remembered.
  uint32_t ways_for(double wanted) const {
    return static_cast<uint32_t>(std::clamp(wanted / std::max(1u, count_) + 0.5, 0.0, double(kGhostsPerLine)));
  }

  /// Fetches a key's line ahead of remember() or recall().
  void prefetch(uint64_t hash) const { __builtin_prefetch(&line_of(hash), 1); }

  void remember(uint64_t hash, uint32_t ways) const {
    if (ways == 0) return;
    ways = std::min(ways, kGhostsPerLine);
    GhostLine& line = line_of(hash);
    const uint32_t cursor = base::load_half_relaxed(&line.cursor);
    const uint32_t next = cursor + 1 >= ways ? 0 : cursor + 1;
    base::store_half_relaxed(&line.prints[next], print_of(hash));
    base::store_half_relaxed(&line.cursor, static_cast<uint16_t>(next));
  }

  /// If the key was evicted recently: its age, 0 for the newest of its line, below `ways`. Forgets it.
  std::optional<uint32_t> recall(uint64_t hash, uint32_t ways) const {
    GhostLine& line = line_of(hash);
    ways = std::min(ways, kGhostsPerLine);
    const uint64_t used = ((uint64_t{1} << ways) - 1) << 1;  // behind the cursor
    const uint64_t equal = base::equal_halves(&line.cursor, print_of(hash)) & used;
    if (equal == 0) return std::nullopt;
    const auto i = static_cast<uint32_t>(__builtin_ctzll(equal)) - 1;
    base::store_half_relaxed(&line.prints[i], 0);
    const uint32_t newest = std::min<uint32_t>(base::load_half_relaxed(&line.cursor), ways - 1);
    return newest >= i ? newest - i : newest + ways - i;
  }

  void forget_all() const {
    for (uint32_t l = 0; l < count_; ++l)
      for (uint16_t& print : lines_[l].prints) base::store_half_relaxed(&print, 0);
  }

 private:
  GhostLine& line_of(uint64_t hash) const {
    return lines_[static_cast<uint32_t>((static_cast<unsigned __int128>(hash) * count_) >> 64)];
  }
  static uint16_t print_of(uint64_t hash) {
    const uint16_t print = static_cast<uint16_t>(hash >> 16);
    return print == 0 ? 1 : print;
  }

  GhostLine* lines_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace larder::policy
