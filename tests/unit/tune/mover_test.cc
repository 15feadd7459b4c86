// mover_test.cc – memory moves to where it saves most, slowly, within bounds, and then rests.
#include "tune/mover.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace larder::tune {
namespace {

constexpr double kMiB = 1 << 20;

/// A cache whose misses an interval are a function of its size.
struct Simulated {
  double bytes, least, most;
  std::function<double(double bytes)> misses;
  double cost = 1;
  double made = bytes;
  std::array<uint64_t, policy::kCurvePoints> counted{};
  uint64_t epoch = 1;

  void pass() {
    for (size_t point = 0; point < policy::kCurvePoints; ++point)
      counted[point] += static_cast<uint64_t>(misses(policy::kCurveSizes[point] * made));
  }
  Holder holder() const { return {bytes, least, most, cost, {epoch, true, made, 1, counted}}; }
  double paid() const { return cost * misses(bytes); }
};

/// Misses of a working set that is read evenly: none once it fits.
auto even(double lookups, double working_set) {
  return [=](double bytes) { return lookups * std::max(0.0, 1 - bytes / working_set); };
}

struct Pair {
  std::vector<Simulated> caches;
  Mover mover{};
  double total = 0;
  int moves = 0;

  explicit Pair(std::vector<Simulated> both) : caches(std::move(both)) {
    for (const Simulated& cache : caches) total += cache.bytes;
  }
  double cost() const {
    double sum = 0;
    for (const Simulated& cache : caches) sum += cache.paid();
    return sum;
  }
  std::optional<Move> interval() {
    std::vector<Holder> holders;
    double spare = total;
    for (Simulated& cache : caches) {
      cache.pass();
      holders.push_back(cache.holder());
      spare -= cache.bytes;
    }
    const auto move = mover.interval(holders, spare);
    if (!move) return move;
    if (move->from) {  // the receiver gets it in a later interval, once it is free
      caches[*move->from].bytes -= move->bytes;
      ++moves;
    } else {
      caches[move->to].bytes += move->bytes;
    }
    return move;
  }
};

TEST(Mover, GivesWhatOneDoesNotNeedToOneThatDoesAndThenRests) {
  Pair pair({{10 * kMiB, 2 * kMiB, 40 * kMiB, even(10'000, 14 * kMiB)},
             {30 * kMiB, 5 * kMiB, 40 * kMiB, even(10'000, 8 * kMiB)}});
  double before = pair.cost();
  const double first = before;
  for (int i = 0; i < 200; ++i) {
    const bool given = pair.interval().has_value();
    double sum = pair.caches[0].bytes + pair.caches[1].bytes;
    EXPECT_LE(sum, pair.total + 1);
    EXPECT_LE(pair.cost(), before + 1) << "interval " << i;
    if (given) before = pair.cost();
  }
  EXPECT_LT(pair.cost(), first / 4);
  EXPECT_GT(pair.caches[0].bytes, 13 * kMiB);
  EXPECT_GE(pair.caches[1].bytes, 5 * kMiB);
  const int moves = pair.moves;
  EXPECT_GT(moves, 5);
  for (int i = 0; i < 500; ++i) pair.interval();
  EXPECT_LE(pair.moves, moves + 1);
}

TEST(Mover, MovesAtMostASmallShareAnInterval) {
  Pair pair({{10 * kMiB, kMiB, 80 * kMiB, even(10'000, 60 * kMiB)}, {30 * kMiB, kMiB, 80 * kMiB, even(1, 60 * kMiB)}});
  for (int i = 0; i < 100; ++i) {
    const auto move = pair.interval();
    if (move) {
      EXPECT_LE(move->bytes, pair.total * Mover::kShare + 1);
    }
  }
  EXPECT_GT(pair.moves, 20);
}

TEST(Mover, KeepsTheBounds) {
  Pair pair({{10 * kMiB, kMiB, 12 * kMiB, even(10'000, 60 * kMiB)}, {30 * kMiB, 29 * kMiB, 30 * kMiB, even(1, kMiB)}});
  for (int i = 0; i < 300; ++i) pair.interval();
  EXPECT_LE(pair.caches[0].bytes, 12 * kMiB);
  EXPECT_GE(pair.caches[1].bytes, 29 * kMiB);
  EXPECT_GT(pair.moves, 0);
}

TEST(Mover, CountsWhatAMissCosts) {
  const auto curve = even(10'000, 40 * kMiB);
  Pair alike({{10 * kMiB, kMiB, 80 * kMiB, curve}, {10 * kMiB, kMiB, 80 * kMiB, curve}});
  for (int i = 0; i < 100; ++i) alike.interval();
  EXPECT_EQ(alike.moves, 0) << "nothing is to be gained";
  Pair dear({{10 * kMiB, kMiB, 80 * kMiB, curve, 3}, {10 * kMiB, kMiB, 80 * kMiB, curve}});
  for (int i = 0; i < 100; ++i) dear.interval();
  EXPECT_GT(dear.caches[0].bytes, 15 * kMiB);
}

TEST(Mover, HandsOutWhatNobodyHas) {
  Pair pair(
      {{10 * kMiB, 10 * kMiB, 80 * kMiB, even(10'000, 40 * kMiB)}, {10 * kMiB, 10 * kMiB, 10 * kMiB, even(1, kMiB)}});
  pair.total += 2 * kMiB;
  for (int i = 0; i < 40; ++i) pair.interval();
  EXPECT_NEAR(pair.caches[0].bytes, 12 * kMiB, 0.3 * kMiB);
  EXPECT_EQ(pair.moves, 0);
}

TEST(Mover, DoesNotBelieveSimulationsThatJustBegan) {
  Pair pair({{10 * kMiB, kMiB, 80 * kMiB, even(10'000, 60 * kMiB)}, {30 * kMiB, kMiB, 80 * kMiB, even(1, kMiB)}});
  for (int i = 0; i < 60; ++i) {
    for (Simulated& cache : pair.caches) {
      ++cache.epoch;
      cache.counted = {};
    }
    EXPECT_FALSE(pair.interval());
  }
}

TEST(Mover, TwoThatTakeTurnsPassLittleToAndFro) {
  bool day = true;
  const auto busy_by = [&day](bool when) {
    return [&day, when](double bytes) { return (day == when ? 10'000 : 100) * std::max(0.0, 1 - bytes / (40 * kMiB)); };
  };
  Pair pair({{20 * kMiB, kMiB, 80 * kMiB, busy_by(true)}, {20 * kMiB, kMiB, 80 * kMiB, busy_by(false)}});
  constexpr int kTurns = 400, kTurn = 4;
  for (int i = 0; i < kTurns; ++i) {
    day = i / kTurn % 2 == 0;
    pair.interval();
  }
  EXPECT_LT(pair.moves, kTurns / 10) << "margin " << pair.mover.margin();
}

}  // namespace
}  // namespace larder::tune
