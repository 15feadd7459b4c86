// mover.cc – see mover.h.
#include "tune/mover.h"

#include <algorithm>

namespace larder::tune {

using observe::Demand;

namespace {

constexpr double kLately = 0.01;  ///< of a direction: about 44 intervals after one move

}  // namespace

void Mover::hear(Memory& memory, const CurveCount& count) {
  memory.direction *= kMemory;
  const bool anew = !count.warm || !memory.last.warm || count.epoch != memory.last.epoch;
  if (anew) {
    memory.misses = {};
    memory.heard = 0;
  } else {
    for (size_t point = 0; point < policy::kCurvePoints; ++point)
      memory.misses[point] =
          memory.misses[point] * kMemory + double(count.misses[point] - memory.last.misses[point]) * count.weight;
    ++memory.heard;
  }
  memory.last = count;
}

/// Lookups and miss ratios are in one here: the curve holds misses, of one lookup. A larger cache never misses more.
Demand Mover::demand(const Holder& holder, const Memory& memory) const {
  Demand demand{{}, holder.bytes, 1, holder.cost, {}};
  if (memory.heard < kAgree) return demand;
  double least = memory.misses.front();
  for (size_t point = 0; point < policy::kCurvePoints; ++point) {
    least = std::min(least, memory.misses[point]);
    demand.curve.push_back({policy::kCurveSizes[point] * holder.count.made_bytes, least});
  }
  return demand;
}

std::optional<Move> Mover::interval(std::span<const Holder> holders, double spare) {
  memories_.resize(holders.size());
  margin_ = std::max(kMargin, margin_ * kCalm);
  double total = 0, cost = 0;
  std::vector<Demand> demands;
  for (size_t i = 0; i < holders.size(); ++i) {
    hear(memories_[i], holders[i].count);
    demands.push_back(demand(holders[i], memories_[i]));
    total += holders[i].bytes;
    cost += demands.back().cost_at(holders[i].bytes);
  }
  const double step = std::min(total * kShare, spare >= total * kShare / 2 ? spare : total);
  const auto gain = [&](size_t i) {
    const bool may = !demands[i].curve.empty() && holders[i].bytes + step <= holders[i].most;
    return may ? demands[i].cost_at(holders[i].bytes) - demands[i].cost_at(holders[i].bytes + step) : 0;
  };
  size_t to = 0;
  for (size_t i = 1; i < holders.size(); ++i)
    if (gain(i) > gain(to)) to = i;
  if (holders.empty() || gain(to) <= 0) return std::nullopt;
  if (spare >= total * kShare / 2) return Move{{}, to, step, 0, gain(to)};

  Move best{{}, to, step, 0, gain(to)};
  for (size_t i = 0; i < holders.size(); ++i) {
    if (i == to || demands[i].curve.empty() || holders[i].bytes - step < holders[i].least) continue;
    const double loss = demands[i].cost_at(holders[i].bytes - step) - demands[i].cost_at(holders[i].bytes);
    if (best.from && loss >= best.loss) continue;
    best.from = i;
    best.loss = loss;
  }
  const bool worth = best.from && best.gain > best.loss * (1 + margin_) && best.gain - best.loss > cost * kWorth;
  const bool same = worth && seen_ && seen_->from == best.from && seen_->to == best.to;
  agreed_ = worth ? (same ? agreed_ + 1 : 1) : 0;
  seen_ = worth ? std::optional<Move>(best) : std::nullopt;
  if (agreed_ < kAgree) return std::nullopt;
  return settle(best);
}

Move Mover::settle(const Move& move) {
  if (memories_[*move.from].direction > kLately || memories_[move.to].direction < -kLately)
    margin_ = std::min(margin_ * kCaution, kMostMargin);
  memories_[*move.from].direction -= 1;
  memories_[move.to].direction += 1;
  agreed_ = kAgree - 1;
  return move;
}

}  // namespace larder::tune
