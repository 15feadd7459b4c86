// mover.h – which cache should get a little memory, and from which other.
//
// What it is    once an interval it is told what each cache would have missed meanwhile at other sizes, and names at
//               most one move of a small share of the memory: from the cache that loses least by it to the one that
//               gains most, each miss counted by what it costs. Memory that no cache has goes to the latter alone.
// Invariants    R1 a cache stays within its bounds; a move is at most kShare of the memory. R2 a move is named only if
//               the gain exceeds the loss by the margin, is worth kWorth of all misses, and was so for the same two
//               caches in kAgree intervals one after the other. While the curves stay as they are each move makes the
//               cost of misses fall by more than the margin of the loss, so none is ever taken back. R3 where the
//               curves change so that one is, the margin doubles, up to kMostMargin, and goes down again slowly: two
//               caches that take turns do not pass memory to and fro.
// Concurrency   plain memory of one thread.
// Crash         process-private; a successor listens anew before it names a move.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "observe/advice.h"
#include "policy/tune_words.h"

namespace larder::tune {

/// What the simulations of one cache have counted.
struct CurveCount {
  uint64_t epoch = 0;                                   ///< another one = they began anew
  bool warm = false;                                    ///< they have seen enough to be believed
  double made_bytes = 0;                                ///< the budget that kCurveSizes are multiples of
  double weight = 1;                                    ///< misses of the cache that one counted miss stands for
  std::array<uint64_t, policy::kCurvePoints> misses{};  ///< since the epoch began
};

/// One cache, as far as moving goes.
struct Holder {
  double bytes = 0;            ///< its budget
  double least = 0, most = 0;  ///< where moving may bring it
  double cost = 1;             ///< of a miss
  CurveCount count;
};

struct Move {
  std::optional<size_t> from;  ///< none: from what no cache has
  size_t to = 0;
  double bytes = 0;
  double loss = 0, gain = 0;  ///< cost of misses an interval, about
};

class Mover {
 public:
  static constexpr double kShare = 0.01;  ///< of the memory of all caches: one move
  static constexpr double kMemory = 0.9;  ///< what an interval's misses count in the next one
  static constexpr double kMargin = 0.1;  ///< by which a gain must exceed the loss, as a share of it
  static constexpr double kMostMargin = 1.6;
  static constexpr double kCaution = 2;    ///< a move that takes another back multiplies the margin by this...
  static constexpr double kCalm = 0.99;    ///< ...and each interval shrinks it again
  static constexpr double kWorth = 0.001;  ///< of the cost of all misses
  static constexpr uint32_t kAgree = 3;

  /// One interval. `spare`: bytes that may be given out beside what the caches have. The holders are the same caches in
  /// each call.
  std::optional<Move> interval(std::span<const Holder> holders, double spare);
  double margin() const { return margin_; }

 private:
  struct Memory {
    CurveCount last;
    std::array<double, policy::kCurvePoints> misses{};  ///< recent intervals counting most
    uint32_t heard = 0;                                 ///< intervals in a row
    double direction = 0;                               ///< lately given memory (above 0) or deprived of it (below)
  };
  void hear(Memory& memory, const CurveCount& count);
  observe::Demand demand(const Holder& holder, const Memory& memory) const;
  Move settle(const Move& move);

  std::vector<Memory> memories_;
  double margin_ = kMargin;
  std::optional<Move> seen_;  ///< the pair of the last interval
  uint32_t agreed_ = 0;
};

}  // namespace larder::tune
