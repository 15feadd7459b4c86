// advice.cc – see advice.h.
#include "observe/advice.h"

#include <algorithm>

namespace larder::observe {

namespace {

/// The corners of the lower convex hull of a curve, sizes ascending.
std::vector<SizePoint> hull_of(const std::vector<SizePoint>& curve) {
  std::vector<SizePoint> hull;
  for (const SizePoint& point : curve) {
    while (hull.size() >= 2) {
      const SizePoint &a = hull[hull.size() - 2], &b = hull.back();
      const bool above =
          (b.misses - a.misses) * (point.bytes - a.bytes) >= (point.misses - a.misses) * (b.bytes - a.bytes);
      if (!above) break;
      hull.pop_back();
    }
    hull.push_back(point);
  }
  return hull;
}

/// A piece of a hull: so many bytes that save so much cost each.
struct Piece {
  size_t demand;
  double bytes;
  double saving;  ///< cost per byte
};

}  // namespace

double Demand::misses_at(double size) const {
  const std::vector<SizePoint> hull = hull_of(curve);
  if (hull.empty()) return 0;
  if (size <= hull.front().bytes) return hull.front().misses;
  for (size_t i = 1; i < hull.size(); ++i) {
    if (size > hull[i].bytes) continue;
    const double way = (size - hull[i - 1].bytes) / (hull[i].bytes - hull[i - 1].bytes);
    return hull[i - 1].misses + way * (hull[i].misses - hull[i - 1].misses);
  }
  return hull.back().misses;
}

/// Every cache begins at the smallest size of its curve; the pieces of all hulls are bought in the order of their
/// saving, which is optimal because hulls are convex. What nobody needs goes back to the caches, in the end, by size.
Split best_split(const std::vector<Demand>& demands, double total) {
  Split split;
  double left = total;
  std::vector<Piece> pieces;
  for (size_t i = 0; i < demands.size(); ++i) {
    const Demand& demand = demands[i];
    const std::vector<SizePoint> hull = hull_of(demand.curve);
    split.bytes.push_back(hull.empty() ? demand.bytes : std::min(demand.bytes, hull.front().bytes));
    left -= split.bytes.back();
    split.cost_now += demand.cost_at(demand.bytes);
    for (size_t point = 1; point < hull.size(); ++point) {
      const double bytes = hull[point].bytes - hull[point - 1].bytes;
      const double saved = demand.lookups * demand.cost * (hull[point - 1].misses - hull[point].misses);
      pieces.push_back({i, bytes, saved / bytes});
    }
  }
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.saving > b.saving; });
  for (const Piece& piece : pieces) {
    if (piece.saving <= 0 || left <= 0) break;
    const double bytes = std::min(piece.bytes, left);
    split.bytes[piece.demand] += bytes;
    left -= bytes;
  }
  double sum = 0;
  for (const double bytes : split.bytes) sum += bytes;
  if (left > 0 && sum > 0)
    for (double& bytes : split.bytes) bytes += left * bytes / sum;
  for (size_t i = 0; i < demands.size(); ++i) split.cost_then += demands[i].cost_at(split.bytes[i]);
  return split;
}

}  // namespace larder::observe
